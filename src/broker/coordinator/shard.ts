import type { KafkaError } from '../../protocol/errors.ts'
import type { Reply } from '../waiting.ts'
import type { HeldRequest } from './held-request.ts'

/** A record of a coordinator's log as bytes; without a value it is a tombstone. */
export interface EncodedRecord {
  readonly key: Buffer
  readonly value: Buffer | null
}

/** Where a record stands in its log, and who wrote it. */
export interface RecordPosition {
  readonly offset: number
  /** -1 but for a record of a transaction. */
  readonly producerId: number
  readonly producerEpoch: number
}

/** How a producer's transaction ended. */
export interface EndTransaction {
  readonly producerId: number
  readonly producerEpoch: number
  readonly committed: boolean
}

/**
 * A state machine over one partition of an internal topic, as Kafka's `CoordinatorShard`. Its operations decide, and
 * change nothing that must be remembered; `replay` alone does that, when the records are in the log.
 */
export interface CoordinatorShard<R> {
  encode(record: R): EncodedRecord
  /** Undefined for a record of a type that is not known, which Kafka skips as well. */
  decode(record: EncodedRecord): R | undefined
  replay(record: R, position: RecordPosition): void
  /** The end of a transaction of which records were replayed, perhaps; its marker stands at `offset`. */
  replayEndTransactionMarker?(end: EndTransaction, offset: number): void
  /** The whole log has been replayed; requests come from now on. */
  onLoaded(): void
  /** This broker does not lead the partition any more. */
  onUnloaded(): void
}

/** What a shard is made with. */
export interface ShardContext<R> {
  /** The offset below which every record is committed. */
  committed(): number
  readonly timers: ShardTimers<R>
}

/** A shard's timers, by name; gone when the shard is. */
export interface ShardTimers<R> {
  /** Has an operation run `delayMs` ms from now, in place of what was to run under that name. Its records are appended. */
  schedule(name: string, delayMs: number, operation: () => Decision<R, unknown>): void
  cancel(name: string): void
  has(name: string): boolean
}

/** What an operation decides: records to append, and what to answer once they are committed. */
export interface Decision<R, T> {
  readonly records: readonly R[]
  /** Whether the records stand in one batch, all or none; otherwise in as many as `max.message.bytes` wants. */
  readonly atomic: boolean
  /** Whether the answer waits for what others have appended, even when this decision has no records. */
  readonly waits: boolean
  /** The answer, when the records (or whatever is waited for) are committed. May change soft state, and may wait in its turn. */
  committed(): Reply<T>
  /** The answer when they are not; left out: the error, which is one of a coordinator's. */
  failed?(error: KafkaError): Reply<T>
  /** Set where the answer comes when this request is completed: by what is done then, or by something else before. */
  readonly held?: HeldRequest<T>
}

/** Appends the records, and answers when they are committed. Without records: when all that is appended is committed. */
export function decide<R, T>(
  records: readonly R[],
  committed: () => Reply<T>,
  failed?: (error: KafkaError) => Reply<T>,
): Decision<R, T> {
  const decision = { records, atomic: true, waits: true, committed }
  return failed === undefined ? decision : { ...decision, failed }
}

/** Appends nothing and answers at once, whatever others wait for. */
export function answerNow<T>(committed: () => Reply<T>): Decision<never, T> {
  return { records: [], atomic: true, waits: false, committed }
}

/**
 * Appends the records; the answer comes when the request that is held is completed. That may be long after the records are
 * committed, or before: somebody else may overtake them.
 */
export function hold<R, T>(
  records: readonly R[],
  held: HeldRequest<T>,
  then: { committed?(): void; failed?(error: KafkaError): void } = {},
): Decision<R, T> {
  return {
    records,
    atomic: true,
    waits: false,
    held,
    committed() {
      then.committed?.()
      return held.reply()
    },
    failed(error) {
      then.failed?.(error)
      return held.reply()
    },
  }
}

/** Appends the records in as many batches as they need; nobody waits, and `then` follows whatever becomes of them. */
export function appendInBatches<R>(records: readonly R[], then: () => void = () => {}): Decision<R, void> {
  return { records, atomic: false, waits: false, committed: then, failed: then }
}
