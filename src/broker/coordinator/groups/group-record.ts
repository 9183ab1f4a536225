import { decodeKey, decodeValue, encodeRecord, recordPrefix } from '../../../protocol/log-record.ts'
import { GroupMetadataKey, GroupMetadataValue } from '../../../protocol/messages/records/group-metadata.ts'
import { LegacyOffsetCommitKey } from '../../../protocol/messages/records/legacy-offset-commit.ts'
import { OffsetCommitKey, OffsetCommitValue } from '../../../protocol/messages/records/offset-commit.ts'
import type { EncodedRecord } from '../shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { GroupRecordVersions } from './record-versions.ts'

/** A record of `__consumer_offsets`; without a value it is a tombstone. */
export type GroupRecord =
  | { readonly type: 'OffsetCommit'; readonly key: OffsetCommitKey; readonly value: OffsetCommitValue | null }
  | { readonly type: 'GroupMetadata'; readonly key: GroupMetadataKey; readonly value: GroupMetadataValue | null }

export function encodeGroupRecord(record: GroupRecord, versions: GroupRecordVersions): EncodedRecord {
  if (record.type === 'GroupMetadata') {
    const { key, value } = record
    return {
      key: encodeRecord(GroupMetadataKey, key, 0),
      value: value === null ? null : encodeRecord(GroupMetadataValue, value, versions.groupMetadata),
    }
  }
  const { key, value } = record
  return {
    key: encodeRecord(OffsetCommitKey, key, 0),
    value: value === null ? null : encodeRecord(OffsetCommitValue, value, offsetCommitVersion(value, versions)),
  }
}

function offsetCommitVersion({ expireTimestamp }: OffsetCommitValue, versions: GroupRecordVersions): number {
  return expireTimestamp === -1 ? versions.offsetCommit : versions.offsetCommitWithExpiry
}

/** Reads a record; undefined for one of a type that classic groups do not have. */
export function decodeGroupRecord({ key, value }: EncodedRecord): GroupRecord | undefined {
  switch (recordPrefix(key)) {
    // The first two types are read alike: the first is what Kafka before 0.9 wrote.
    case LegacyOffsetCommitKey.recordType:
      return offsetCommit(decodeKey(LegacyOffsetCommitKey, key), value)
    case OffsetCommitKey.recordType:
      return offsetCommit(decodeKey(OffsetCommitKey, key), value)
    case GroupMetadataKey.recordType:
      return {
        type: 'GroupMetadata',
        key: decodeKey(GroupMetadataKey, key),
        value: value === null ? null : decodeValue(GroupMetadataValue, value).value,
      }
    default:
      return undefined
  }
}

function offsetCommit(key: OffsetCommitKey, value: Buffer | null): GroupRecord {
  return { type: 'OffsetCommit', key, value: value === null ? null : decodeValue(OffsetCommitValue, value).value }
}

export function offsetCommitTombstone(group: string, topic: string, partition: number): GroupRecord {
  return { type: 'OffsetCommit', key: { group, topic, partition }, value: null }
}

export function groupMetadataTombstone(group: string): GroupRecord {
  return { type: 'GroupMetadata', key: { group }, value: null }
}

/** What Kafka writes when it makes a group for its first member: no protocol, generation 0. */
export function newGroupRecord(group: string, timestamp: number): GroupRecord {
  return {
    type: 'GroupMetadata',
    key: { group },
    value: {
      protocolType: '',
      generation: 0,
      protocol: null,
      leader: null,
      currentStateTimestamp: timestamp,
      members: [],
    },
  }
}

/** A group as it is, its members with the given assignments. */
export function groupMetadataRecord(group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): GroupRecord {
  const { groupId, protocolName } = group
  return {
    type: 'GroupMetadata',
    key: { group: groupId },
    value: {
      protocolType: group.protocolType ?? '',
      generation: group.generationId,
      protocol: protocolName,
      leader: group.leaderId,
      currentStateTimestamp: group.stateTimestamp,
      members: [...group.members.values()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: member.metadata(protocolName ?? ''),
        assignment: assignments.get(member.memberId) ?? EMPTY,
      })),
    },
  }
}

const EMPTY = Buffer.alloc(0)
