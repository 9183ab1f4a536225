import { type BatchOptions, buildBatch } from '../../src/protocol/records/batch-builder.ts'
import type { RecordInput } from '../../src/protocol/records/record.ts'
import { readBatches } from '../../src/protocol/records/record-batch.ts'

/** When the records of the tests were made, unless they say otherwise: a little before the tests' clock begins. */
export const MADE = 1_699_999_999_000

/** A batch of so many records, each with a key and a value that tell its number. */
export function batchOf(count: number, options: BatchOptions = {}, first = 0): Buffer {
  const records: RecordInput[] = Array.from({ length: count }, (_, i) => ({
    key: `k${first + i}`,
    value: `v${first + i}`,
    timestamp: MADE + first + i,
  }))
  return buildBatch(records, options)
}

/** The offsets and values of what a fetch gave; a batch that is cut off is left out. */
export function recordsIn(slices: readonly Buffer[] | null): string[] {
  return [...readBatches(Buffer.concat(slices ?? []), { allowPartial: true })].flatMap((batch) =>
    [...batch.records()].map(({ offset, value }) => `${offset}:${value}`),
  )
}

/** The batch with some of its bytes changed. */
export function edited(batch: Buffer, change: (bytes: Buffer) => void): Buffer {
  const copy = Buffer.from(batch)
  change(copy)
  return copy
}
