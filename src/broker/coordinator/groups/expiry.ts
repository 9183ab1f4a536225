import { ZERO_UUID } from '../../../protocol/uuid.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type GroupRecord, groupMetadataTombstone, offsetCommitTombstone } from './group-record.ts'
import type { GroupShard } from './group-shard.ts'
import type { CommittedOffset } from './offsets.ts'

/** From when on an offset's retention counts; undefined: the offset is kept. */
type RetentionStart = (offset: CommittedOffset) => number

/**
 * The tombstones of offsets that have outlived `offsets.retention.minutes` (KIP-211), and of empty groups that have no
 * others.
 */
export function cleanUp(shard: GroupShard): GroupRecord[] {
  const records: GroupRecord[] = []
  for (const [groupId, group] of shard.groups.entries()) {
    const offsets = shard.offsets.of(groupId)
    const expired = expiredOffsets(shard, group, offsets)
    for (const { topic, partition } of expired) records.push(offsetCommitTombstone(groupId, topic, partition))
    if (expired.length === offsets.length && group.state === 'Empty') records.push(groupMetadataTombstone(groupId))
  }
  return records
}

/** The tombstones of what was committed to topics that have been deleted. */
export function forgetTopics(
  shard: GroupShard,
  topics: readonly { readonly name: string; readonly id: string }[],
): GroupRecord[] {
  const ids = new Map(topics.map(({ name, id }) => [name, id]))
  const records: GroupRecord[] = []
  for (const groupId of shard.offsets.groups()) {
    for (const { topic, partition, topicId } of shard.offsets.of(groupId)) {
      const deleted = ids.get(topic)
      // A topic of the same name may be there again already, and have offsets of its own.
      if (deleted === undefined || (topicId !== ZERO_UUID && topicId !== deleted)) continue
      records.push(offsetCommitTombstone(groupId, topic, partition))
    }
  }
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
    if (group.isSubscribedTo(offset.topic)) return false
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
