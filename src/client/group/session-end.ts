/** Why a session of a consumer group ends: the reason of its signal, where it is no error of Kafka's. */
import { ClientError } from '../errors/client-errors.ts'
import {
  ErrFencedInstancedId,
  ErrIllegalGeneration,
  ErrRebalanceInProgress,
  ErrUnknownMemberId,
} from '../errors/kafka-errors.ts'

/** A subscribed topic has another number of partitions than when they were shared out. */
export class ErrSessionPartitionCountChanged extends ClientError {
  constructor(topic: string, before: number, now: number) {
    super(`kafka: topic ${topic} has ${now} partitions, and had ${before} when they were shared out`, true)
  }
}

/** A `consumeClaim` has returned although its claim had not ended. */
export class ErrSessionConsumeClaimExited extends ClientError {
  constructor(topic: string, partition: number) {
    super(`kafka: consumeClaim of ${topic}/${partition} has returned`, true)
  }
}

/** The coordinator could not be reached in all retries of a heartbeat. */
export class ErrSessionHeartbeatFailed extends ClientError {
  constructor(cause: Error) {
    super(`kafka: the coordinator has heard no heartbeat: ${cause.message}`, true, { cause })
  }
}

/** What a coordinator is told of why a member joins again (KIP-800). */
export function reasonOf(cause: unknown): string {
  if (cause instanceof ErrRebalanceInProgress) return 'the group rebalances'
  if (cause instanceof ErrUnknownMemberId) return 'the coordinator did not know the member id'
  if (cause instanceof ErrIllegalGeneration) return 'the generation was not the current one'
  if (cause instanceof ErrFencedInstancedId) return 'another member has taken the group instance id'
  if (cause instanceof ErrSessionPartitionCountChanged) return 'a topic has got partitions'
  if (cause instanceof ErrSessionConsumeClaimExited) return 'the handler of a claim has returned'
  if (cause instanceof ErrSessionHeartbeatFailed) return 'heartbeats have failed'
  return cause instanceof Error ? cause.message : String(cause)
}
