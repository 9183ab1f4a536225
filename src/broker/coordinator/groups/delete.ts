import type { ErrorName } from '../../../protocol/errors.ts'
import { decide } from '../shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type GroupRecord, groupMetadataTombstone, offsetCommitTombstone } from './group-record.ts'
import type { GroupDecision, GroupShard } from './group-shard.ts'

/** What became of a group that was to be deleted. */
export interface DeletedGroup {
  readonly groupId: string
  readonly error: ErrorName
}

/** Deletes groups that have no members, with their offsets, and with those that open transactions want to commit. */
export function deleteGroups(shard: GroupShard, groupIds: readonly string[]): GroupDecision<readonly DeletedGroup[]> {
  const records: GroupRecord[] = []
  const deleted = groupIds.map((groupId) => {
    const error = whyNot(shard.groups.get(groupId))
    if (error === 'NONE') {
      for (const { topic, partition } of shard.offsets.of(groupId)) {
        records.push(offsetCommitTombstone(groupId, topic, partition))
      }
      for (const { topic, partition } of shard.pendingOffsets.partitionsOf(groupId)) {
        // One tombstone is enough for both.
        if (shard.offsets.get(groupId, topic, partition) !== undefined) continue
        records.push(offsetCommitTombstone(groupId, topic, partition))
      }
      records.push(groupMetadataTombstone(groupId))
    }
    return { groupId, error }
  })
  return decide(
    records,
    () => deleted,
    ({ error }) => groupIds.map((groupId) => ({ groupId, error })),
  )
}

function whyNot(group: ClassicGroup | undefined): ErrorName {
  if (group === undefined) return 'GROUP_ID_NOT_FOUND'
  return group.state === 'Empty' ? 'NONE' : 'NON_EMPTY_GROUP'
}
