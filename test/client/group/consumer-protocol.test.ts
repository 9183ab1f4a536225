import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type Subscription,
  subscriptionVersion,
} from '../../../src/client/group/consumer-protocol.ts'

const topic = fc.stringMatching(/^[a-z]{1,5}$/)
const partitions = fc.uniqueArray(fc.nat({ max: 50 }), { minLength: 1, maxLength: 5 })
const userData = fc.option(fc.uint8Array({ maxLength: 8 }))
const subscription: fc.Arbitrary<Subscription> = fc.record({
  topics: fc.uniqueArray(topic, { maxLength: 4 }),
  userData,
  ownedPartitions: fc.dictionary(topic, partitions, { maxKeys: 3, noNullPrototype: true }),
  generationId: fc.integer({ min: -1, max: 1000 }),
  rackId: fc.option(fc.stringMatching(/^[a-z]{1,5}$/)),
})

const ascending = (list: readonly number[]): number[] => [...list].sort((one, other) => one - other)

describe('the consumer protocol', () => {
  test('tells in version 3 all that a member says of itself, and in older ones what they have room for', () => {
    fc.assert(
      fc.property(subscription, fc.integer({ min: 0, max: 3 }), (said, version) => {
        const read = decodeSubscription(encodeSubscription(said, version))
        const owned = Object.entries(said.ownedPartitions).map(([name, list]) => [name, ascending(list)])
        expect(read).toEqual({
          topics: [...said.topics].sort(),
          userData: said.userData === null ? null : Buffer.from(said.userData),
          ownedPartitions: version >= 1 ? Object.fromEntries(owned) : {},
          generationId: version >= 2 ? said.generationId : -1,
          rackId: version >= 3 ? said.rackId : null,
        })
      }),
    )
  })

  test('tells what is assigned', () => {
    fc.assert(
      fc.property(fc.dictionary(topic, partitions, { noNullPrototype: true }), userData, (given, data) => {
        const assigned = new Map(Object.entries(given))
        const read = decodeAssignment(encodeAssignment(assigned, data))
        expect(read.assigned).toEqual(new Map([...assigned].map(([name, list]) => [name, ascending(list)])))
        expect(read.userData).toEqual(data === null ? null : Buffer.from(data))
      }),
    )
  })

  test('assigns nothing by no bytes', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toEqual({ assigned: new Map(), userData: null })
  })

  test('is read in a version that is not known yet as in the newest that is, whatever follows', () => {
    const bytes = encodeSubscription(
      { topics: ['a'], userData: null, ownedPartitions: { a: [1] }, generationId: 7, rackId: 'r' },
      3,
    )
    bytes.writeInt16BE(9, 0)
    const longer = Buffer.concat([bytes, Buffer.from([1, 2, 3])])
    expect(decodeSubscription(longer)).toMatchObject({ topics: ['a'], generationId: 7, rackId: 'r' })
  })

  test('takes a subscription that says version 1 and has no more than version 0', () => {
    const bytes = encodeSubscription(
      { topics: ['a'], userData: null, ownedPartitions: {}, generationId: -1, rackId: null },
      0,
    )
    bytes.writeInt16BE(1, 0)
    expect(decodeSubscription(bytes)).toMatchObject({ topics: ['a'], ownedPartitions: {} })
  })

  test('is spoken in the version that the release has', () => {
    expect(['0.10.2', '2.3', '2.4', '3.1', '3.2', '3.4', '3.5', '4.4'].map(subscriptionVersion)).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3,
    ])
  })
})
