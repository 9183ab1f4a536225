import { DescribeCluster } from '../../../src/protocol/messages/describe-cluster.ts'
import { DescribeProducers } from '../../../src/protocol/messages/describe-producers.ts'
import { ElectLeaders } from '../../../src/protocol/messages/elect-leaders.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { OffsetForLeaderEpoch } from '../../../src/protocol/messages/offset-for-leader-epoch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { batch, listing, reading, to } from '../cases/logs.ts'
import type { Topic, World } from '../world.ts'
import { ALL, committed, describe, endsOf, inSync, LATEST, seeEpochs, seeOffsets, since, write } from './partitions.ts'

/** Broker 2 leads, is stopped in order, and comes back as a follower of broker 1; then it is elected again. */
export async function leaderIsStopped(world: World): Promise<void> {
  const { orders, alone } = await world.topics({ orders: { replicas: [[2, 1, 3]] }, alone: { replicas: [[2]] } })
  await write(world, orders, ['a', 'b'], { at: 2 })
  const idempotent = idempotentProducer(world, orders)
  await idempotent(0, 2)
  await write(world, alone, ['a'], { at: 2 })
  await world.stop(2)

  await describe(world, [orders, alone], 1, 'without broker 2')
  await describe(world, [orders, alone], 3, 'without broker 2, from a follower')
  await world.askEach(DescribeCluster, {}, { as: 'without broker 2' })
  await world.askEach(DescribeCluster, { includeFencedBrokers: true }, { as: 'with those that are fenced' })
  await idempotent(0, 1)
  await idempotent(5, 1)
  await askNextLeader(world, orders)
  await idempotent(1, 1)
  await askFollower(world, orders)
  await askForLeaderless(world, alone)

  await world.start(2)
  await inSync(world, orders, { isr: [1, 2, 3] })
  await inSync(world, alone, { isr: [2] })
  await describe(world, [orders, alone], 2, 'broker 2 again')
  await askOldLeader(world, orders)
  const at2 = { from: world.clientTo(2) }
  await world.ask(Produce, to(alone, batch(world, ['alone'])), { ...at2, as: 'to who leads alone again' })
  await world.ask(Fetch, reading(alone), { ...at2, as: 'of who leads alone again' })

  const topicPartitions = [orders, alone].map(({ name }) => ({ topic: name, partitions: [0] }))
  const preferred = { electionType: 0, topicPartitions, timeoutMs: 5000 }
  await world.askEach(ElectLeaders, preferred, { as: 'the preferred leader' })
  await world.settled()
  await describe(world, [orders, alone], 3, 'led by broker 2 again')
  await world.ask(Produce, to(orders, batch(world, ['e'])), { ...at2, as: 'in the third epoch' })
  await committed(world, orders, 8, { at: [2] })
  await world.ask(Fetch, reading(orders), { ...at2, as: 'all that was written' })
  await idempotent(1, 2)
  await idempotent(2, 2)
  await idempotent(9, 2)
  const wanted = { topics: [{ name: orders.name, partitionIndexes: [0] }] }
  await world.ask(DescribeProducers, wanted, { ...at2, as: 'of three leaders' })
  await seeEpochs(world, orders, 2, 'of three epochs')
  await seeDivergence(world, orders, 2, 'after three epochs')
}

/** What it writes to one leader, the next one knows to be there. */
function idempotentProducer(world: World, topic: Topic) {
  const producerId = 4_000_000_000
  return async (baseSequence: number, nodeId: number): Promise<void> => {
    const records = batch(world, [`${baseSequence}`], { producerId, producerEpoch: 0, baseSequence })
    const told = { from: world.clientTo(nodeId), as: `sequence ${baseSequence} to broker ${nodeId}` }
    await world.ask(Produce, to(topic, records), told)
  }
}

async function askNextLeader(world: World, topic: Topic): Promise<void> {
  const records = (value: string) => batch(world, [value])
  for (const acks of [ALL, 1]) {
    await world.ask(Produce, to(topic, records(`acks ${acks}`), { acks }), { as: `acks=${acks} to the next leader` })
  }
  await world.tell(Produce, to(topic, records('acks 0'), { acks: 0 }))
  await committed(world, topic, 6, { at: [1, 3] })
  const read = (leaderEpoch: number) => reading(topic, { leaderEpoch, offset: 3 })
  await world.askEach(Fetch, read(0), { versions: since(world, Fetch, 9), as: 'in the epoch of the old leader' })
  await world.askEach(Fetch, read(1), { as: 'in its own epoch' })
  await world.askEach(Fetch, read(2), { versions: since(world, Fetch, 9), as: 'in an epoch to come' })
  await seeOffsets(world, topic, 1, 'of the next leader')
  await seeEpochs(world, topic, 1, 'of the next leader')
  await seeDivergence(world, topic, 1, 'at the next leader')
}

async function askFollower(world: World, topic: Topic): Promise<void> {
  const from = world.clientTo(3)
  for (const acks of [ALL, 1]) {
    const sent = to(topic, batch(world, ['not here']), { acks })
    await world.askEach(Produce, sent, { from, as: `acks=${acks} to a follower` })
  }
  const [old, own, next] = [0, 1, 2].map((leaderEpoch) => reading(topic, { leaderEpoch, offset: 0 }, { maxBytes: 1 }))
  for (const [body, as] of [
    [old, 'of a follower, in the epoch of the old leader'],
    [next, 'of a follower, in an epoch to come'],
  ] as const) {
    if (body !== undefined) await world.askEach(Fetch, body, { from, versions: since(world, Fetch, 9), as })
  }
  if (own !== undefined) await world.askEach(Fetch, own, { from, versions: { min: 4, max: 10 }, as: 'of a follower' })
  await seeOffsets(world, topic, 3, 'of a follower')
  await seeEpochs(world, topic, 3, 'of a follower')
}

/** The only replica is stopped. */
async function askForLeaderless(world: World, topic: Topic): Promise<void> {
  for (const nodeId of [1, 3]) {
    const from = world.clientTo(nodeId)
    const as = `of a partition without a leader, from broker ${nodeId}`
    await world.askEach(Produce, to(topic, batch(world, ['lost'])), { from, as })
    await world.askEach(Fetch, reading(topic, { leaderEpoch: 0 }), { from, as })
    await world.askEach(ListOffsets, listing(topic, [{ timestamp: LATEST }]), { from, as })
    await world.askEach(OffsetForLeaderEpoch, endsOf(topic, [{ epoch: 0 }]), { from, as })
  }
}

async function askOldLeader(world: World, topic: Topic): Promise<void> {
  const from = world.clientTo(2)
  await world.askEach(Produce, to(topic, batch(world, ['too late'])), { from, as: 'to the old leader' })
  const epochs = since(world, Fetch, 9)
  await world.askEach(Fetch, reading(topic, { leaderEpoch: 0 }), { from, versions: epochs, as: 'of the old leader' })
  await seeOffsets(world, topic, 2, 'of the old leader')
}

/** KIP-595: who fetches says what it fetched last, and is told where that ends. */
async function seeDivergence(world: World, topic: Topic, nodeId: number, as: string): Promise<void> {
  const from = world.clientTo(nodeId)
  const versions = since(world, Fetch, 12)
  for (const [offset, lastFetchedEpoch] of [
    [2, 0],
    [3, 0],
    [3, 1],
    [50, 1],
    [3, 7],
  ] as const) {
    const body = reading(topic, { offset, lastFetchedEpoch })
    await world.askEach(Fetch, body, { from, versions, as: `${as}: ${offset} after epoch ${lastFetchedEpoch}` })
  }
}
