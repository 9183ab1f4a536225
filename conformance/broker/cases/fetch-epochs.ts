/** Leader epochs (KIP-320), and logs that went different ways (KIP-595). */
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import type { CaseOptions, Script } from '../case.ts'
import { append, batch, fetching, from, reading, unknownTopic } from './logs.ts'

export const fetchEpochs: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'the leader epoch that a client believes in': [
    { versions: '9+' },
    async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a'])])
      for (const leaderEpoch of [0, 1, -2]) {
        await world.ask(Fetch, reading(topic, { leaderEpoch }), { as: `epoch ${leaderEpoch}` })
      }
      await world.ask(Fetch, reading(topic, { leaderEpoch: 1, offset: 9 }), { as: 'epoch 1, out of range' })
      await world.ask(Fetch, reading(unknownTopic(world), { leaderEpoch: 1 }), { as: 'epoch 1 of an unknown topic' })
      const both = fetching([from(topic, { leaderEpoch: 1 }), from(topic, { index: 1, leaderEpoch: 1 })])
      await world.ask(Fetch, both, { as: 'epoch 1, and an unknown partition' })
    },
  ],
  'the epoch of the last record that a reader has': [
    { versions: '12+' },
    async (world) => {
      const { orders, empty } = await world.topics({ orders: {}, empty: {} })
      await append(world, orders, [batch(world, ['a', 'b'])])
      const asked: [lastFetchedEpoch: number, offset: number][] = [
        [0, 0],
        [0, 2],
        [0, 3],
        [1, 0],
        [7, 9],
        [-2, 0],
      ]
      for (const [lastFetchedEpoch, offset] of asked) {
        const as = `epoch ${lastFetchedEpoch} at ${offset}`
        await world.ask(Fetch, reading(orders, { lastFetchedEpoch, offset }), { as })
        await world.ask(Fetch, reading(empty, { lastFetchedEpoch, offset }), { as: `${as} of an empty log` })
      }
      const committed = reading(orders, { lastFetchedEpoch: 1 }, { isolationLevel: 1 })
      await world.ask(Fetch, committed, { as: 'read committed' })
    },
  ],
}
