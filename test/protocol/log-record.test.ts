import { describe, expect, test } from 'vitest'
import {
  decodeForward,
  decodeKey,
  decodeMetadataPrefix,
  decodeMetadataRecord,
  decodeValue,
  encodeMetadataRecord,
  encodeRecord,
  recordPrefix,
} from '../../src/protocol/log-record.ts'
import { ProtocolError } from '../../src/protocol/message.ts'
import { ConsumerProtocolSubscription } from '../../src/protocol/messages/data/consumer-protocol-subscription.ts'
import { EndTxnMarker } from '../../src/protocol/messages/data/end-txn-marker.ts'
import { NoOpRecord } from '../../src/protocol/messages/metadata/no-op-record.ts'
import { TopicRecord } from '../../src/protocol/messages/metadata/topic-record.ts'
import { GroupMetadataKey } from '../../src/protocol/messages/records/group-metadata.ts'
import { LegacyOffsetCommitKey } from '../../src/protocol/messages/records/legacy-offset-commit.ts'
import { OffsetCommitKey, OffsetCommitValue } from '../../src/protocol/messages/records/offset-commit.ts'
import { ZERO_UUID } from '../../src/protocol/uuid.ts'

describe('a record of a coordinator', () => {
  const key = { group: 'g', topic: 't', partition: 3 }

  test('has the type of the record before its key', () => {
    const bytes = encodeRecord(OffsetCommitKey, key, 0)
    expect(bytes.toString('hex')).toBe('0001000167000174' + '00000003')
    expect(recordPrefix(bytes)).toBe(1)
    expect(decodeKey(OffsetCommitKey, bytes)).toEqual(key)
    expect(recordPrefix(encodeRecord(LegacyOffsetCommitKey, key, 0))).toBe(0)
    expect(recordPrefix(encodeRecord(GroupMetadataKey, { group: 'g' }, 0))).toBe(2)
  })

  test('has the version of its layout before its value', () => {
    const value = {
      offset: 9,
      leaderEpoch: -1,
      metadata: '',
      commitTimestamp: 5,
      expireTimestamp: -1,
      topicId: ZERO_UUID,
    }
    const bytes = encodeRecord(OffsetCommitValue, value, 3)
    expect(recordPrefix(bytes)).toBe(3)
    expect(decodeValue(OffsetCommitValue, bytes)).toEqual({ version: 3, value })
  })

  test('is refused when its key is of another type', () => {
    expect(() => decodeKey(OffsetCommitKey, encodeRecord(GroupMetadataKey, { group: 'g' }, 0))).toThrow(ProtocolError)
  })

  test('is refused when there is no room for a type', () => {
    expect(() => recordPrefix(Buffer.from([0]))).toThrow(ProtocolError)
  })
})

test('the marker of a transaction is its version and the epoch of the coordinator', () => {
  expect(encodeRecord(EndTxnMarker, { coordinatorEpoch: 5 }, 0).toString('hex')).toBe('000000000005')
})

test('a subscription of a newer version is read as the newest known, whatever follows', () => {
  const bytes = encodeRecord(ConsumerProtocolSubscription, { topics: ['orders'], rackId: 'a' }, 3)
  bytes.writeInt16BE(9, 0)
  const { version, value } = decodeForward(ConsumerProtocolSubscription, Buffer.concat([bytes, Buffer.from('more')]))
  expect(version).toBe(9)
  expect(value).toMatchObject({ topics: ['orders'], rackId: 'a' })
})

describe('a record of the metadata log', () => {
  const topic = { name: 'orders', topicId: ZERO_UUID }

  test('has a frame version, its type and its version in front', () => {
    const bytes = encodeMetadataRecord(TopicRecord, topic, 0)
    expect(bytes.subarray(0, 3).toString('hex')).toBe('010200')
    expect(decodeMetadataPrefix(bytes)).toEqual({ recordType: 2, version: 0, offset: 3 })
    expect(decodeMetadataRecord(TopicRecord, bytes)).toEqual({ version: 0, value: topic })
  })

  test('is refused when it is of another type, or of an unknown frame', () => {
    const bytes = encodeMetadataRecord(NoOpRecord, {}, 0)
    expect(() => decodeMetadataRecord(TopicRecord, bytes)).toThrow(ProtocolError)
    bytes[0] = 9
    expect(() => decodeMetadataRecord(NoOpRecord, bytes)).toThrow(ProtocolError)
    expect(() => decodeMetadataPrefix(Buffer.from([]))).toThrow(ProtocolError)
  })
})
