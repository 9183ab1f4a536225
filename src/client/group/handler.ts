import type { CallOptions, ReceiveChannel } from '../channel.ts'
import type { TopicPartitions } from '../consumer/consumer.ts'
import type { ConsumerMessage } from '../consumer/consumer-message.ts'

/** What an application does with the partitions that a consumer group gives it. */
export interface ConsumerGroupHandler {
  /** A session has begun: before any claim is consumed. What it throws ends the session, and is thrown by `consume`. */
  setup?(session: ConsumerGroupSession): void | Promise<void>
  /** A session ends: all claims have returned, and with `consumer.offsets.autoCommit` what is marked is committed after this. What it throws is thrown by `consume`. */
  cleanup?(session: ConsumerGroupSession): void | Promise<void>
  /**
   * Reads a claim, until its messages end. It is called for each partition, and all the calls run beside each other. It is to return soon after the claim has ended
   * (`claim.signal`): the group waits for that, up to `consumer.group.rebalance.timeout`. When it returns before, the session ends. What it throws is told by the
   * group's errors with `consumer.return.errors`; without, nobody would hear of it: `consume` then throws it as a ConsumerError.
   */
  consumeClaim(session: ConsumerGroupSession, claim: ConsumerGroupClaim): void | Promise<void>
}

/** A partition that a member holds. */
export interface ConsumerGroupClaim {
  readonly topic: string
  readonly partition: number
  /** The offset that it begins at: what is committed, or what `consumer.offsets.initial` stands for. */
  readonly initialOffset: number
  /** The offset of the message that will be produced next, as the broker told it last: how far behind the reader is. */
  highWaterMarkOffset(): number
  /** End when the partition is given up. */
  readonly messages: ReceiveChannel<ConsumerMessage>
  /** Aborted when the partition is given up, for whoever waits for something else than messages; the reason says why. */
  readonly signal: AbortSignal
}

/** A member's time in its group: from a rebalance to the next one or, where the strategies are cooperative, to the end of its membership. */
export interface ConsumerGroupSession {
  /** What it holds; with cooperative strategies this changes while the session lasts. */
  readonly claims: TopicPartitions
  /** As the coordinator has named it. */
  readonly memberId: string
  /** Counts the group's rebalances; with cooperative strategies this changes while the session lasts. */
  readonly generationId: number
  /**
   * Marks that everything of a partition below this offset is done: it is that of the next message to be read, the last one's plus 1. It is committed some time later
   * and at the session's end (`consumer.offsets.autoCommit`), or by {@link commit}. Does nothing for a partition that is not held.
   */
  markOffset(topic: string, partition: number, offset: number, metadata?: string): void
  /** Goes back to this offset, at most to the one that is marked: what `markOffset` does not do. */
  resetOffset(topic: string, partition: number, offset: number, metadata?: string): void
  /** Marks that this message and all before it are done. */
  markMessage(message: ConsumerMessage, metadata?: string): void
  /** Commits what is marked. What fails is told by the group's errors, and stays marked. */
  commit(options?: CallOptions): Promise<void>
  /** Aborted when the session ends; the reason says why. */
  readonly signal: AbortSignal
}
