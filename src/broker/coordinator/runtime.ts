import { KafkaError } from '../../protocol/errors.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { type CompressionType, NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../../protocol/records/batch-layout.ts'
import { controlRecordType } from '../../protocol/records/control-record.ts'
import type { KafkaRecord } from '../../protocol/records/record.ts'
import { type RecordBatch, readBatches } from '../../protocol/records/record-batch.ts'
import type { Gate } from '../gate.ts'
import type { TransactionMarker } from '../log/transactions.ts'
import type { VerificationGuard } from '../log/verification.ts'
import type { WaitQueue } from '../wait-queue.ts'
import { chainReply, type Reply } from '../waiting.ts'
import { coordinatorError } from './coordinator-error.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import { HeldRequest } from './held-request.ts'
import {
  type CoordinatorShard,
  type Decision,
  decide,
  type EncodedRecord,
  type RecordPosition,
  type ShardContext,
} from './shard.ts'
import { RunningTimers } from './shard-timers.ts'

/** What stands in front of a batch's records, and what a record costs besides its key and value, at most, in bytes. */
const BATCH_OVERHEAD = 61
const RECORD_OVERHEAD = 32

const NOBODY = { producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH }

/** What a runtime is made with. */
export interface RuntimeOptions<R, S extends CoordinatorShard<R>> {
  readonly queue: WaitQueue
  /** The log of a partition of the internal topic, if this broker leads it. */
  log(index: number): CoordinatorLog | undefined
  createShard(context: ShardContext<R>, index: number): S
  /** How long an operation waits for its records to be committed, in ms; undefined: as long as the shard is here. */
  commitTimeoutMs(): number | undefined
  /** How many bytes of a log are read at once when a shard loads; a batch that is longer is read whole. */
  loadBufferBytes(): number
  /** Loads wait while it is closed; left out: nothing keeps them. */
  readonly loads?: Gate
  /** The codec of the batches; left out: none. */
  compression?(): CompressionType
  /** What stands in the batches as their first sequence number; left out: 0, as Kafka's group coordinator has it. */
  readonly baseSequence?: number
}

/** Whose transaction records are written in. */
export interface TransactionalProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** What the log gave when the transaction was verified (KIP-890); undefined where there was nothing to verify. */
  readonly verification: VerificationGuard | undefined
}

/**
 * Runs the shards of a coordinator, one for each partition of its internal topic that this broker leads, as Kafka's
 * `CoordinatorRuntime`. An operation decides on records and an answer; the records are appended as one batch; replaying
 * them changes what is remembered; the answer is given when the high watermark has passed them. An append that fails
 * leaves no trace. A shard loads itself from its log, which takes no time here unless a test holds it back.
 */
export class CoordinatorRuntime<R, S extends CoordinatorShard<R>> {
  private readonly options: RuntimeOptions<R, S>
  private readonly shards = new Map<number, RunningShard<R, S>>()
  /** The shards that are to be loaded. */
  private readonly loading = new Set<number>()

  constructor(options: RuntimeOptions<R, S>) {
    this.options = options
    if (options.loads !== undefined) options.queue.whenever([options.loads.opened], () => this.loadAll())
  }

  /** Carries out an operation that may write. Throws NOT_COORDINATOR when the shard is not here. */
  write<T>(index: number, operation: (shard: S) => Decision<R, T>): Reply<T> {
    const running = this.running(index)
    return running.carryOut(operation(running.shard))
  }

  /**
   * Carries out an operation whose records are part of a producer's transaction: they are replayed as its own, and stand in one
   * batch. Throws NOT_COORDINATOR when the shard is not here.
   */
  writeTransactional<T>(
    index: number,
    producer: TransactionalProducer,
    operation: (shard: S) => Decision<R, T>,
  ): Reply<T> {
    const running = this.running(index)
    return running.carryOut(operation(running.shard), producer)
  }

  /**
   * Writes the marker that ends a producer's transaction, and replays it; answers when it is committed.
   * @throws KafkaError NOT_COORDINATOR when the shard is not here; what the log says of the append, or of the wait, as it is
   */
  completeTransaction(index: number, marker: TransactionMarker): Reply<void> {
    return this.running(index).completeTransaction(marker)
  }

  /** Asks a shard for what is committed. Throws NOT_COORDINATOR when the shard is not here. */
  read<T>(index: number, query: (shard: S, committed: number) => T): T {
    const { shard, log } = this.running(index)
    return query(shard, log.highWatermark)
  }

  /** Asks every shard that is here. Throws COORDINATOR_LOAD_IN_PROGRESS while one of them is not loaded. */
  readAll<T>(query: (shard: S, committed: number) => T): T[] {
    if (this.loading.size > 0) throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS')
    return [...this.shards.values()].map(({ shard, log }) => query(shard, log.highWatermark))
  }

  /** Carries out an operation on every shard that is here; where a log refuses it, nobody is told. */
  writeAll(operation: (shard: S) => Decision<R, unknown>): void {
    for (const running of [...this.shards.values()]) running.carryOutAlone(operation(running.shard))
  }

  /** Loads or lets go of a shard, after a change of who leads its partition. */
  leadershipChanged(index: number): void {
    const log = this.options.log(index)
    const running = this.shards.get(index)
    if (running !== undefined && running.log !== log) {
      this.shards.delete(index)
      running.unload()
    }
    if (log === undefined) this.loading.delete(index)
    // A shard with nothing to remember is made when someone asks for it.
    if (log === undefined || log.logEndOffset === log.logStartOffset || this.shards.has(index)) return
    this.loading.add(index)
    this.loadAll()
  }

  private loadAll(): void {
    if (this.options.loads?.isClosed) return
    for (const index of [...this.loading]) this.running(index)
  }

  private running(index: number): RunningShard<R, S> {
    const known = this.shards.get(index)
    if (known !== undefined) return known
    const log = this.options.log(index)
    if (log === undefined) throw new KafkaError('NOT_COORDINATOR')
    if (this.options.loads?.isClosed) {
      this.loading.add(index)
      throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS')
    }
    this.loading.delete(index)
    const running = new RunningShard(this.options, log, index)
    this.shards.set(index, running)
    running.load()
    return running
  }
}

/** One shard at work. */
class RunningShard<R, S extends CoordinatorShard<R>> {
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
