import type { ConsumerMessage } from '../../../../client/index.ts'
import type { HeldPartition } from './held-partition.ts'

/** When a request for records is answered. */
export interface ReadLimits {
  /** Not with so many bytes of keys and values, or more. */
  readonly maxBytes: number
  /** With more than so many; -1: with as many as come before the timeout; undefined: when all that is there was read. */
  readonly minBytes: number | undefined
  /** After so many ms, with what is there. */
  readonly timeoutMs: number
}

/** Where records come from. */
export interface RecordSource {
  /** The partitions to read, which are asked for again after each wait. */
  open(): Promise<readonly HeldPartition[]>
  /** Resolves with the next record that comes, or partition. */
  readonly news: Promise<void>
  /** Waits for something; at most so many ms. */
  wait(news: Promise<void>, timeoutMs: number): Promise<void>
  /** ms since 1970 */
  now(): number
}

/** `consumer.iterator.backoff.ms`: so long the real one leaves a consumer alone that had nothing more, before it asks again. */
const BACKOFF_MS = 50

/** Reads until one of the limits is met. Each partition is read in its order. */
export async function readRecords<T>(
  source: RecordSource,
  { maxBytes, minBytes, timeoutMs }: ReadLimits,
  converted: (message: ConsumerMessage) => Promise<readonly [T, size: number]>,
): Promise<T[]> {
  const until = source.now() + timeoutMs
  const enough = minBytes === undefined || minBytes < 0 ? Number.POSITIVE_INFINITY : minBytes
  const taken: T[] = []
  let bytes = 0
  for (;;) {
    const { news } = source
    const held = await source.open()
    const before = taken.length
    for (const one of held) {
      for (let next = one.peek(); next !== undefined; next = one.peek()) {
        const [record, size] = await converted(next)
        if (bytes + size >= maxBytes) return taken
        // Where it was sent elsewhere meanwhile, this record is none of its next ones.
        if (one.peek() !== next) continue
        one.next()
        taken.push(record)
        bytes += size
      }
    }
    const left = until - source.now()
    if (bytes > enough || left <= 0) return taken
    if (minBytes === undefined && taken.length > 0) {
      // A partition may end with what no consumer sees, the markers of transactions, and is never seen to be at its end.
      if (taken.length === before || held.every(({ isAtEnd }) => isAtEnd)) return taken
    }
    await source.wait(news, Math.min(left, BACKOFF_MS))
  }
}
