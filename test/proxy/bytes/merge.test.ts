import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apis } from '../../../src/protocol/apis.ts'
import type { Message } from '../../../src/protocol/message.ts'
import { DescribeQuorum } from '../../../src/protocol/messages/describe-quorum.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { Layouts } from '../../../src/proxy/bytes/layout.ts'
import { merged } from '../../../src/proxy/bytes/merge.ts'
import { arbitraryMessage } from '../../protocol/arbitraries.ts'

type AnyMessage = Message<object>

const layouts = new Layouts()
const versions = [...apis.values()].flatMap((api) =>
  [api.request, api.response].flatMap((message) => {
    const { min, max } = api.versions
    return Array.from({ length: max - min + 1 }, (_, i) => [message as AnyMessage, min + i] as const)
  }),
)

function written(message: AnyMessage, version: number, bytes: Buffer, before: object, after: object): Buffer {
  return Buffer.concat(merged(layouts.of(message, version), bytes, 0, before, after))
}

describe('a message that was changed', () => {
  test('is the very bytes that came where nothing of it is other than before', () => {
    for (const [message, version] of versions) {
      fc.assert(
        fc.property(arbitraryMessage(message, version), (value) => {
          const bytes = message.encode(value, version)
          const [before, after] = [message.decode(bytes, version), message.decode(bytes, version)]
          expect(written(message, version, bytes, before, after).equals(bytes)).toBe(true)
        }),
        { numRuns: 3 },
      )
    }
  })

  test('is what it was changed to, whatever that is', () => {
    for (const [message, version] of versions) {
      const value = arbitraryMessage(message, version)
      fc.assert(
        fc.property(value, value, (one, other) => {
          const bytes = message.encode(one, version)
          const after = message.encode(other, version)
          const changed = written(message, version, bytes, message.decode(bytes, version), other)
          expect(message.decode(changed, version), `${message.name} v${version}`).toEqual(
            message.decode(after, version),
          )
        }),
        { numRuns: 3 },
      )
    }
  })

  test('is what it was changed to where one field of it was, or one was left out', () => {
    for (const [message, version] of versions) {
      const value = arbitraryMessage(message, version)
      const field = fc.constantFrom(...Object.keys(message.fields), 'unknownTaggedFields')
      fc.assert(
        fc.property(value, value, field, fc.boolean(), (one, other, name, isLeftOut) => {
          const bytes = message.encode(one, version)
          const { [name]: _, ...rest } = message.decode(bytes, version) as Record<string, unknown>
          const given = (other as Record<string, unknown>)[name]
          const after = isLeftOut || given === undefined ? rest : { ...rest, [name]: given }
          const changed = written(message, version, bytes, message.decode(bytes, version), after)
          expect(changed.equals(message.encode(after, version)), `${message.name} v${version} ${name}`).toBe(true)
        }),
        { numRuns: 3 },
      )
    }
  })

  test('keeps an int64 that no JavaScript number holds', () => {
    const state = { replicaId: 1, lastFetchTimestamp: 17 }
    const partitions = [{ partitionIndex: 0, leaderId: 1, currentVoters: [state, { ...state, replicaId: 2 }] }]
    const bytes = DescribeQuorum.response.encode({ topics: [{ topicName: 't', partitions }] }, 1)
    const at = bytes.indexOf(Buffer.from([0, 0, 0, 0, 0, 0, 0, 17]))
    bytes.fill(0xff, at + 1, at + 8).writeUInt8(0x7f, at)
    const before = DescribeQuorum.response.decode(bytes, 1)
    const after = DescribeQuorum.response.decode(bytes, 1)
    const [, second] = after.topics[0]?.partitions[0]?.currentVoters ?? []
    Object.assign(second as object, { replicaId: 3 })
    const changed = written(DescribeQuorum.response as unknown as AnyMessage, 1, bytes, before, after)
    expect(changed.subarray(at, at + 8).toString('hex')).toBe('7fffffffffffffff')
    expect(DescribeQuorum.response.decode(changed, 1)).toEqual(after)
  })

  test('keeps what follows it', () => {
    const bytes = Buffer.concat([Fetch.response.encode({ sessionId: 5 }, 12), Buffer.from([1, 2, 3])])
    const before = Fetch.response.decode(bytes, 12, 0, 'ignore')
    const changed = written(Fetch.response as unknown as AnyMessage, 12, bytes, before, { ...before, errorCode: 70 })
    expect(changed.subarray(-3)).toEqual(Buffer.from([1, 2, 3]))
  })
})
