import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placeReplicas, type UsableBroker } from '../../../src/broker/controller/replica-placer.ts'
import { Random } from '../../../src/broker/random.ts'

const seeds = fc.integer()
const partitions = fc.integer({ min: 1, max: 40 })

/** So many racks of so many brokers each; no racks at all where there is but one. */
function racks(count: number, brokersEach: number): UsableBroker[] {
  return Array.from({ length: count * brokersEach }, (_, id) => ({
    id,
    rack: count === 1 ? null : `rack${id % count}`,
    fenced: false,
  }))
}

const evenRacks = fc
  .record({ count: fc.integer({ min: 1, max: 4 }), brokersEach: fc.integer({ min: 1, max: 4 }) })
  .map(({ count, brokersEach }) => ({ count, brokers: racks(count, brokersEach) }))

const anyBrokers = fc
  .uniqueArray(fc.record({ id: fc.nat(50), rack: fc.constantFrom(null, 'a', 'b', 'c'), fenced: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
    selector: ({ id }) => id,
  })
  .filter((brokers) => brokers.some(({ fenced }) => !fenced))

function counts(ids: readonly number[]): Map<number, number> {
  const times = new Map<number, number>()
  for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1)
  return times
}

describe('replicas are placed', () => {
  test('on as many brokers as asked for, each once, whatever the racks and however many are fenced', () => {
    fc.assert(
      fc.property(anyBrokers, partitions, seeds, fc.nat(), (brokers, howMany, seed, some) => {
        const replicationFactor = 1 + (some % brokers.length)
        const placed = placeReplicas(brokers, howMany, replicationFactor, new Random(seed))
        expect(placed).toHaveLength(howMany)
        const ids = new Set(brokers.map(({ id }) => id))
        for (const replicas of placed) {
          expect(new Set(replicas).size).toBe(replicationFactor)
          expect(replicas).toHaveLength(replicationFactor)
          for (const id of replicas) expect(ids.has(id)).toBe(true)
        }
      }),
    )
  })

  test('with leaders that are not fenced', () => {
    fc.assert(
      fc.property(anyBrokers, partitions, seeds, (brokers, howMany, seed) => {
        const fenced = new Set(brokers.filter((broker) => broker.fenced).map(({ id }) => id))
        const placed = placeReplicas(brokers, howMany, brokers.length, new Random(seed))
        for (const [leader = -1] of placed) expect(fenced.has(leader)).toBe(false)
      }),
    )
  })

  test('so that each broker leads as often as any other, or once more, where there are no racks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), partitions, seeds, (n, howMany, seed) => {
        const brokers = racks(1, n)
        const leaders = counts(placeReplicas(brokers, howMany, 1, new Random(seed)).flat())
        const times = brokers.map(({ id }) => leaders.get(id) ?? 0)
        expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('so that after whole rounds each broker has as many replicas as any other, where there are no racks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 5 }),
        seeds,
        fc.nat(),
        (n, rounds, seed, some) => {
          const replicationFactor = 1 + (some % n)
          const placed = placeReplicas(racks(1, n), n * rounds, replicationFactor, new Random(seed))
          expect([...counts(placed.flat()).values()]).toEqual(new Array(n).fill(replicationFactor * rounds))
        },
      ),
    )
  })

  test('on different racks while there are enough of them', () => {
    fc.assert(
      fc.property(evenRacks, partitions, seeds, fc.nat(), ({ count, brokers }, howMany, seed, some) => {
        const replicationFactor = 1 + (some % count)
        const rackOf = new Map(brokers.map(({ id, rack }) => [id, rack]))
        for (const replicas of placeReplicas(brokers, howMany, replicationFactor, new Random(seed))) {
          expect(new Set(replicas.map((id) => rackOf.get(id))).size).toBe(replicationFactor)
        }
      }),
    )
  })

  test('in the same way for the same seed', () => {
    fc.assert(
      fc.property(anyBrokers, partitions, seeds, (brokers, howMany, seed) => {
        const place = () => placeReplicas(brokers, howMany, 1, new Random(seed))
        expect(place()).toEqual(place())
      }),
    )
  })
})

describe('the placement of Kafka itself', () => {
  // What Kafka 4.4's StripedReplicaPlacer makes of these brokers (id:rack:fenced), so many partitions and replicas, and the
  // lots that a linear congruential generator draws from a seed.
  test.each([
    ['0:-:0 3:-:0 6:-:0 9:-:1', 7, 2, 29674, '0,3 3,6 6,0 0,3 3,6 6,0 3,6'],
    ['0:a:0 3:-:0 6:b:0', 8, 3, 20812, '6,3,0 3,0,6 0,6,3 3,6,0 6,0,3 0,3,6 3,6,0 6,0,3'],
    ['0:a:0 3:a:0', 13, 2, 98670, '0,3 3,0 3,0 0,3 0,3 3,0 3,0 0,3 0,3 3,0 3,0 0,3 0,3'],
    ['0:b:1 3:c:1 6:c:0 9:c:0', 7, 4, 40225, '6,0,9,3 9,0,6,3 9,0,6,3 6,0,9,3 9,0,6,3 6,0,9,3 9,0,6,3'],
    [
      '0:d:1 3:d:0 6:-:1 9:c:0 1:d:0 4:c:0 7:d:0 10:d:0',
      9,
      3,
      27433,
      '4,1,6 3,6,9 4,6,7 9,10,6 1,6,4 9,6,3 9,6,1 3,6,4 10,9,6',
    ],
    ['0:-:0 3:-:0 6:-:0', 7, 2, 68757, '3,6 6,0 0,3 3,0 0,6 6,3 0,6'],
    [
      '0:a:0 3:a:0 6:b:0 9:-:0 1:c:1 4:d:0',
      11,
      3,
      10997,
      '0,6,1 6,1,4 4,1,9 4,9,3 9,0,6 4,6,1 6,1,9 9,1,3 9,0,4 3,4,6 0,9,1',
    ],
    [
      '0:a:0 3:c:0 6:b:1 9:c:0 1:a:0 4:b:0 7:c:0 10:c:0',
      9,
      3,
      99000,
      '9,0,4 1,4,10 4,3,0 7,1,4 0,4,9 4,10,1 3,0,4 4,0,10 1,9,4',
    ],
    [
      '0:b:0 3:a:1 6:b:1 9:-:0 1:c:0 4:c:0 7:c:1 10:b:1',
      7,
      8,
      63193,
      '9,3,0,1,10,4,6,7 0,3,4,9,6,1,10,7 0,1,9,3,10,4,6,7 4,9,3,0,1,6,7,10 4,3,0,9,1,10,7,6 0,3,9,1,6,4,10,7 0,9,4,3,10,1,6,7',
    ],
    [
      '0:a:0 3:a:0 6:b:0 9:d:1 1:c:0 4:c:0 7:b:0 10:d:1',
      12,
      4,
      12072,
      '0,10,7,4 3,6,1,9 7,4,10,0 1,9,3,6 0,10,7,4 3,6,1,9 7,3,1,10 0,4,9,6 1,10,7,3 6,9,0,4 7,3,1,10 0,4,9,6',
    ],
  ])(
    'is the placement here: %s, %i partitions, %i replicas, seed %i',
    (given, howMany, replicationFactor, seed, placed) => {
      const brokers = given.split(' ').map((broker) => {
        const [id, rack = '-', fenced] = broker.split(':')
        return { id: Number(id), rack: rack === '-' ? null : rack, fenced: fenced === '1' }
      })
      const replicas = placeReplicas(brokers, howMany, replicationFactor, new Lots(seed))
      expect(replicas.map((ids) => ids.join(',')).join(' ')).toBe(placed)
    },
  )
})

/** A source of chance that both sides can have. */
class Lots extends Random {
  private state: bigint

  constructor(seed: number) {
    super(0)
    this.state = BigInt(seed)
  }

  override below(bound: number): number {
    this.state = (this.state * 1_103_515_245n + 12_345n) & 0x7fffffffn
    return Number(this.state >> 8n) % bound
  }
}

describe('replicas are not placed', () => {
  const place = (brokers: UsableBroker[], replicationFactor: number) => () =>
    placeReplicas(brokers, 1, replicationFactor, new Random(0))

  test('where there are fewer brokers than replicas', () => {
    expect(place(racks(1, 2), 3)).toThrow(
      'The target replication factor of 3 cannot be reached because only 2 broker(s) are registered',
    )
  })

  test('where every broker is fenced', () => {
    expect(place([{ id: 1, rack: null, fenced: true }], 1)).toThrow('All brokers are currently fenced')
    expect(place([], 1)).toThrow('All brokers are currently fenced')
  })

  test('where none are asked for', () => {
    expect(place(racks(1, 1), 0)).toThrow('Invalid replication factor 0: the replication factor must be positive.')
  })
})
