import { KafkaError } from '../../protocol/errors.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { Incoming } from './incoming.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { type Position, Segment } from './segment.ts'

/** What a read gives. */
export interface LogRead {
  /** The batches from the one that holds the offset on, where they lie in the log; the last one may be cut off. */
  readonly records: readonly Buffer[]
  readonly sizeInBytes: number
  /** Whether not even the first batch is there as a whole, for want of room. */
  readonly firstBatchCut: boolean
}

const NOTHING: LogRead = Object.freeze({
  records: Object.freeze([]) as readonly Buffer[],
  sizeInBytes: 0,
  firstBatchCut: false,
})

/** How much a read gives. */
export interface ReadLimits {
  /** How many bytes at most; the last batch is cut off there, as Kafka cuts it. */
  readonly maxBytes: number
  /** Whether the first batch is given even when it is larger (KIP-74). */
  readonly minOneMessage: boolean
  /** Whether a batch that would be cut off is left out instead: for readers of the broker's own. */
  readonly wholeBatches?: boolean
}

/**
 * A replica's log: batches, one after the other, in segments. It keeps the bytes that it is given and hands out those same
 * bytes; what may be appended, and by whom, is decided above it.
 */
export class Log {
  /** The offset of the first record that a fetch may ask for. */
  private startOffset = 0
  private endOffset = 0
  private bytes = 0
  /** Oldest first; the last one is appended to. None as long as nothing was appended. */
  private readonly list: Segment[] = []
  readonly epochs: LeaderEpochs = new LeaderEpochs()
  /** ms */
  readonly createdMs: number

  constructor(createdMs: number) {
    this.createdMs = createdMs
  }

  get logStartOffset(): number {
    return this.startOffset
  }

  /** The offset that the next record gets. */
  get logEndOffset(): number {
    return this.endOffset
  }

  get sizeInBytes(): number {
    return this.bytes
  }

  get segments(): readonly Segment[] {
    return this.list
  }

  /**
   * Takes one batch, its offsets stamped. The bytes belong to the log from now on. Returns the segment that holds it.
   * @param baseOffset of the batch: {@link logEndOffset}, or beyond it where a leader has compacted what lay in between
   */
  append(
    { batch, maxTimestamp }: Incoming,
    leaderEpoch: number,
    config: LogConfig,
    nowMs: number,
    baseOffset: number = this.endOffset,
  ): Segment {
    const { bytes, lastOffset } = batch
    this.epochs.assign(leaderEpoch, baseOffset)
    const segment = this.segmentFor(bytes.length, baseOffset, lastOffset, maxTimestamp, config, nowMs)
    segment.append(bytes, baseOffset, lastOffset, maxTimestamp, nowMs)
    this.endOffset = lastOffset + 1
    this.bytes += bytes.length
    return segment
  }

  /**
   * The batches from the one that holds `offset` on, out of one segment, as Kafka reads them, and none that reaches up to `endOffset`.
   * @throws KafkaError OFFSET_OUT_OF_RANGE when `offset` is not in the log, nor at its end
   */
  read(offset: number, endOffset: number, { maxBytes, minOneMessage, wholeBatches = false }: ReadLimits): LogRead {
    this.checkRange(offset)
    if (offset >= endOffset) return NOTHING
    for (let s = this.segmentIndex(offset); s < this.list.length; s++) {
      const { batches } = this.list[s] as Segment
      const first = (this.list[s] as Segment).indexOf(offset)
      const firstBatch = batches[first]
      if (firstBatch === undefined) continue
      if (maxBytes < 0) throw new KafkaError('UNKNOWN_SERVER_ERROR', `Invalid max size ${maxBytes} for a read`)
      const limit = minOneMessage ? Math.max(maxBytes, firstBatch.bytes.length) : maxBytes
      if (limit === 0) return NOTHING
      const records: Buffer[] = []
      let size = 0
      for (let b = first; b < batches.length && size < limit; b++) {
        const batch = batches[b]
        if (batch === undefined || batch.lastOffset >= endOffset) break
        const room = limit - size
        if (wholeBatches && batch.bytes.length > room) break
        records.push(batch.bytes.length <= room ? batch.bytes : batch.bytes.subarray(0, room))
        size += Math.min(batch.bytes.length, room)
      }
      return { records, sizeInBytes: size, firstBatchCut: limit < firstBatch.bytes.length }
    }
    return NOTHING
  }

  /** Where `offset` lies, for one who waits until enough has come after it. */
  position(offset: number): Position {
    const active = this.list[this.list.length - 1]
    if (active === undefined) return { offset, segmentBaseOffset: this.startOffset, position: 0 }
    if (offset >= this.endOffset) {
      return { offset, segmentBaseOffset: active.baseOffset, position: active.sizeInBytes }
    }
    const segment = this.list[this.segmentIndex(offset)] ?? active
    return { offset, segmentBaseOffset: segment.baseOffset, position: segment.positionOf(offset) }
  }

  /** How many bytes lie between a place and `offset`, which comes after it; Infinity when they are not of one segment. */
  bytesSince(place: Position, offset: number): number {
    const active = this.list[this.list.length - 1]
    if (active === undefined) return 0
    const isEnd = offset >= this.endOffset
    const segment = isEnd ? active : (this.list[this.segmentIndex(offset)] ?? active)
    if (segment.baseOffset !== place.segmentBaseOffset) return Number.POSITIVE_INFINITY
    return (isEnd ? segment.sizeInBytes : segment.positionOf(offset)) - place.position
  }

  /** @throws KafkaError OFFSET_OUT_OF_RANGE */
  checkRange(offset: number): void {
    if (offset >= this.startOffset && offset <= this.endOffset) return
    throw new KafkaError(
      'OFFSET_OUT_OF_RANGE',
      `Offset ${offset} was asked for, and the log reaches from ${this.startOffset} to ${this.endOffset}`,
    )
  }

  /** Moves the log's start forward. What lies before it can be read no more, and goes with the next {@link deleteSegments}. */
  incrementStartOffset(offset: number): boolean {
    if (offset <= this.startOffset) return false
    this.startOffset = offset
    this.epochs.truncateFromStart(offset)
    return true
  }

  /**
   * Lets go of segments, oldest first, as long as `deletable` says so, and of none that reaches beyond `highWatermark`.
   * Returns how many went.
   */
  deleteSegments(highWatermark: number, deletable: (segment: Segment, next: Segment | undefined) => boolean): number {
    let count = 0
    for (; count < this.list.length; count++) {
      const segment = this.list[count] as Segment
      const next = this.list[count + 1]
      if (highWatermark < (next?.baseOffset ?? this.endOffset) || !deletable(segment, next)) break
      if (next === undefined && segment.sizeInBytes === 0) break
    }
    if (count === 0) return 0
    const gone = this.list.splice(0, count)
    for (const segment of gone) this.bytes -= segment.sizeInBytes
    this.incrementStartOffset(this.list[0]?.baseOffset ?? this.endOffset)
    return count
  }

  /** Takes away everything from `offset` on, which is in the log; a batch that holds it goes as a whole. */
  truncateTo(offset: number): void {
    const { list } = this
    while (list.length > 1 && (list[list.length - 1] as Segment).baseOffset > offset) list.pop()
    list[list.length - 1]?.truncateTo(offset)
    this.bytes = list.reduce((sum, segment) => sum + segment.sizeInBytes, 0)
    this.endOffset = offset
    this.startOffset = Math.min(this.startOffset, offset)
    this.epochs.truncateFromEnd(offset)
  }

  /** Takes away everything; the next record gets `offset`. */
  truncateFullyAndStartAt(offset: number, logStartOffset: number): void {
    this.list.length = 0
    this.bytes = 0
    this.endOffset = offset
    this.startOffset = logStartOffset
    this.epochs.clear()
  }

  /** Closes the segment that is appended to: the next batch begins another one. */
  roll(nowMs: number): void {
    const active = this.list[this.list.length - 1]
    if (active !== undefined && active.sizeInBytes > 0) this.list.push(new Segment(this.endOffset, nowMs))
  }

  /** Has a segment begin at the batch that holds `offset`, if none does. */
  splitAt(offset: number): void {
    const place = this.segmentIndex(offset)
    const split = this.list[place]?.splitAt(offset)
    if (split !== undefined) this.list.splice(place + 1, 0, split)
  }

  /** Puts others in the place of the first segments, with the same records or fewer. */
  replaceFirst(count: number, segments: readonly Segment[]): void {
    this.list.splice(0, count, ...segments)
    this.bytes = this.list.reduce((sum, segment) => sum + segment.sizeInBytes, 0)
  }

  /** The segment that `offset` falls into. */
  private segmentIndex(offset: number): number {
    let low = 0
    let high = this.list.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.list[middle] as Segment).baseOffset <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  /** The segment that takes the next batch: a new one when the last is full, or old. */
  private segmentFor(
    size: number,
    baseOffset: number,
    lastOffset: number,
    maxTimestamp: number,
    config: LogConfig,
    nowMs: number,
  ): Segment {
    const active = this.list[this.list.length - 1]
    if (active !== undefined) {
      const full = active.sizeInBytes > config.segmentBytes - size || lastOffset - active.baseOffset > 0x7fffffff
      const old = active.sizeInBytes > 0 && active.openFor(nowMs, maxTimestamp) > maxSegmentMs(config)
      if (!full && !old) return active
      if (active.sizeInBytes === 0) this.list.pop()
    }
    const segment = new Segment(baseOffset, nowMs)
    this.list.push(segment)
    return segment
  }
}

/** A compacted topic has its segments closed in time for `max.compaction.lag.ms` (KIP-354). */
function maxSegmentMs({ compact, maxCompactionLagMs, segmentMs }: LogConfig): number {
  return compact && maxCompactionLagMs > 0 ? Math.min(maxCompactionLagMs, segmentMs) : segmentMs
}
