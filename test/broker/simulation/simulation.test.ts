import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProducerShape } from './producer.ts'
import { type Schedule, schedules } from './schedule.ts'
import { simulate } from './simulation.ts'
import type { WorldShape } from './world.ts'

const SEED = 1

/** How a schedule fails: by what broke the laws. */
async function holds(schedule: Schedule): Promise<void> {
  const { violations } = await simulate(schedule)
  if (violations.length > 0) throw new Error(violations.join('\n'))
}

/** Where the leader stands among the brokers at first; it follows from the seed. */
const FIRST_LEADER = 2

/** Three brokers, and one producer to a topic of three replicas, two of which are to be in sync. */
function oneProducer(acks: ProducerShape['acks'], { unclean = false } = {}): WorldShape {
  const producer = { topic: 'orders', partition: 0, acks, idempotent: false, inFlight: 1, thinkMs: 0 }
  return {
    seed: SEED,
    brokers: 3,
    version: undefined,
    topics: [{ name: 'orders', partitions: 1, replicationFactor: 3, minInSync: 2, unclean }],
    producers: [{ ...producer, requestTimeoutMs: 3000, deliveryTimeoutMs: 120_000 }],
    transactional: [],
    consumers: [{ committedOnly: false, validates: true, rack: undefined }],
    groups: 0,
    members: 0,
  }
}

/** Everyone produces with acks=all to a topic of three replicas, two of which are to be in sync. */
function acksAll(shape: WorldShape): WorldShape {
  return {
    ...shape,
    brokers: Math.max(shape.brokers, 3),
    topics: [{ name: 'orders', partitions: 1, replicationFactor: 3, minInSync: 2, unclean: false }],
    producers: shape.producers.map((producer) => ({
      ...producer,
      topic: 'orders',
      partition: 0,
      acks: -1,
      idempotent: true,
    })),
    transactional: [],
  }
}

describe('whatever happens to a cluster, once it is healed', () => {
  test.each([1, 2, 3, 4])('it has kept what it promised (seed %i)', async (seed) => {
    await fc.assert(fc.asyncProperty(schedules(), holds), { seed, numRuns: 75 })
  })

  test('acks=all with min.insync.replicas=2 of three has lost nothing, without unclean elections', async () => {
    const safe = schedules({ world: acksAll })
    await fc.assert(fc.asyncProperty(safe, holds), { seed: SEED, numRuns: 100 })
  })
})

describe('what the laws do not cover is lost', () => {
  test('with acks=1, when the leader that has acknowledged it was cut off', async () => {
    const { violations, losses } = await simulate({
      world: oneProducer(1),
      actions: [
        ['produce', 0, 0, 0],
        // Clients are on its side.
        ['isolateLeader', 0, 0, 0],
        ['produce', 0, 0, 0],
        ['longTime', 1, 0, 0],
      ],
    })
    expect(violations).toEqual([])
    expect(losses).toEqual([expect.stringContaining('acknowledged with acks=1')])
  })

  test('with acks=all, when a replica that was not in sync is elected', async () => {
    const history = (unclean: boolean) =>
      simulate({
        world: oneProducer(-1, { unclean }),
        actions: [
          ['killLeader', 0, 0, 0],
          ['produce', 0, 0, 0],
          // Until the producer has found the next leader.
          ['time', 5, 0, 0],
          ['killLeader', 0, 0, 0],
          ['killLeader', 0, 0, 0],
          // Of the three the one that died first comes back first.
          ['start', FIRST_LEADER, 0, 0],
          ['longTime', 1, 0, 0],
        ],
      })
    const { violations, losses } = await history(true)
    expect(violations).toEqual([])
    expect(losses).toEqual([expect.stringContaining('acknowledged with acks=-1')])
    expect(await history(false)).toMatchObject({ violations: [], losses: [] })
  })
})

test('the same schedule gives the same history, to the last request', async () => {
  for (const schedule of fc.sample(schedules(), { seed: SEED, numRuns: 25 })) {
    const first = await simulate(schedule, { traced: true })
    const second = await simulate(schedule, { traced: true })
    expect(second.trace).toEqual(first.trace)
    expect(first.trace.length).toBeGreaterThan(schedule.actions.length)
  }
})
