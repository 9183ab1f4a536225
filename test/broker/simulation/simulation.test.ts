import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProducerShape } from './producer.ts'
import { type Schedule, schedules } from './schedule.ts'
import { type History, simulate } from './simulation.ts'
import type { WorldShape } from './world.ts'

const SEED = 1

/** How a schedule fails: by what broke the laws. */
async function holds(schedule: Schedule): Promise<void> {
  const { violations } = await simulate(schedule)
  if (violations.length > 0) throw new Error(violations.join('\n'))
}

/** The histories of schedules, one after the other. */
async function histories(of: fc.Arbitrary<Schedule>, count: number): Promise<History[]> {
  const all: History[] = []
  for (const schedule of fc.sample(of, { seed: SEED, numRuns: count })) all.push(await simulate(schedule))
  return all
}

/** Everyone produces to a topic of three replicas, two of which are to be in sync, with the same acks. */
function withAcks(acks: ProducerShape['acks'], { unclean = false } = {}): (shape: WorldShape) => WorldShape {
  return (shape) => ({
    ...shape,
    brokers: Math.max(shape.brokers, 3),
    topics: [{ name: 'orders', partitions: 1, replicationFactor: 3, minInSync: 2, unclean }],
    producers: shape.producers.map((producer) => ({
      ...producer,
      topic: 'orders',
      partition: 0,
      acks,
      idempotent: acks === -1,
      inFlight: 1,
    })),
    transactional: [],
  })
}

describe('whatever happens to a cluster, once it is healed', () => {
  test.each([1, 2, 3, 4])('it has kept what it promised (seed %i)', async (seed) => {
    await fc.assert(fc.asyncProperty(schedules(), holds), { seed, numRuns: 75 })
  })

  test('acks=all with min.insync.replicas=2 of three has lost nothing, without unclean elections', async () => {
    const safe = schedules({ world: withAcks(-1) })
    await fc.assert(fc.asyncProperty(safe, holds), { seed: SEED, numRuns: 100 })
  })
})

describe('what the laws do not cover is lost', () => {
  test('with acks=1, when the leader that has acknowledged it dies', async () => {
    const all = await histories(schedules({ world: withAcks(1) }), 60)
    expect(all.flatMap(({ violations }) => violations)).toEqual([])
    expect(all.some(({ losses }) => losses.some((loss) => loss.includes('acks=1')))).toBe(true)
  })

  test('with acks=all, when a replica that was not in sync is elected', async () => {
    const all = await histories(schedules({ world: withAcks(-1, { unclean: true }) }), 100)
    expect(all.flatMap(({ violations }) => violations)).toEqual([])
    expect(all.some(({ losses }) => losses.some((loss) => loss.includes('acks=-1')))).toBe(true)
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
