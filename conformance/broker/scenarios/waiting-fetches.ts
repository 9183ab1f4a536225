import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { batch, fetching, from, type Read, reading, to } from '../cases/logs.ts'
import type { Pending, World } from '../world.ts'
import { give } from './coordinators.ts'
import { committed, write } from './partitions.ts'

const LONG_MS = 7000
/** The last one in which consumers read from leaders alone. */
const LEADERS_ALONE = 10

/** Consumers wait for records at broker 1, which leads, and then follows broker 2. */
export async function leaderMovesWhileConsumersWait(world: World): Promise<void> {
  const topic = await world.topic('orders', { replicas: [[1, 2, 3]] })
  await write(world, topic, ['a', 'b'], { at: 1 })
  await committed(world, topic, 2, { at: [1, 2, 3] })
  const client = world.client(1)
  const whole = fetching([from(topic)], { sessionEpoch: 0 })
  const sessionId = (await world.ask(Fetch, whole, { from: client, as: 'a session' }))?.sessionId ?? 0

  const waiting: [as: string, pending: Pending<unknown>][] = []
  const newest = world.highest(Fetch)
  for (const [as, read, version] of [
    ['whatever the epoch', {}, newest],
    ['in the epoch of the leader', { leaderEpoch: 0 }, newest],
    ['of a leader', {}, LEADERS_ALONE],
    ['of a leader in its epoch', { leaderEpoch: 0 }, LEADERS_ALONE],
  ] satisfies [string, Read, number][]) {
    const body = reading(topic, { offset: 2, ...read }, { maxWaitMs: LONG_MS })
    waiting.push([as, world.post(Fetch, body, { from: world.client(1), version, as })])
  }
  for (const [as, pending] of waiting) await world.held(pending, `held: ${as}`)
  await give(world, topic.name, [0], [2, 1, 3])
  for (const [as, pending] of waiting) await world.held(pending, `held when the leader has moved: ${as}`)
  await world.ask(Produce, to(topic, batch(world, ['c'])), { from: world.clientTo(2), as: 'to the next leader' })
  for (const [, { answer }] of waiting) await answer

  await committed(world, topic, 3, { at: [1] })
  const next = fetching([], { sessionId, sessionEpoch: 1 })
  await world.ask(Fetch, next, { from: client, as: 'the session, at who follows now' })
}
