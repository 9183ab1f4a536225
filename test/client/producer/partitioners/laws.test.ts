import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Encodable,
  type Hash32,
  newConsistentCRCHashPartitioner,
  newCustomHashPartitioner,
  newCustomPartitioner,
  newHashPartitioner,
  newManualPartitioner,
  newMurmur2Partitioner,
  newRandomPartitioner,
  newReferenceHashPartitioner,
  newRoundRobinPartitioner,
  type PartitionerConstructor,
  type Random,
  withAbsFirst,
  withCustomFallbackPartitioner,
  withCustomHashFunction,
  withHashUnsigned,
} from '../../../../src/client/index.ts'

/** What is drawn, in turn. */
function drawing(...numbers: number[]): Random {
  return { below: (bound) => (numbers.shift() ?? 0) % bound, bytes: (length) => new Uint8Array(length) }
}

const byKey: readonly (readonly [string, PartitionerConstructor])[] = [
  ['newHashPartitioner', newHashPartitioner],
  ['newReferenceHashPartitioner', newReferenceHashPartitioner],
  ['newConsistentCRCHashPartitioner', newConsistentCRCHashPartitioner],
  ['newMurmur2Partitioner', newMurmur2Partitioner],
]

const keys: fc.Arbitrary<string | Uint8Array> = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array())
const counts = fc.integer({ min: 1, max: 10_000 })

describe.each(byKey)('%s', (_name, create) => {
  it('puts any key into one of the partitions, and always into the same', () => {
    fc.assert(
      fc.property(keys, counts, (key, count) => {
        const partition = create('topic', drawing(1)).partition({ topic: 'topic', key }, count)
        expect(Number.isInteger(partition) && Object.is(Math.abs(partition), partition) && partition < count).toBe(true)
        expect(create('other', drawing(2)).partition({ topic: 'other', key }, count)).toBe(partition)
      }),
    )
  })

  it('does not mind whether a key is a text, its bytes or what encodes to them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), counts, (text, count) => {
        const partitioner = create('topic', drawing())
        const forms: Encodable[] = [text, Buffer.from(text), { encode: () => Buffer.from(text) }]
        const places = forms.map((key) => partitioner.partition({ topic: 'topic', key }, count))
        expect(new Set(places).size).toBe(1)
      }),
    )
  })

  it('puts messages without a key into random partitions, for which those without a leader are left out', () => {
    const partitioner = create('topic', drawing(4, 2, 7))
    const messages = [{ topic: 'topic' }, { topic: 'topic', key: null }, { topic: 'topic' }]
    expect(messages.map((message) => partitioner.partition(message, 10))).toEqual([4, 2, 7])
    expect(messages.map((message) => partitioner.requiresConsistency(message))).toEqual([false, false, false])
  })

  it('hashes an empty key, and waits for its partition', () => {
    const partitioner = create('topic', drawing(9))
    expect(partitioner.partition({ topic: 'topic', key: '' }, 10)).toBe(
      partitioner.partition({ topic: 'topic', key: new Uint8Array() }, 10),
    )
    expect(partitioner.requiresConsistency({ topic: 'topic', key: '' })).toBe(true)
  })

  it('throws what a key throws that cannot be encoded', () => {
    const key = {
      encode(): Uint8Array {
        throw new Error('no such key')
      },
    }
    expect(() => create('topic', drawing()).partition({ topic: 'topic', key }, 3)).toThrow('no such key')
  })
})

describe('newCustomPartitioner', () => {
  const constant =
    (hash: number): Hash32 =>
    () =>
      hash

  it('takes a negative hash in three ways', () => {
    const place = (...options: Parameters<typeof newCustomPartitioner>): number =>
      newCustomPartitioner(withCustomHashFunction(constant(-8)), ...options)('topic', drawing()).partition(
        { topic: 'topic', key: 'key' },
        7,
      )
    expect(place()).toBe(1)
    expect(place(withAbsFirst())).toBe((2 ** 31 - 8) % 7)
    expect(place(withHashUnsigned())).toBe((2 ** 32 - 8) % 7)
    expect(place(withHashUnsigned(), withAbsFirst())).toBe(place(withAbsFirst()))
  })

  it('makes any number that a hash function returns one of the partitions', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), counts, (hash, count) => {
        const partitioner = newCustomHashPartitioner(constant(hash))('topic', drawing())
        const partition = partitioner.partition({ topic: 'topic', key: 'key' }, count)
        expect(partition).toBe(Math.abs((hash | 0) % count))
        expect(partition).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('sends messages without a key where the fallback says', () => {
    const fallback = newRoundRobinPartitioner('topic', drawing())
    const partitioner = newCustomPartitioner(withCustomFallbackPartitioner(fallback))('topic', drawing(9))
    const taken = [0, 1, 2, 3].map(() => partitioner.partition({ topic: 'topic' }, 3))
    expect(taken).toEqual([0, 1, 2, 0])
  })
})

describe('partitioners that do not look at the key', () => {
  it('draws a random partition each time', () => {
    const partitioner = newRandomPartitioner('topic', drawing(3, 1, 3))
    const taken = [0, 1, 2].map(() => partitioner.partition({ topic: 'topic', key: 'same' }, 5))
    expect(taken).toEqual([3, 1, 3])
    expect(partitioner.requiresConsistency({ topic: 'topic', key: 'same' })).toBe(false)
  })

  it('goes round so evenly that no partition has more than one message more than another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 500 }), (count, messages) => {
        const partitioner = newRoundRobinPartitioner('topic', drawing())
        const had = new Array<number>(count).fill(0)
        for (let i = 0; i < messages; i++) {
          const partition = partitioner.partition({ topic: 'topic' }, count)
          had[partition] = (had[partition] ?? 0) + 1
        }
        expect(Math.max(...had) - Math.min(...had)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('leaves the choice to the message; it is the first partition of a message that makes none', () => {
    const partitioner = newManualPartitioner('topic', drawing())
    expect(partitioner.partition({ topic: 'topic', partition: 4 }, 5)).toBe(4)
    expect(partitioner.partition({ topic: 'topic' }, 5)).toBe(0)
    expect(partitioner.requiresConsistency({ topic: 'topic' })).toBe(true)
  })
})
