import type { ConsumerMessage } from '../consumer/consumer-message.ts'

/** A message's offset, and what is to stand beside it. */
export interface StashedOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly metadata: string
}

/** Collects offsets that are marked later, all at once: `markOffsets`. Offsets are those of messages, not of what comes next. */
export class OffsetStash {
  private readonly stashed = new Map<string, StashedOffset>()

  markOffset({ topic, partition, offset }: ConsumerMessage, metadata = ''): void {
    this.markPartitionOffset(topic, partition, offset, metadata)
  }

  /** An offset below the one that is stashed changes nothing. */
  markPartitionOffset(topic: string, partition: number, offset: number, metadata = ''): void {
    if (offset >= (this.offsetOf(topic, partition) ?? offset)) this.stash({ topic, partition, offset, metadata })
  }

  resetOffset({ topic, partition, offset }: ConsumerMessage, metadata = ''): void {
    this.resetPartitionOffset(topic, partition, offset, metadata)
  }

  /** An offset above the one that is stashed changes nothing. */
  resetPartitionOffset(topic: string, partition: number, offset: number, metadata = ''): void {
    if (offset <= (this.offsetOf(topic, partition) ?? offset)) this.stash({ topic, partition, offset, metadata })
  }

  /** The latest offset of each partition, by `topic-partition`. */
  offsets(): Map<string, number> {
    return new Map([...this.stashed].map(([key, { offset }]) => [key, offset]))
  }

  /** Hands out what is stashed, and keeps none of it. */
  take(): StashedOffset[] {
    const all = [...this.stashed.values()]
    this.stashed.clear()
    return all
  }

  private offsetOf(topic: string, partition: number): number | undefined {
    return this.stashed.get(`${topic}-${partition}`)?.offset
  }

  private stash(offset: StashedOffset): void {
    this.stashed.set(`${offset.topic}-${offset.partition}`, offset)
  }
}

export function newOffsetStash(): OffsetStash {
  return new OffsetStash()
}
