/** What the leader of a group does for all its members. */
import type { JoinGroupResponse } from '../../protocol/messages/join-group.ts'
import type { SyncGroupRequestAssignment } from '../../protocol/messages/sync-group.ts'
import type { Client } from '../client.ts'
import { ErrUnknownTopicOrPartition } from '../errors/kafka-errors.ts'
import { decodeSubscription, encodeAssignment } from './consumer-protocol.ts'
import type { BalanceStrategy, ConsumerGroupMember } from './strategies/index.ts'

/** The partitions of every topic that a member subscribes to, as they are now; none of a topic that is not there. */
export function subscribedPartitions(
  client: Client,
  members: ReadonlyMap<string, ConsumerGroupMember>,
  signal: AbortSignal,
): Promise<Map<string, readonly number[]>> {
  const topics = [...new Set([...members.values()].flatMap((member) => member.topics))].sort()
  return currentPartitions(client, topics, signal)
}

/** The partitions of topics, as they are now; none of a topic that is not there. */
export async function currentPartitions(
  client: Client,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, readonly number[]>> {
  const partitions = new Map<string, readonly number[]>()
  try {
    await client.refreshMetadata(topics, { signal })
  } catch (error) {
    if (!(error instanceof ErrUnknownTopicOrPartition)) throw error
  }
  for (const topic of topics) partitions.set(topic, client.knownPartitions(topic)?.all ?? [])
  return partitions
}

/** The members that JoinGroup tells the leader of. @throws ProtocolError for a member whose subscription cannot be read */
export function membersOf({ members }: JoinGroupResponse): Map<string, ConsumerGroupMember> {
  return new Map(
    members.map(({ memberId, groupInstanceId, metadata }) => [
      memberId,
      { ...decodeSubscription(metadata), groupInstanceId },
    ]),
  )
}

/** What the strategy gives to each member, in the leader's words to the coordinator. */
export function assignmentsOf(
  strategy: BalanceStrategy,
  members: ReadonlyMap<string, ConsumerGroupMember>,
  partitions: ReadonlyMap<string, readonly number[]>,
  generationId: number,
): SyncGroupRequestAssignment[] {
  const plan = strategy.plan(members, partitions)
  return [...members.keys()].map((memberId) => {
    const assigned = plan.get(memberId) ?? new Map<string, number[]>()
    const userData = strategy.assignmentData?.(memberId, assigned, generationId) ?? null
    return { memberId, assignment: encodeAssignment(assigned, userData) }
  })
}
