import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { change, Op, Type } from '../cases/admin-bodies.ts'
import { batch, listing, reading, to } from '../cases/logs.ts'
import type { Topic, World } from '../world.ts'
import { committed, describe, EARLIEST, inSync, LATEST, seeEpochs, since, write } from './partitions.ts'

const MAX_TIMESTAMP = -3
const TO_THE_END = -1

/** Broker 2 follows broker 1, and is stopped: for some topics too few replicas are in sync then. */
export async function followerIsStopped(world: World): Promise<void> {
  const { pair, three, loose } = await world.topics({
    pair: { replicas: [[1, 2]], configs: { 'min.insync.replicas': '2' } },
    three: { replicas: [[1, 2, 3]], configs: { 'min.insync.replicas': '3' } },
    loose: { replicas: [[1, 2, 3]] },
  })
  for (const topic of [pair, three, loose]) await write(world, topic, ['a', 'b'], { at: 1 })
  await world.stop(2)

  await describe(world, [pair, three, loose], 1, 'without broker 2')
  for (const topic of [pair, three]) await askStrict(world, topic)
  await world.ask(Produce, to(loose, batch(world, ['c'])), { as: 'acks=-1 to whom one is enough' })
  await deleteRecords(world, loose, 'loose')
  await deleteRecords(world, pair, 'pair')

  // What is not committed yet is, once one replica is enough.
  await change(world, [Type.TOPIC, pair.name, ['min.insync.replicas', Op.SET, '1']])
  await world.ask(Produce, to(pair, batch(world, ['d'])), { as: 'acks=-1 when one is enough' })
  await world.ask(Fetch, reading(pair), { as: 'when one is enough' })
  await describe(world, [pair], 3, 'when one is enough')

  await world.start(2)
  await inSync(world, pair, { isr: [1, 2] })
  for (const topic of [three, loose]) await inSync(world, topic, { isr: [1, 2, 3] })
  await committed(world, three, 3, { at: [1, 2, 3] })
  await describe(world, [pair, three, loose], 2, 'broker 2 again')
  for (const nodeId of [1, 2, 3]) {
    const told = { from: world.clientTo(nodeId), as: `of broker ${nodeId}, when all are there` }
    await world.ask(Fetch, reading(three), told)
  }
  await world.ask(Produce, to(three, batch(world, ['e'])), { as: 'acks=-1 when all are there' })
  await world.ask(DeleteRecords, deleting(three, 2), { as: 'when all are there' })
  await committed(world, loose, 3, { at: [2] })
  const start = { offset: 1 }
  await world.ask(Fetch, reading(loose, start), { from: world.clientTo(2), as: 'of who missed that records went' })
}

/** More replicas have to be in sync than are. */
async function askStrict(world: World, topic: Topic): Promise<void> {
  const as = topic.name.replace(/\..*/, '')
  await world.askEach(Produce, to(topic, batch(world, ['refused'])), { as: `acks=-1 to ${as}` })
  await world.ask(Produce, to(topic, batch(world, ['unseen']), { acks: 1 }), { as: `acks=1 to ${as}` })
  await world.quiet()
  await world.askEach(Fetch, reading(topic), { as: `of ${as}` })
  await world.askEach(Fetch, reading(topic, {}, { isolationLevel: 1 }), { as: `of ${as}, committed` })
  await world.ask(Fetch, reading(topic, { offset: 3 }), { as: `of ${as}, from the end of its log` })
  await world.ask(Fetch, reading(topic, { offset: 4 }), { as: `of ${as}, from beyond the end of its log` })
  for (const timestamp of [LATEST, EARLIEST, world.time(1), MAX_TIMESTAMP]) {
    const versions = since(world, ListOffsets, timestamp === MAX_TIMESTAMP ? 7 : 1)
    const told = `of ${as}, ${timestamp < 0 ? timestamp : 'by time'}`
    await world.askEach(ListOffsets, listing(topic, [{ timestamp }]), { versions, as: told })
  }
  await seeEpochs(world, topic, 1, `of ${as}`)
}

async function deleteRecords(world: World, topic: Topic, as: string): Promise<void> {
  for (const offset of [1, 1, 9, TO_THE_END]) {
    await world.askEach(DeleteRecords, deleting(topic, offset), { as: `${as} before ${offset}` })
  }
  await world.ask(Fetch, reading(topic, { offset: 0 }), { as: `of ${as}, from what is gone` })
}

function deleting({ name }: Topic, offset: number) {
  return { topics: [{ name, partitions: [{ partitionIndex: 0, offset }] }], timeoutMs: 2000 }
}
