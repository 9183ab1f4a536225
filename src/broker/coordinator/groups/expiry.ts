import { ZERO_UUID } from '../../../protocol/uuid.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type GroupRecord, groupMetadataTombstone, offsetCommitTombstone } from './group-record.ts'
import type { GroupShard } from './group-shard.ts'
import type { CommittedOffset } from './offsets.ts'

/** From when on an offset's retention counts; undefined: the offset is kept. */
type RetentionStart = (offset: CommittedOffset) => number

/**
 * The tombstones of offsets that have outlived `offsets.retention.minutes` (KIP-211), and of empty groups that have no
 * others. What an open transaction wants to commit keeps both.
 */
export function cleanUp(shard: GroupShard): GroupRecord[] {
  const records: GroupRecord[] = []
  for (const [groupId, group] of shard.groups.entries()) {
    const offsets = shard.offsets.of(groupId)
    const expired = expiredOffsets(shard, group, offsets)
    for (const { topic, partition } of expired) records.push(offsetCommitTombstone(groupId, topic, partition))
    const nothingLeft = expired.length === offsets.length && !shard.pendingOffsets.hasAny(groupId)
    if (nothingLeft && group.state === 'Empty') records.push(groupMetadataTombstone(groupId))
  }
  return records
}

/** The tombstones of what was committed, or is to be committed by open transactions, to topics that have been deleted. */
export function forgetTopics(
  shard: GroupShard,
  topics: readonly { readonly name: string; readonly id: string }[],
): GroupRecord[] {
  const ids = new Map(topics.map(({ name, id }) => [name, id]))
  const records: GroupRecord[] = []
  const forget = (groupId: string, { topic, partition, topicId }: CommittedOffset): void => {
    const deleted = ids.get(topic)
    // A topic of the same name may be there again already, and have offsets of its own.
    if (deleted === undefined || (topicId !== ZERO_UUID && topicId !== deleted)) return
    records.push(offsetCommitTombstone(groupId, topic, partition))
  }
  for (const groupId of shard.offsets.groups()) {
    for (const offset of shard.offsets.of(groupId)) forget(groupId, offset)
  }
  for (const { groupId, offset } of shard.pendingOffsets.all()) forget(groupId, offset)
  return records
}

function expiredOffsets(
  shard: GroupShard,
  group: ClassicGroup,
  offsets: readonly CommittedOffset[],
): readonly CommittedOffset[] {
  const start = retentionStart(group)
  if (start === undefined) return []
  const now = shard.clock.now()
  const retentionMs = shard.config.int('offsets.retention.minutes') * 60 * 1000
  return offsets.filter((offset) => {
    const { topic, partition } = offset
    if (group.isSubscribedTo(topic) || shard.pendingOffsets.has(group.groupId, topic, partition)) return false
    if (offset.expireTimestamp !== -1) return now >= offset.expireTimestamp
    return now - start(offset) >= retentionMs
  })
}

function retentionStart(group: ClassicGroup): RetentionStart | undefined {
  // Whoever only commits is as good as gone when it has not committed for so long.
  if (group.protocolType === null) return (offset) => offset.commitTimestamp
  if (group.state === 'Empty') {
    return (offset) => (group.stateTimestamp === -1 ? offset.commitTimestamp : group.stateTimestamp)
  }
  // Consumers are there: what they no longer subscribe to expires.
  const known = group.state === 'Stable' && group.usesConsumerProtocol && group.subscribedTopics !== null
  return known ? (offset) => offset.commitTimestamp : undefined
}
