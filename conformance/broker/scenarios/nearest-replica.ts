import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { batch, type FetchedWith, fetching, from, type Read, reading, to } from '../cases/logs.ts'
import type { World } from '../world.ts'
import { committed, since, write } from './partitions.ts'

/** KIP-392: consumers say which rack they are in, and the leader which replica is nearest. Brokers 1 to 3 stand in racks a to c. */
export async function nearestReplica(world: World): Promise<void> {
  const topic = await world.topic('orders', { replicas: [[1, 2, 3]] })
  const far = await world.topic('far', { replicas: [[1, 3]] })
  for (const one of [topic, far]) await write(world, one, ['a', 'b', 'c'], { at: 1 })
  await committed(world, topic, 3, { at: [1, 2, 3] })
  await committed(world, far, 3, { at: [1, 3] })
  const versions = since(world, Fetch, 11)
  const read = async (nodeId: number, rackId: string, as: string, one: Read = {}, more: FetchedWith = {}) => {
    const told = { from: world.clientTo(nodeId), as: `${as}, in rack '${rackId}' of broker ${nodeId}` }
    await world.askEach(Fetch, reading(topic, one, { rackId, ...more }), { ...told, versions })
  }
  for (const rackId of ['a', 'b', 'c', 'z', '']) await read(1, rackId, 'of the leader')
  for (const rackId of ['a', 'b', 'c', 'z', '']) await read(2, rackId, 'of a follower')
  await world.ask(Fetch, reading(far, {}, { rackId: 'b' }), { as: 'of who has no replica in the rack' })
  for (const nodeId of [1, 2]) {
    await read(nodeId, 'b', 'from the end', { offset: 3 })
    await read(nodeId, 'b', 'from beyond the end', { offset: 9 })
    await read(nodeId, 'b', 'what is committed', {}, { isolationLevel: 1 })
    await read(nodeId, 'b', 'in an epoch to come', { leaderEpoch: 5 })
    await read(nodeId, 'b', 'a little', {}, { maxBytes: 1 })
  }
  const old = { min: world.versions(Fetch).min, max: 10 }
  await world.askEach(Fetch, reading(topic), { from: world.clientTo(2), versions: old, as: 'of a follower' })

  await readInSession(world, 1)
  await readInSession(world, 2)

  const waiting = reading(topic, { offset: 3 }, { rackId: 'b', maxWaitMs: 6000 })
  const atLeader = world.post(Fetch, waiting, { from: world.client(1), as: 'waiting at the leader' })
  await world.held(atLeader, 'does who is to read elsewhere wait')
  const atFollower = world.post(Fetch, waiting, { from: world.client(2), as: 'waiting at a follower' })
  await world.held(atFollower, 'does who reads from a follower wait')
  await world.ask(Produce, to(topic, batch(world, ['d'])), { as: 'another record' })
  await atLeader.answer
  await atFollower.answer

  async function readInSession(world: World, nodeId: number): Promise<void> {
    const client = world.client(nodeId)
    const asked = from(topic)
    const as = `of broker ${nodeId} in a session`
    const first = await world.ask(Fetch, fetching([asked], { rackId: 'b', sessionEpoch: 0 }), { from: client, as })
    const sessionId = first?.sessionId ?? 0
    const next = fetching([], { rackId: 'b', sessionId, sessionEpoch: 1 })
    await world.ask(Fetch, next, { from: client, as: `${as}, again` })
  }
}
