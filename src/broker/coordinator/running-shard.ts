import { KafkaError } from '../../protocol/errors.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../../protocol/records/batch-layout.ts'
import { controlRecordType } from '../../protocol/records/control-record.ts'
import type { KafkaRecord } from '../../protocol/records/record.ts'
import { type RecordBatch, readBatches } from '../../protocol/records/record-batch.ts'
import type { TransactionMarker } from '../log/transactions.ts'
import type { VerificationGuard } from '../log/verification.ts'
import { chainReply, type Reply } from '../waiting.ts'
import { coordinatorError } from './coordinator-error.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import { HeldRequest } from './held-request.ts'
import type { RuntimeOptions } from './runtime.ts'
import { type CoordinatorShard, type Decision, decide, type EncodedRecord, type RecordPosition } from './shard.ts'
import { RunningTimers } from './shard-timers.ts'

/** What stands in front of a batch's records, and what a record costs besides its key and value, at most, in bytes. */
const BATCH_OVERHEAD = 61
const RECORD_OVERHEAD = 32

const NOBODY = { producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH }

/** Whose transaction records are written in. */
export interface TransactionalProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** What the log gave when the transaction was verified (KIP-890); undefined where there was nothing to verify. */
  readonly verification: VerificationGuard | undefined
}

/** One shard at work: how it comes out of its log, and how what is decided of it gets in there. */
export class RunningShard<R, S extends CoordinatorShard<R>> {
  readonly log: CoordinatorLog
  readonly shard: S
  private readonly options: RuntimeOptions<R, S>
  private readonly timers: RunningTimers<R>
  /** Operations that wait for their records to be committed: how to give each of them up. */
  private readonly pending = new Set<(error: KafkaError) => void>()
  /** The offset after the last record that was replayed. */
  private written = 0

  constructor(options: RuntimeOptions<R, S>, log: CoordinatorLog, index: number) {
    this.options = options
    this.log = log
    this.timers = new RunningTimers(options.queue, (decision) => this.carryOutAlone(decision))
    this.shard = options.createShard({ committed: () => log.highWatermark, timers: this.timers }, index)
  }

  load(): void {
    const { log } = this
    this.written = log.logStartOffset
    while (this.written < log.logEndOffset) {
      const slices = log.read(this.written, this.options.loadBufferBytes())
      if (slices.length === 0) break
      for (const slice of slices) for (const batch of readBatches(slice)) this.replayBatch(batch)
    }
    this.shard.onLoaded()
  }

  unload(): void {
    this.timers.cancelAll()
    const notCoordinator = new KafkaError('NOT_COORDINATOR')
    for (const giveUp of [...this.pending]) giveUp(notCoordinator)
    this.shard.onUnloaded()
  }

  carryOut<T>(decision: Decision<R, T>, producer?: TransactionalProducer): Reply<T> {
    if (decision.records.length > 0) {
      try {
        this.append(decision, producer)
      } catch (error) {
        return fail(decision, coordinatorError(error))
      }
    } else if (!decision.waits) {
      return decision.committed()
    }
    if (this.log.highWatermark >= this.written) return decision.committed()
    const reply = this.whenCommitted(decision)
    return decision.held === undefined ? reply : decision.held.reply()
  }

  completeTransaction(marker: TransactionMarker): Reply<void> {
    const offset = this.log.appendEndTransactionMarker(marker)
    this.shard.replayEndTransactionMarker?.(marker, offset)
    this.written = offset + 1
    if (this.log.highWatermark >= this.written) return
    return this.whenCommitted(
      decide<R, void>([], () => undefined),
      (error) => error,
    )
  }

  /**
   * Waits whether or not whoever asked still listens: what is committed changes soft state.
   * @param told what whoever asked is told of an error of the log
   */
  private whenCommitted<T>(decision: Decision<R, T>, told: (error: unknown) => unknown = coordinatorError): Reply<T> {
    const outcome = new HeldRequest<() => Reply<T>>()
    let stopWaiting = (): void => {}
    const settle = (reply: () => Reply<T>): void => {
      this.pending.delete(giveUp)
      let answer: Reply<T>
      try {
        answer = reply()
      } catch (error) {
        outcome.complete(() => {
          throw error
        })
        return
      }
      outcome.complete(() => answer)
    }
    const failed = (error: unknown): void => settle(() => fail(decision, told(error)))
    const giveUp = (error: KafkaError): void => {
      stopWaiting()
      failed(error)
    }
    this.pending.add(giveUp)
    const { queue, commitTimeoutMs } = this.options
    try {
      const committed = this.log.awaitHighWatermark(this.written, commitTimeoutMs())
      stopWaiting = queue.await(committed, { done: () => settle(() => decision.committed()), failed })
    } catch (error) {
      failed(error)
    }
    return chainReply(outcome.reply(), (reply) => reply())
  }

  /** Carries out what no request waits for: a timer's operation. */
  carryOutAlone(decision: Decision<R, unknown>): void {
    try {
      this.carryOut(decision)
    } catch (error) {
      // The log refuses now; what the operation changed of soft state stands, as in Kafka, and a later record will tell.
      if (!(error instanceof KafkaError)) throw error
    }
  }

  private append({ records, atomic }: Decision<R, unknown>, producer: TransactionalProducer | undefined): void {
    const encoded = records.map((record) => this.shard.encode(record))
    const limit = this.log.maxBatchBytes
    const whole = atomic || producer !== undefined
    let first = 0
    while (first < records.length) {
      const end = whole ? records.length : endOfBatch(encoded, first, limit)
      this.appendBatch(records.slice(first, end), encoded.slice(first, end), producer)
      first = end
    }
  }

  private appendBatch(
    records: readonly R[],
    encoded: readonly EncodedRecord[],
    producer: TransactionalProducer | undefined,
  ): void {
    const timestamp = this.options.queue.clock.now()
    const compression = this.options.compression?.() ?? 'none'
    const { producerId, producerEpoch } = producer ?? NOBODY
    const batch = buildBatch(
      encoded.map(({ key, value }) => ({ key, value, timestamp })),
      {
        compression,
        baseSequence: this.options.baseSequence ?? 0,
        producerId,
        producerEpoch,
        isTransactional: producer !== undefined,
      },
    )
    if (batch.length > this.log.maxBatchBytes) throw new KafkaError('MESSAGE_TOO_LARGE')
    const baseOffset = this.log.append(batch, producer?.verification)
    records.forEach((record, i) => {
      this.replay(record, { offset: baseOffset + i, producerId, producerEpoch })
    })
  }

  private replay(record: R, position: RecordPosition): void {
    this.shard.replay(record, position)
    this.written = position.offset + 1
  }

  private replayBatch(batch: RecordBatch): void {
    const { producerId, producerEpoch } = batch
    // A fetch from inside a batch begins with the whole batch.
    for (const record of batch.records()) {
      const { offset, key, value } = record
      if (offset < this.written) continue
      if (batch.isControl) this.replayControl(record, producerId, producerEpoch)
      else if (key !== null) this.replayBytes({ key, value }, batch, offset)
    }
    this.written = Math.max(this.written, batch.nextOffset)
  }

  private replayBytes(
    bytes: EncodedRecord,
    { isTransactional, producerId, producerEpoch }: RecordBatch,
    offset: number,
  ): void {
    const record = this.shard.decode(bytes)
    if (record === undefined) return
    this.shard.replay(record, { offset, ...(isTransactional ? { producerId, producerEpoch } : NOBODY) })
  }

  private replayControl(record: KafkaRecord, producerId: number, producerEpoch: number): void {
    const type = controlRecordType(record)
    if (type !== 'ABORT' && type !== 'COMMIT') return
    const end = { producerId, producerEpoch, committed: type === 'COMMIT' }
    this.shard.replayEndTransactionMarker?.(end, record.offset)
  }
}

function fail<R, T>(decision: Decision<R, T>, error: unknown): Reply<T> {
  if (decision.failed === undefined || !(error instanceof KafkaError)) throw error
  return decision.failed(error)
}

/** How many records from `first` on fit a batch of so many bytes; one at least. */
function endOfBatch(records: readonly EncodedRecord[], first: number, limit: number): number {
  let bytes = BATCH_OVERHEAD
  let end = first
  for (; end < records.length; end++) {
    const record = records[end]
    bytes += (record?.key.length ?? 0) + (record?.value?.length ?? 0) + RECORD_OVERHEAD
    if (end > first && bytes > limit) break
  }
  return end
}
