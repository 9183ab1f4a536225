import { toMessageSet } from '../../protocol/records/down-conversion.ts'
import { readBatches } from '../../protocol/records/record-batch.ts'
import { RecordsError } from '../../protocol/records/records-error.ts'

/** The smallest size that a message may claim to have so that Kafka's own clients do not take it for broken. */
const BATCH_OVERHEAD = 61
const FILLER_HEADER = 12

/**
 * What a client of Fetch 0 to 3 gets instead of `records`: a message set of magic 0 or 1, all of it, as brokers before KIP-283
 * converted it before they told its size.
 * @throws RecordsError UNSUPPORTED_COMPRESSION_TYPE when the first batch is of zstd; at a later one the message set ends
 */
export function wholeMessageSet(records: readonly Buffer[], magic: 0 | 1, fetchOffset: number): Buffer[] {
  const all = [...messageSets(records, magic, fetchOffset)]
  const sets = all.filter((set) => set.length > 0)
  return sets.length === 0 && all.length > 0 ? [filler(FILLER_HEADER)] : sets
}

/**
 * The same in the size that was told before anything was converted (KIP-283): the one that the records had, or that of the first
 * batch if that is more. It is cut off there, or filled up by a message that claims to be longer than what is left, which
 * Kafka's own clients take for one that is cut off. Others look at the zeros in it, and find a message with a wrong checksum:
 * Sarama before 1.19.
 */
export function sizedMessageSet(records: readonly Buffer[], magic: 0 | 1, fetchOffset: number): Buffer[] {
  let size = records.reduce((sum, slice) => sum + slice.length, 0)
  const sets: Buffer[] = []
  let converted = 0
  let batches = 0
  for (const set of messageSets(records, magic, fetchOffset)) {
    batches++
    if (set.length === 0) continue
    if (sets.length === 0) size = Math.max(size, set.length)
    sets.push(set)
    converted += set.length
    if (converted >= size) break
  }
  if (batches === 0) return []
  // Batches that have no counterpart, such as control batches, leave nothing but the filler.
  if (sets.length === 0) size = FILLER_HEADER
  if (converted < size) sets.push(filler(size - converted))
  const last = sets[sets.length - 1]
  if (converted > size && last !== undefined) sets[sets.length - 1] = last.subarray(0, last.length - (converted - size))
  return sets
}

/** Each batch that is there as a whole, converted; empty where it has no counterpart, such as a control batch. */
function* messageSets(
  records: readonly Buffer[],
  magic: 0 | 1,
  fetchOffset: number,
): Generator<Buffer, void, undefined> {
  let hasMessages = false
  try {
    for (const slice of records) {
      for (const batch of readBatches(slice, { allowPartial: true })) {
        const set = toMessageSet([batch], magic, fetchOffset)
        if (set.length > 0) hasMessages = true
        yield set
      }
    }
  } catch (error) {
    if (!(error instanceof RecordsError) || !hasMessages) throw error
  }
}

function filler(size: number): Buffer {
  const bytes = Buffer.alloc(Math.max(size, FILLER_HEADER))
  bytes.fill(0xff, 0, 8)
  bytes.writeInt32BE(Math.max(size + 1, BATCH_OVERHEAD), 8)
  return bytes.subarray(0, size)
}
