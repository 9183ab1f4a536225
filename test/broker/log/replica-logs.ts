import { BrokerConfig } from '../../../src/broker/config/broker-config.ts'
import type { LogConfig } from '../../../src/broker/config/log-config.ts'
import { markerBatch } from '../../../src/broker/log/marker-batch.ts'
import type { ProducerRules } from '../../../src/broker/log/producer-states.ts'
import { type AppendResult, type LeaderAppend, ReplicaLog } from '../../../src/broker/log/replica-log.ts'
import type { TransactionMarker } from '../../../src/broker/log/transactions.ts'
import { type BatchOptions, buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import type { RecordInput } from '../../../src/protocol/records/record.ts'
import { batchOf, MADE, recordsIn } from '../batches.ts'

export const DAY = 86_400_000

export const rules: ProducerRules = { expirationMs: DAY, checkIntervalMs: 600_000, verifiesTransactions: true }

/** The effective configs of a topic with these overrides. */
export function configs(overrides: Record<string, string> = {}): LogConfig {
  return new BrokerConfig({}, 1).logConfig(new Map(Object.entries(overrides)))
}

/** Segments so small that a few batches fill one. */
export const smallSegments: LogConfig = configs({ 'internal.segment.bytes': '250' })

export function replicaLog(given: Partial<ProducerRules> = {}): ReplicaLog {
  return new ReplicaLog({ topicPartition: 'orders-0', createdMs: MADE, producerRules: { ...rules, ...given } })
}

export type Given = Partial<LeaderAppend>

/** Appends as the leader; the high watermark stays where it is. */
export function append(log: ReplicaLog, batch: Buffer, given: Given = {}): AppendResult {
  const all: LeaderAppend = {
    origin: 'client',
    leaderEpoch: 0,
    config: configs(),
    validateCompressed: true,
    nowMs: MADE,
    ...given,
  }
  return log.appendAsLeader(batch, all)
}

/** Appends so many records whose values tell their offsets. */
export function appendRecords(
  log: ReplicaLog,
  count: number,
  given: Given = {},
  options: BatchOptions = {},
): AppendResult {
  return append(log, batchOf(count, options, log.logEndOffset), given)
}

/** Appends what an idempotent or transactional producer sends, verified if that is needed. */
export function produce(log: ReplicaLog, options: BatchOptions, count = 1, given: Given = {}): AppendResult {
  const { producerId = 7, producerEpoch = 0, baseSequence = 0, isTransactional = false } = options
  const verification = isTransactional
    ? log.startVerification(
        { producerId, producerEpoch, sequence: baseSequence, supportsEpochBump: false },
        given.nowMs ?? MADE,
      )
    : undefined
  const all = { producerId, producerEpoch, baseSequence, isTransactional }
  return append(log, batchOf(count, all, log.logEndOffset), { verification, ...given })
}

/** Ends the transaction of producer 7, epoch 0, unless it says otherwise, as a coordinator does. */
export function end(
  log: ReplicaLog,
  type: 'COMMIT' | 'ABORT',
  marker: Partial<TransactionMarker> = {},
  given: Given = {},
): AppendResult {
  const all = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, transactionVersion: 0, ...marker }
  const { transactionVersion } = all
  const batch = markerBatch({ ...all, committed: type === 'COMMIT' }, given.nowMs ?? MADE)
  return append(log, batch, { origin: 'coordinator', transactionVersion, ...given })
}

/** Moves the high watermark to the log's end. */
export function replicated(log: ReplicaLog): void {
  log.maybeIncrementHighWatermark(log.logEndOffset)
}

/** Every batch of the log, as it lies there. */
export function batchesOf(log: ReplicaLog): Buffer[] {
  return log.segments.flatMap(({ batches }) => batches.map(({ bytes }) => bytes))
}

/** Every record of the log: its offset and its value. */
export function recordsOf(log: ReplicaLog): string[] {
  return recordsIn(batchesOf(log))
}

/** A batch of keyed records; a value of null is a tombstone. */
export function keyed(
  records: readonly (readonly [key: string | null, value: string | null])[],
  options: BatchOptions & { timestamp?: number } = {},
): Buffer {
  const { timestamp = MADE, ...rest } = options
  return buildBatch(
    records.map(([key, value]): RecordInput => ({ key, value, timestamp })),
    rest,
  )
}

/** Everything that follows from a log's bytes. */
export function view(log: ReplicaLog): unknown {
  return {
    start: log.logStartOffset,
    end: log.logEndOffset,
    highWatermark: log.highWatermark,
    lastStable: log.lastStableOffset,
    size: log.sizeInBytes,
    batches: batchesOf(log).map((bytes) => bytes.toString('hex')),
    epochs: log.epochs.all(),
    producers: log.activeProducers(MADE),
    aborted: log.abortedTransactions(0, Number.POSITIVE_INFINITY),
  }
}
