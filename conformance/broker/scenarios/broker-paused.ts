import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { DescribeCluster } from '../../../src/protocol/messages/describe-cluster.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { batch, listing, reading, to } from '../cases/logs.ts'
import type { Pending, Topic, World } from '../world.ts'
import { committed, describe, inSync, LATEST, seeEpochs, write } from './partitions.ts'

/** Broker 2 leads, stands still until it is held for dead, and goes on as if nothing had been. */
export async function brokerStandsStill(world: World): Promise<void> {
  const { orders, pair, alone } = await world.topics({
    orders: { replicas: [[2, 1, 3]] },
    pair: { replicas: [[1, 2]], configs: { 'min.insync.replicas': '2' } },
    alone: { replicas: [[2]] },
  })
  for (const topic of [orders, alone]) await write(world, topic, ['a', 'b'], { at: 2 })
  await write(world, pair, ['a', 'b'], { at: 1 })
  await committed(world, orders, 2, { at: [1, 3] })
  await committed(world, pair, 2, { at: [2] })
  await world.pause(2)
  await world.heldForDead(2)

  await describe(world, [orders, pair, alone], 1, 'while it stands still')
  await world.ask(DescribeCluster, { includeFencedBrokers: true }, { as: 'while it stands still' })
  await world.ask(Produce, to(orders, batch(world, ['c'])), { as: 'to the next leader' })
  await world.ask(Produce, to(pair, batch(world, ['c'])), { as: 'without its follower' })
  await world.ask(Produce, to(pair, batch(world, ['d']), { acks: 1 }), { as: 'acks=1 without its follower' })
  await world.ask(Produce, to(alone, batch(world, ['c'])), { as: 'to nobody' })
  await world.ask(Fetch, reading(pair), { as: 'without its follower' })

  await world.resume(2)
  await inSync(world, orders, { isr: [1, 2, 3] })
  await inSync(world, pair, { isr: [1, 2] })
  await inSync(world, alone, { isr: [2] })
  await committed(world, orders, 3, { at: [1, 2, 3] })
  await committed(world, pair, 3, { at: [1, 2] })
  await describe(world, [orders, pair, alone], 2, 'when it goes on')
  for (const topic of [orders, pair, alone]) {
    const as = `of ${topic.name.replace(/\..*/, '')} by who goes on`
    await world.ask(Fetch, reading(topic), { from: world.clientTo(2), as })
    await seeEpochs(world, topic, 2, as)
  }
  await world.ask(Produce, to(orders, batch(world, ['d'])), { from: world.clientTo(2), as: 'to who led before' })
  await world.ask(Produce, to(alone, batch(world, ['d'])), { from: world.clientTo(2), as: 'to who leads alone' })
}

/** Longer than it takes until a broker that stands still is held for dead; whoever waits for a second replica waits in vain. */
const LONG_MS = 7500
/** Shorter by far. */
const SHORT_MS = 500

/** Broker 2 follows and stands still: what waits for it waits until it is held for dead, or for as long as it was told. */
export async function followerStandsStill(world: World): Promise<void> {
  const { loose, pair } = await world.topics({
    loose: { replicas: [[1, 2, 3]] },
    pair: { replicas: [[1, 2]], configs: { 'min.insync.replicas': '2' } },
  })
  for (const topic of [loose, pair]) {
    await write(world, topic, ['a', 'b'], { at: 1 })
    await committed(world, topic, 2, { at: [2] })
  }
  await world.pause(2)

  const waiting: Pending<unknown>[] = []
  for (const topic of [loose, pair]) {
    const as = topic.name.replace(/\..*/, '')
    await world.ask(Produce, to(topic, batch(world, ['c']), { timeoutMs: SHORT_MS }), { as: `acks=-1 to ${as}` })
    await world.ask(Produce, to(topic, batch(world, ['d']), { acks: 1 }), { as: `acks=1 to ${as}` })
    await world.ask(DeleteRecords, deleting(topic, 1, SHORT_MS), { as: `from ${as}` })
    const patient = to(topic, batch(world, ['e']), { timeoutMs: LONG_MS })
    const produced = world.post(Produce, patient, { from: world.client(), as: `acks=-1 to ${as}, with patience` })
    await world.held(produced, `${as} waits for its follower`)
    const deleted = world.post(DeleteRecords, deleting(topic, 2, LONG_MS), {
      from: world.client(),
      as: `from ${as}, with patience`,
    })
    await world.held(deleted, `${as} waits for its follower to delete`)
    await world.ask(Fetch, reading(topic, { offset: 2 }), { as: `of ${as}, while its follower stands still` })
    await world.ask(ListOffsets, listing(topic, [{ timestamp: LATEST }]), { as: `of ${as}` })
    waiting.push(produced, deleted)
  }
  await world.heldForDead(2)
  await Promise.all(waiting.map(({ answer }) => answer))
  await describe(world, [loose, pair], 1, 'without its follower')
  for (const topic of [loose, pair]) {
    const as = `of ${topic.name.replace(/\..*/, '')}, when its follower is held for dead`
    await world.ask(Fetch, reading(topic, { offset: 2 }), { as })
  }

  await world.resume(2)
  await inSync(world, loose, { isr: [1, 2, 3] })
  await inSync(world, pair, { isr: [1, 2] })
  for (const topic of [loose, pair]) {
    await committed(world, topic, 5, { at: [1, 2] })
    const as = `of ${topic.name.replace(/\..*/, '')} by who goes on`
    await world.ask(Fetch, reading(topic, { offset: 2 }), { from: world.clientTo(2), as })
  }
  await describe(world, [loose, pair], 2, 'when its follower goes on')
}

function deleting({ name }: Topic, offset: number, timeoutMs: number) {
  return { topics: [{ name, partitions: [{ partitionIndex: 0, offset }] }], timeoutMs }
}
