import type { Broker } from '../../broker.ts'
import { GROUP_METADATA_TOPIC } from '../../replication/internal-topics.ts'
import type { Reply } from '../../waiting.ts'
import { answerTo } from '../answer.ts'
import { partitionCount } from '../auto-created.ts'
import { type ClusterView, checkRuns } from '../cluster-view.ts'
import { checkPartition } from '../records/record-scan.ts'
import { checkHasMembers, checkOffset, memberIdOf, memberOf } from './group-arguments.ts'
import { groupSeen } from './group-seen.ts'
import { checkCoordinated, coordinatorOfGroup, describedGroup } from './group-state.ts'

/*
 * What a test does to a group: through the coordinator, and so by its rules and its log.
 */

/** @throws Error when it has no members; KafkaError while its coordinator cannot tell */
export async function rebalanceGroup(view: ClusterView, groupId: string): Promise<void> {
  checkRuns(view, 'rebalance')
  checkCoordinated(view, groupId)
  checkHasMembers(describedGroup(view, groupId))
  await ask(view, groupId, 'to begin a rebalance', ({ groups }) => groups.rebalanceNow(groupId))
}

/** @throws Error for who is no member; KafkaError while its coordinator cannot tell; TypeError for what names none */
export async function evictMember(view: ClusterView, groupId: string, member: unknown): Promise<void> {
  checkRuns(view, 'evict')
  const memberId = memberIdOf(member)
  checkCoordinated(view, groupId)
  memberOf(describedGroup(view, groupId), memberId)
  await ask(view, groupId, `to evict ${memberId}`, ({ groups }) => groups.evict(groupId, memberId))
}

/** @throws RangeError for an offset that cannot be, and a partition that is not there */
export async function setOffset(
  view: ClusterView,
  groupId: string,
  topic: string,
  partition: number,
  offset: number,
): Promise<void> {
  checkRuns(view, 'setOffset')
  const image = view.image.topic(topic)
  if (image === undefined) throw new RangeError(`setOffset: there is no topic ${topic}`)
  checkPartition(topic, partition, image.partitions.length)
  checkOffset(offset)
  // In a turn of its own: brokers hear of the topic when that is over.
  view.queue.turn(() => partitionCount(view, 'setOffset', GROUP_METADATA_TOPIC))
  const partitions = [{ partition, offset, leaderEpoch: -1, metadata: '', timestamp: -1 }]
  const topics = [{ topic, topicId: image.id, partitions }]
  await ask(view, groupId, `to write the offset ${offset} of ${topic}-${partition}`, ({ groups }) =>
    groups.setOffsets(groupId, topics),
  )
}

function ask<T>(
  view: ClusterView,
  groupId: string,
  what: string,
  operation: (coordinator: Broker) => Reply<T>,
): Promise<T> {
  const coordinator = coordinatorOfGroup(view, groupId)
  if (coordinator === undefined)
    throw new Error(
      `nobody coordinates the group ${groupId} now: its partition of ${GROUP_METADATA_TOPIC} has no leader`,
    )
  const seen = (): string => `Its records are not on every in-sync replica. ${groupSeen(view, groupId)}`
  return answerTo(view, `the coordinator of ${groupId} ${what}`, seen, () => operation(coordinator))
}
