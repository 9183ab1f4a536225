import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { OffsetForLeaderEpoch } from '../../../src/protocol/messages/offset-for-leader-epoch.ts'
import { casesOf } from '../case.ts'
import type { Topic } from '../world.ts'
import { append, batch, unknownTopic } from './logs.ts'

interface Wanted {
  readonly index?: number
  readonly leaderEpoch: number
  /** The epoch that the client believes the leader to have. */
  readonly current?: number
}

function asking({ name }: Pick<Topic, 'name'>, wanted: readonly Wanted[], replicaId = -1) {
  const partitions = wanted.map(({ index = 0, leaderEpoch, current = -1 }) => ({
    partition: index,
    leaderEpoch,
    currentLeaderEpoch: current,
  }))
  return { replicaId, topics: [{ topic: name, partitions }] }
}

export const offsetForLeaderEpoch = casesOf(
  OffsetForLeaderEpoch,
  ['UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_OR_FOLLOWER', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH'],
  {
    'the end of an epoch': async (world) => {
      const { orders, empty, emptied } = await world.topics({ orders: {}, empty: {}, emptied: {} })
      await append(world, orders, [batch(world, ['a', 'b'])])
      await append(world, emptied, [batch(world, ['a', 'b'])])
      const deleted = {
        topics: [{ name: emptied.name, partitions: [{ partitionIndex: 0, offset: 2 }] }],
        timeoutMs: 1000,
      }
      await world.arrange(DeleteRecords, deleted)
      for (const leaderEpoch of [0, 1, -1, -2]) {
        const as = `epoch ${leaderEpoch}`
        await world.ask(OffsetForLeaderEpoch, asking(orders, [{ leaderEpoch }]), { as })
        await world.ask(OffsetForLeaderEpoch, asking(empty, [{ leaderEpoch }]), { as: `${as} of an empty log` })
        await world.ask(OffsetForLeaderEpoch, asking(emptied, [{ leaderEpoch }]), { as: `${as} of an emptied log` })
      }
    },
    'what is not there': async (world) => {
      const topic = await world.topic('orders')
      await world.ask(OffsetForLeaderEpoch, asking(unknownTopic(world), [{ leaderEpoch: 0 }]), { as: 'a topic' })
      const partitions = [7, -1, 0].map((index) => ({ index, leaderEpoch: 0 }))
      await world.ask(OffsetForLeaderEpoch, asking(topic, partitions), { as: 'partitions' })
      const twice = [{ leaderEpoch: 0 }, { leaderEpoch: 1 }]
      await world.ask(OffsetForLeaderEpoch, asking(topic, twice), { as: 'a partition twice' })
      await world.ask(OffsetForLeaderEpoch, asking(topic, []), { as: 'of no partition' })
      await world.ask(OffsetForLeaderEpoch, { replicaId: -1, topics: [] }, { as: 'nothing' })
    },
    'the leader epoch that a client believes in': [
      { versions: '2+' },
      async (world) => {
        const topic = await world.topic('orders')
        await append(world, topic, [batch(world, ['a'])])
        for (const current of [0, 1, -2]) {
          const as = `epoch ${current}`
          await world.ask(OffsetForLeaderEpoch, asking(topic, [{ leaderEpoch: 0, current }]), { as })
          await world.ask(OffsetForLeaderEpoch, asking(topic, [{ leaderEpoch: 5, current }]), { as: `${as}, of 5` })
        }
      },
    ],
    'who asks': [
      { versions: '3+' },
      async (world) => {
        const topic = await world.topic('orders')
        await append(world, topic, [batch(world, ['a'])])
        for (const replicaId of [-2, 1, 9]) {
          const as = `replica ${replicaId}`
          await world.ask(OffsetForLeaderEpoch, asking(topic, [{ leaderEpoch: 0 }], replicaId), { as })
        }
      },
    ],
    'brokers that do not lead': [
      { brokers: 3 },
      async (world) => {
        const topic = await world.topic('orders', {
          replicas: [
            [1, 2],
            [3, 1],
          ],
        })
        const both = [0, 1].map((index) => ({ index, leaderEpoch: 0 }))
        await world.ask(OffsetForLeaderEpoch, asking(topic, both), { from: world.client(2) })
        const ahead = both.map((wanted) => ({ ...wanted, current: 5 }))
        await world.ask(OffsetForLeaderEpoch, asking(topic, ahead), { as: 'epoch 5', from: world.client(2) })
      },
    ],
  },
)
