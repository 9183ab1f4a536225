import { KafkaError } from '../../protocol/errors.ts'
import { NO_PRODUCER_EPOCH } from '../../protocol/records/batch-layout.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'

/** Of how many batches of a producer it is remembered where they went: what a client may have under way at once. */
const BATCHES_KEPT = 5

const LAST_SEQUENCE = 0x7fffffff

/** What is remembered of one batch, to answer for it again when it comes twice. */
export interface BatchMetadata {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly firstOffset: number
  readonly lastOffset: number
  /** The greatest timestamp of its records, ms. */
  readonly timestamp: number
}

/** What a partition remembers of one producer. */
interface ProducerState {
  epoch: number
  lastTimestamp: number
  /** Oldest first. */
  readonly batches: BatchMetadata[]
}

/** What DescribeProducers tells of a producer (KIP-664). */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** Of its last record; -1 when it wrote none in this epoch. */
  readonly lastSequence: number
  /** ms */
  readonly lastTimestamp: number
  /** Of the coordinator that wrote its last marker; -1 when none did. */
  readonly coordinatorEpoch: number
  /** Where its open transaction begins; -1 when there is none. */
  readonly currentTxnStartOffset: number
}

/** When a producer is forgotten. */
export interface ProducerExpiration {
  /** `producer.id.expiration.ms`. */
  readonly expirationMs: number
  /** `producer.id.expiration.check.interval.ms`: how often Kafka looks. */
  readonly checkIntervalMs: number
}

/**
 * The idempotent producers of a partition (KIP-98): which batches each of them has written last. Nothing else keeps a
 * batch that is sent again from being there twice, or one from being left out.
 */
export class ProducerStates {
  private readonly producers = new Map<number, ProducerState>()
  private checkedMs: number

  constructor(nowMs: number) {
    this.checkedMs = nowMs
  }

  get size(): number {
    return this.producers.size
  }

  clear(): void {
    this.producers.clear()
  }

  /** All of them, by rising id. */
  active(): ActiveProducer[] {
    return [...this.producers]
      .sort(([one], [other]) => one - other)
      .map(([producerId, { epoch, lastTimestamp, batches }]) => ({
        producerId,
        producerEpoch: epoch,
        lastSequence: batches[batches.length - 1]?.lastSequence ?? -1,
        lastTimestamp,
        coordinatorEpoch: -1,
        currentTxnStartOffset: -1,
      }))
  }

  /** What became of a batch that is one of the producer's last five; undefined when it is not. */
  duplicateOf(batch: RecordBatch): BatchMetadata | undefined {
    const state = this.producers.get(batch.producerId)
    if (state === undefined || state.epoch !== batch.producerEpoch) return undefined
    const { baseSequence, lastSequence } = batch
    return state.batches.find((kept) => kept.firstSequence === baseSequence && kept.lastSequence === lastSequence)
  }

  /**
   * Holds a batch that would begin at `offset` against what is known of its producer; changes nothing.
   * @param sequences whether the sequence numbers are checked: of clients only, since coordinators give none.
   * @throws KafkaError INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER
   */
  check(batch: RecordBatch, offset: number, sequences: boolean, topicPartition: string): void {
    const { producerId, producerEpoch, baseSequence } = batch
    const state = this.producers.get(producerId)
    // Nothing is known of it, perhaps because retention took all it wrote: any sequence will do (KIP-360).
    if (state === undefined) return
    if (producerEpoch < state.epoch) {
      throw new KafkaError(
        'INVALID_PRODUCER_EPOCH',
        `Epoch of producer ${producerId} at offset ${offset} in ${topicPartition} is ${producerEpoch}, which is smaller than the last seen epoch ${state.epoch}`,
      )
    }
    // A producer that gave no epoch has none that a sequence could begin or go on in.
    if (!sequences || state.epoch === NO_PRODUCER_EPOCH) return
    if (producerEpoch !== state.epoch) {
      if (baseSequence === 0) return
      throw new KafkaError(
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        `Invalid sequence number for new epoch of producer ${producerId} at offset ${offset} in partition ${topicPartition}: ${producerEpoch} (request epoch), ${baseSequence} (seq. number), ${state.epoch} (current producer epoch)`,
      )
    }
    const last = state.batches[state.batches.length - 1]?.lastSequence ?? -1
    if (baseSequence === last + 1 || (baseSequence === 0 && last === LAST_SEQUENCE)) return
    throw new KafkaError(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `Out of order sequence number for producer ${producerId} at offset ${offset} in partition ${topicPartition}: ${baseSequence} (incoming seq. number), ${last} (current end sequence number)`,
    )
  }

  /** Notes a batch that was appended, its offsets stamped. */
  update(batch: RecordBatch): void {
    const { producerId, producerEpoch, maxTimestamp } = batch
    let state = this.producers.get(producerId)
    if (state === undefined) {
      state = { epoch: producerEpoch, lastTimestamp: maxTimestamp, batches: [] }
      this.producers.set(producerId, state)
    }
    const { batches } = state
    if (state.epoch !== producerEpoch) {
      state.epoch = producerEpoch
      batches.length = 0
    }
    if (batches.length === BATCHES_KEPT) batches.shift()
    batches.push({
      firstSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      firstOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      timestamp: maxTimestamp,
    })
    state.lastTimestamp = maxTimestamp
  }

  /**
   * Forgets the producers that Kafka would have forgotten by now. It looks every `checkIntervalMs`, and counts from the
   * timestamp of a producer's last batch; here nothing runs in between, and whoever asks does first what was due.
   */
  expire(nowMs: number, { expirationMs, checkIntervalMs }: ProducerExpiration): void {
    const checks = Math.floor((nowMs - this.checkedMs) / checkIntervalMs)
    if (checks <= 0) return
    this.checkedMs += checks * checkIntervalMs
    for (const [producerId, state] of this.producers) {
      if (this.checkedMs - state.lastTimestamp >= expirationMs) this.producers.delete(producerId)
    }
  }
}
