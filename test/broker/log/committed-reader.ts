import type { LogConfig } from '../../../src/broker/config/log-config.ts'
import type { ReplicaLog } from '../../../src/broker/log/replica-log.ts'
import { controlRecordType } from '../../../src/protocol/records/control-record.ts'
import { type RecordBatch, readBatches } from '../../../src/protocol/records/record-batch.ts'

/** A record that a consumer got. */
export interface Consumed {
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
}

/** Reads a log from `offset` to the last stable offset as Kafka's consumer does with `read_committed`, so many bytes at a time. */
export function readCommitted(
  log: ReplicaLog,
  config: LogConfig,
  maxBytes: number,
  offset = log.logStartOffset,
): Consumed[] {
  const consumed: Consumed[] = []
  for (let next = offset; next < log.lastStableOffset; ) {
    const { records } = log.read(next, log.lastStableOffset, { maxBytes, minOneMessage: true })
    const size = records.reduce((sum, slice) => sum + slice.length, 0)
    const batches = [...readBatches(Buffer.concat(records), { allowPartial: true })]
    if (batches.length === 0) break
    const aborted = log
      .abortedInFetch(next, size, config)
      .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
    consumed.push(...withoutAborted(batches, aborted).filter((record) => record.offset >= next))
    next = Math.max(...batches.map(({ nextOffset }) => nextOffset))
  }
  return consumed
}

/** What `CompletedFetch` of Kafka's consumer leaves of what it fetched. */
function withoutAborted(
  batches: readonly RecordBatch[],
  transactions: readonly { readonly producerId: number; readonly firstOffset: number }[],
): Consumed[] {
  const waiting = [...transactions].sort((one, other) => one.firstOffset - other.firstOffset)
  const aborted = new Set<number>()
  return batches.flatMap((batch) => {
    while ((waiting[0]?.firstOffset ?? Number.POSITIVE_INFINITY) <= batch.lastOffset) {
      aborted.add(waiting.shift()?.producerId ?? -1)
    }
    const records = [...batch.records()]
    const [first] = records
    if (batch.isControl) {
      if (first !== undefined && controlRecordType(first) === 'ABORT') aborted.delete(batch.producerId)
      return []
    }
    if (batch.isTransactional && aborted.has(batch.producerId)) return []
    return records.map(({ offset, key, value }) => ({
      offset,
      key: key === null ? null : key.toString(),
      value: value === null ? null : value.toString(),
    }))
  })
}
