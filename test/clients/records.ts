import { expect } from 'vitest'
import type { Client, ConsumedRecord, OutgoingRecord } from './client.ts'

/** Not a multiple of the partitions, so that batches differ in size and half of one is inside a batch. */
export const RECORDS_PER_CODEC = 23

/** Text that compresses well, bytes that do not, and nothing at all. */
export function record(key: string, index: number): OutgoingRecord {
  const value =
    index === 0
      ? Buffer.alloc(0)
      : index === 1
        ? Buffer.from(Uint8Array.from({ length: 1024 }, (_, at) => (at * at * 31 + at * 7) >> (at & 3)))
        : Buffer.from(`${key} was ordered, packed and sent. `.repeat(index))
  return { key, value, headers: { trace: `trace of ${key}`, index: String(index) } }
}

/** Every record that was sent, once, with its key, value and headers, at offsets without a gap, in the order of the log. */
export function expectExactlyOnce(
  records: readonly ConsumedRecord[],
  sent: ReadonlyMap<string, OutgoingRecord>,
  client: Client,
): void {
  expect(records.map(({ key }) => key).sort(), 'keys').toEqual([...sent.keys()].sort())
  const offsets = new Map<number, number[]>()
  for (const { partition, offset } of records) offsets.set(partition, [...(offsets.get(partition) ?? []), offset])
  for (const [partition, read] of offsets)
    expect(read, `offsets of partition ${partition}`).toEqual(Array.from(read.keys()))
  for (const { key, value, headers } of records) {
    expect(value.equals(sent.get(key)?.value ?? Buffer.of()), `value of ${key}`).toBe(true)
    expect(headers, `headers of ${key}`).toEqual(client.headers ? sent.get(key)?.headers : {})
  }
}
