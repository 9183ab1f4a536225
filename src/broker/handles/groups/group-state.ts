import type { Broker } from '../../broker.ts'
import type { DescribedGroup } from '../../coordinator/groups/describe.ts'
import { GROUP_METADATA_TOPIC } from '../../replication/internal-topics.ts'
import { Waiting } from '../../waiting.ts'
import { type ClusterView, whenReady } from '../cluster-view.ts'
import { coordinatorOf, whyUntold } from '../coordinators.ts'
import { readAssignment } from './assignment.ts'
import type { CommittedPartition, GroupDescription } from './group-description.ts'

/** The broker that coordinates a group; undefined before `__consumer_offsets` is there. */
export function coordinatorOfGroup(view: ClusterView, groupId: string): Broker | undefined {
  return coordinatorOf(view, GROUP_METADATA_TOPIC, groupId)
}

/** A group as its coordinator tells of it; Dead while it cannot. */
export function describedGroup(view: ClusterView, groupId: string): GroupDescription {
  const broker = coordinatorOfGroup(view, groupId)
  const described: DescribedGroup | undefined = whenReady(() => broker?.groups.describe(groupId))
  const { state = 'Dead', protocolType = '', protocol = '', members = [] } = described ?? {}
  return {
    groupId,
    state,
    protocolType,
    protocol,
    coordinator: broker?.nodeId,
    members: members.map(({ memberId, groupInstanceId, clientId, clientHost, assignment }) => ({
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      assignment: readAssignment(protocolType, assignment),
    })),
  }
}

/** @throws KafkaError COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR while a group's coordinator does not know yet what there is */
export function checkCoordinated(view: ClusterView, groupId: string): void {
  coordinatorOfGroup(view, groupId)?.groups.describe(groupId)
}

/** Why nobody can tell of a group now, in words. */
export function whyGroupUntold(view: ClusterView, groupId: string): string | undefined {
  return whyUntold(view, GROUP_METADATA_TOPIC, ['group', groupId], ({ groups }) => groups.describe(groupId))
}

/** All that a group has committed; nothing while its coordinator cannot tell. */
export function committedBy(view: ClusterView, groupId: string): readonly CommittedPartition[] {
  const broker = coordinatorOfGroup(view, groupId)
  const topics = whenReady(() => broker?.groups.fetchOffsets(groupId, null, false)) ?? []
  // Only what has to be stable is waited for.
  if (topics instanceof Waiting) throw new Error('committed offsets that have to be waited for')
  return topics.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition, committed }) => {
      if (committed === undefined) return []
      const { offset, leaderEpoch, metadata } = committed
      return [{ topic, partition, offset, leaderEpoch, metadata }]
    }),
  )
}
