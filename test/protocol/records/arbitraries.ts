import fc from 'fast-check'
import type { RecordInput } from '../../../src/protocol/records/record.ts'

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const nullableBytes = fc.option(bytes, { nil: null })

export const timestamps = fc.oneof(fc.constant(-1), fc.nat(), fc.integer({ min: 0, max: 4_000_000_000_000 }))

/** A record with all that v2 batches can hold. */
export const records = fc.record({
  key: nullableBytes,
  value: nullableBytes,
  timestamp: timestamps,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 8 }), value: nullableBytes }), {
    maxLength: 3,
  }),
}) satisfies fc.Arbitrary<RecordInput>

/** A record of a message set. */
export const plainRecords = fc.record({
  key: nullableBytes,
  value: nullableBytes,
  timestamp: timestamps,
}) satisfies fc.Arbitrary<RecordInput>
