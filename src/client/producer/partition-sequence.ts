import { incrementSequence } from '../../protocol/records/batch-layout.ts'
import type { ProducerBatch } from './producer-batch.ts'

/** A producer id and its epoch. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** After it comes 0 again. */
const LAST_SEQUENCE = 2 ** 31 - 1
const HALF_OF_THEM = 2 ** 30

/**
 * The sequence numbers of one partition (KIP-98). They belong to the id and the epoch under which they were begun: a partition stays with those until nothing of
 * it is in flight, whatever the producer's are by then (KIP-360).
 */
export class PartitionSequence {
  /** Of the last message that was acknowledged. */
  lastAckedOffset = -1
  private owner: ProducerIdentity = { producerId: -1, producerEpoch: -1 }
  private next = 0
  /** The producer id under which a batch was acknowledged. */
  private knownId = -1
  /** The first number of those that will never be written. */
  private gap: number | null = null

  /**
   * Whether the broker knows what to expect. While it has nothing of the producer it takes any sequence number for the first (KIP-360): if a batch failed the
   * one behind it would be written in its place.
   */
  get isKnown(): boolean {
    return this.knownId === this.owner.producerId
  }

  /** Whether it goes on under this id and epoch. */
  isOf({ producerId, producerEpoch }: ProducerIdentity): boolean {
    return this.owner.producerId === producerId && this.owner.producerEpoch === producerEpoch
  }

  /** Gives a batch the next numbers. */
  number(batch: ProducerBatch): void {
    batch.sequence = { ...this.owner, baseSequence: this.next }
    this.next = incrementSequence(this.next, batch.count)
  }

  /** Begins anew at 0, and numbers these batches again. */
  restart({ producerId, producerEpoch }: ProducerIdentity, batches: readonly ProducerBatch[]): void {
    this.owner = { producerId, producerEpoch }
    this.next = 0
    this.gap = null
    for (const batch of batches) this.number(batch)
  }

  /** Notes that a batch will never be written: no broker takes what is behind it. */
  leaveGap(batch: ProducerBatch): void {
    if (batch.sequence !== null && this.isOf(batch.sequence) && (this.gap === null || this.isBeforeGap(batch))) {
      this.gap = batch.sequence.baseSequence
    }
  }

  /** Whether a batch stands before what will never be written, if there is such, and so may have been written itself. */
  isBeforeGap({ sequence }: ProducerBatch): boolean {
    if (sequence === null || this.gap === null || !this.isOf(sequence)) return false
    const distance = (this.gap - sequence.baseSequence) & LAST_SEQUENCE
    return distance > 0 && distance < HALF_OF_THEM
  }

  /** Takes back the numbers of a batch that was certainly not written, if no other has got any since. */
  takeBack({ sequence, count }: ProducerBatch): void {
    if (sequence !== null && this.isOf(sequence) && this.next === incrementSequence(sequence.baseSequence, count)) {
      this.next = sequence.baseSequence
    }
  }

  acknowledged(batch: ProducerBatch, baseOffset: number): void {
    if (batch.sequence !== null) this.knownId = batch.sequence.producerId
    if (baseOffset >= 0) this.lastAckedOffset = baseOffset + batch.count - 1
  }
}
