import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '../../../src/broker/random.ts'
import { FetchPartition, type FetchSession } from '../../../src/broker/replication/fetch-session.ts'
import { FetchSessionCache } from '../../../src/broker/replication/fetch-session-cache.ts'
import { ManualClock } from '../manual-clock.ts'

/** One slot in each of Kafka's eight shards: the ninth session is the first that needs room, in the shard of the first. */
const ONE_EACH = 8
const TWO_MINUTES = 120_000

function cacheOf(slots: number): { cache: FetchSessionCache; clock: ManualClock } {
  const clock = new ManualClock()
  return { cache: new FetchSessionCache({ clock, random: new Random(7), slots }), clock }
}

function create(cache: FetchSessionCache, size: number, privileged = false): FetchSession | undefined {
  const partitions = Array.from(
    { length: size },
    (_, index) =>
      new FetchPartition('orders', {
        topicId: undefined,
        index,
        offset: 0,
        maxBytes: 100,
        currentLeaderEpoch: undefined,
        lastFetchedEpoch: undefined,
      }),
  )
  return cache.create({ privileged, usesTopicIds: false, partitions })
}

/** Fills every shard, each with one session of so many partitions. */
function filled(size: number, privileged = false): ReturnType<typeof cacheOf> & { sessions: FetchSession[] } {
  const made = cacheOf(ONE_EACH)
  const sessions = Array.from({ length: ONE_EACH }, () => create(made.cache, size, privileged) as FetchSession)
  return { ...made, sessions }
}

describe('the cache of fetch sessions', () => {
  test('gives each shard its share of the ids and of the slots, in turn', () => {
    const { sessions } = filled(1)
    const share = Math.floor(0x7fffffff / 8)
    expect(sessions.map(({ id }) => Math.floor(id / share))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('keeps what is young, however small, from a larger one', () => {
    const { cache, clock } = filled(1)
    clock.advance(TWO_MINUTES)
    expect(create(cache, 100)).toBeUndefined()
  })

  test('lets go of what was not used for more than two minutes', () => {
    const { cache, clock, sessions } = filled(5)
    clock.advance(TWO_MINUTES + 1)
    expect(create(cache, 1)).toBeDefined()
    expect(sessions.map(({ id }) => cache.find(id) !== undefined)).toEqual([false, ...Array(7).fill(true)])
  })

  test('lets go of what is old but in use for one with more partitions, and for no other', () => {
    const { cache, clock, sessions } = filled(3)
    clock.advance(TWO_MINUTES + 1)
    for (const session of sessions) cache.touch(session)
    expect(create(cache, 3)).toBeUndefined() // the turn of the first shard
    expect(create(cache, 4)).toBeDefined() // of the second
    expect(cache.find(sessions[0]?.id ?? 0)).toBeDefined()
    expect(cache.find(sessions[1]?.id ?? 0)).toBeUndefined()
  })

  test('lets a follower take the room of any consumer, and no consumer that of a follower', () => {
    const young = filled(100)
    expect(create(young.cache, 1, true)).toBeDefined()
    const followers = filled(1, true)
    followers.clock.advance(TWO_MINUTES + 1)
    for (const session of followers.sessions) followers.cache.touch(session)
    expect(create(followers.cache, 100)).toBeUndefined()
    expect(create(followers.cache, 2, true)).toBeDefined()
  })

  test('never has more than its slots, nor two sessions with one id', () => {
    const step = fc.record({ size: fc.nat(4), privileged: fc.boolean(), wait: fc.constantFrom(0, 0, 50_000, 130_000) })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 33 }), fc.array(step, { maxLength: 80 }), (slots, steps) => {
        const { cache, clock } = cacheOf(slots)
        for (const { size, privileged, wait } of steps) {
          clock.advance(wait)
          const before = cache.size
          const session = create(cache, size, privileged)
          expect(cache.size).toBeGreaterThanOrEqual(before)
          expect(cache.size).toBeLessThanOrEqual(slots)
          if (session !== undefined) expect(cache.find(session.id)).toBe(session)
        }
      }),
    )
  })
})
