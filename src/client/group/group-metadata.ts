import type { ConsumerGroupMetadata } from '../producer/transactions/transaction-offsets.ts'
import type { ConsumerGroupSession } from './handler.ts'

/** Names a group alone: whoever commits its offsets with a transaction is fenced by nothing but the producer's epoch. */
export function newConsumerGroupMetadata(groupId: string): ConsumerGroupMetadata {
  return { groupID: groupId }
}

/**
 * Names the member that a session belongs to: offsets that are committed with a transaction are refused once the group has gone on without it (KIP-447).
 * @param groupInstanceId of a static member
 */
export function newConsumerGroupMetadataFromSession(
  { memberId, generationId }: ConsumerGroupSession,
  groupId: string,
  groupInstanceId: string | null = null,
): ConsumerGroupMetadata {
  return { groupID: groupId, memberID: memberId, generationID: generationId, groupInstanceID: groupInstanceId }
}
