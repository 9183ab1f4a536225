import type { ProducerSnapshot } from './producer-states.ts'
import type { AbortedTransaction } from './transactions.ts'

/** A batch as it is kept: its bytes are those that a fetch hands out, and never change. */
export interface StoredBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  /** Bytes before it in its segment. */
  readonly position: number
  /** The greatest timestamp of its records, ms; -1 when they have none. */
  readonly maxTimestamp: number
  readonly bytes: Buffer
}

/** A place in the log, as far as a fetch that waits must know it (Kafka's `LogOffsetMetadata`). */
export interface Position {
  readonly offset: number
  readonly segmentBaseOffset: number
  /** Bytes before it in its segment. */
  readonly position: number
}

/** A run of batches: the piece in which a log grows (`segment.bytes`, `segment.ms`) and in which retention takes away. */
export class Segment {
  /** The log's end when the segment began. */
  readonly baseOffset: number
  readonly batches: StoredBatch[] = []
  sizeInBytes = 0
  /** The greatest timestamp of its records, ms; -1 while it has none. */
  maxTimestamp = -1
  /** When something was last appended, ms; Kafka takes it from the file. */
  lastModifiedMs: number
  /** What was known of producers when it began; undefined while none was known. */
  producers: ProducerSnapshot | undefined = undefined
  /** The transactions whose abort markers it holds, in their order; undefined while there are none. */
  aborted: AbortedTransaction[] | undefined = undefined
  private createdMs: number

  constructor(baseOffset: number, nowMs: number) {
    this.baseOffset = baseOffset
    this.createdMs = nowMs
    this.lastModifiedMs = nowMs
  }

  append(bytes: Buffer, baseOffset: number, lastOffset: number, maxTimestamp: number, nowMs: number): void {
    this.batches.push({ baseOffset, lastOffset, position: this.sizeInBytes, maxTimestamp, bytes })
    this.sizeInBytes += bytes.length
    if (maxTimestamp > this.maxTimestamp) this.maxTimestamp = maxTimestamp
    this.lastModifiedMs = nowMs
  }

  /** Takes away everything from `offset` on; a batch that holds it goes as a whole. */
  truncateTo(offset: number): void {
    const first = this.indexOf(offset)
    const batch = this.batches[first]
    if (batch === undefined) return
    this.sizeInBytes = batch.position
    this.batches.length = first
    this.maxTimestamp = this.batches.reduce((max, { maxTimestamp }) => Math.max(max, maxTimestamp), -1)
    this.aborted = this.aborted?.filter(({ lastOffset }) => lastOffset < offset)
  }

  /** Takes away the batches from the one that holds `offset` on, as a segment of their own. Undefined when either would be empty. */
  splitAt(offset: number): Segment | undefined {
    const first = this.indexOf(offset)
    const [head, ...rest] = this.batches.slice(first)
    if (head === undefined || first === 0) return undefined
    const split = new Segment(head.baseOffset, this.createdMs)
    for (const { bytes, baseOffset, lastOffset, maxTimestamp } of [head, ...rest]) {
      split.append(bytes, baseOffset, lastOffset, maxTimestamp, this.lastModifiedMs)
    }
    const aborted = this.aborted?.filter(({ lastOffset }) => lastOffset >= head.baseOffset)
    this.truncateTo(head.baseOffset)
    if (aborted !== undefined && aborted.length > 0) split.aborted = aborted
    return split
  }

  /** What retention by time looks at: the greatest timestamp, or the time of the last append where no record has one. */
  get largestTimestamp(): number {
    return this.maxTimestamp >= 0 ? this.maxTimestamp : this.lastModifiedMs
  }

  /** How long the segment is held to have been open, ms: in the time of its records where they have one. */
  openFor(nowMs: number, timestamp: number): number {
    const first = this.batches[0]?.maxTimestamp ?? -1
    return first >= 0 ? timestamp - first : nowMs - this.createdMs
  }

  /** The place in `batches` of the first one that reaches `offset`; their number when none does. */
  indexOf(offset: number): number {
    const { batches } = this
    let low = 0
    let high = batches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((batches[middle] as StoredBatch).lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Bytes before the first batch that reaches `offset`; all of them when none does. */
  positionOf(offset: number): number {
    return this.batches[this.indexOf(offset)]?.position ?? this.sizeInBytes
  }
}
