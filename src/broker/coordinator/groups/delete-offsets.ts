import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import { decide } from '../shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type GroupRecord, offsetCommitTombstone } from './group-record.ts'
import type { GroupDecision, GroupShard } from './group-shard.ts'

/** Partitions whose committed offsets are to be forgotten. */
export interface OffsetsToDelete {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** What became of the offsets of a topic: all of its partitions share one fate. */
export interface DeletedOffsets extends OffsetsToDelete {
  readonly error: ErrorName
}

/**
 * Forgets offsets that a group has committed, or open transactions want to commit, but for topics that its members subscribe to (KIP-496).
 * @throws KafkaError GROUP_ID_NOT_FOUND; NON_EMPTY_GROUP for a group with members that are no consumers
 */
export function deleteOffsets(
  shard: GroupShard,
  groupId: string,
  topics: readonly OffsetsToDelete[],
): GroupDecision<readonly DeletedOffsets[]> {
  const group = deletableGroup(shard, groupId)
  const records: GroupRecord[] = []
  const deleted = topics.map(({ topic, partitions }): DeletedOffsets => {
    if (group.isSubscribedTo(topic)) return { topic, partitions, error: 'GROUP_SUBSCRIBED_TO_TOPIC' }
    for (const partition of partitions) {
      const committed = shard.offsets.get(groupId, topic, partition)
      if (committed !== undefined || shard.pendingOffsets.has(groupId, topic, partition)) {
        records.push(offsetCommitTombstone(groupId, topic, partition))
      }
    }
    return { topic, partitions, error: 'NONE' }
  })
  return decide(records, () => deleted)
}

function deletableGroup(shard: GroupShard, groupId: string): ClassicGroup {
  const group = shard.groups.get(groupId)
  if (group === undefined) throw new KafkaError('GROUP_ID_NOT_FOUND')
  if (group.state !== 'Empty' && !group.usesConsumerProtocol) throw new KafkaError('NON_EMPTY_GROUP')
  return group
}
