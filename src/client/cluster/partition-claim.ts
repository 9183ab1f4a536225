import { Channel, type ReceiveChannel } from '../channel.ts'
import type { ConsumerMessage } from '../consumer/consumer-message.ts'

/** What a {@link ClaimedPartition} does to the offset that its group keeps of it. */
interface Marking {
  markPartitionOffset(topic: string, partition: number, offset: number, metadata?: string): void
  resetPartitionOffset(topic: string, partition: number, offset: number, metadata?: string): void
}

/** A partition that the group has given to this member, until its next rebalance: sarama-cluster's PartitionConsumer. */
export interface ClusterPartitionConsumer extends AsyncDisposable {
  readonly topic: string
  readonly partition: number
  /** Where it begins: an offset, OffsetNewest or OffsetOldest. */
  readonly initialOffset: number
  /** Ends when the group takes the partition back, and after `close`. */
  readonly messages: ReceiveChannel<ConsumerMessage>
  highWaterMarkOffset(): number
  /** Marks that this message and all before it are done: the offset is that of the message itself. */
  markOffset(offset: number, metadata?: string): void
  /** Goes back: the message of this offset is the last that is done. */
  resetOffset(offset: number, metadata?: string): void
  /** Reads no more of it, until the next rebalance. */
  close(): Promise<void>
}

/** What the group gives out. */
interface Claim {
  readonly topic: string
  readonly partition: number
  readonly initialOffset: number
  highWaterMarkOffset(): number
}

export class ClaimedPartition implements ClusterPartitionConsumer {
  readonly messages: Channel<ConsumerMessage> = new Channel(1)
  private readonly claim: Claim
  private readonly marking: Marking

  constructor(claim: Claim, marking: Marking) {
    this.claim = claim
    this.marking = marking
  }

  get topic(): string {
    return this.claim.topic
  }

  get partition(): number {
    return this.claim.partition
  }

  get initialOffset(): number {
    return this.claim.initialOffset
  }

  highWaterMarkOffset(): number {
    return this.claim.highWaterMarkOffset()
  }

  markOffset(offset: number, metadata = ''): void {
    this.marking.markPartitionOffset(this.topic, this.partition, offset, metadata)
  }

  resetOffset(offset: number, metadata = ''): void {
    this.marking.resetPartitionOffset(this.topic, this.partition, offset, metadata)
  }

  async close(): Promise<void> {
    this.messages.drain()
    this.messages.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
