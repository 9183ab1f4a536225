import { foreignProtocol } from '../protocol/foreign-protocol.ts'

/** The bytes of the length that stands before each frame. */
export const LENGTH_BYTES = 4
/** No frame of Kafka's is longer: what says that it is is something else. */
const LONGEST_FRAME = 1 << 30
/** As much of what is no frame as a message about it may show. */
const SHOWN_BYTES = 80

/** Follows a frame that goes through, up to where it tells something that is changed. */
export interface Walk {
  /**
   * Goes over what comes next of the frame.
   * @returns how much of it goes through; where that is not all, the rest of the frame is its tail
   */
  over(bytes: Buffer): number
}

/** What becomes of a frame: it is wanted in one piece, goes through as it comes, save its tail, or more of it must be seen (undefined). */
export type Judgement = 'whole' | 'through' | Walk | undefined

/** Where frames go. Bytes are with the length before each frame. */
export interface FrameSink {
  /** Whether the next frame may begin. */
  isReady(): boolean
  /** Asked until it says `through` or `whole`. @param bytes the beginning of a frame, as far as it has arrived; @param size of the whole frame */
  judge(bytes: Buffer, size: number): Judgement
  /** @param frame whoever gets it may keep it */
  whole(frame: Buffer): void
  /** Bytes of frames that go through, in their order. */
  through(bytes: Buffer): void
  /** What a walk has left of a frame. @param bytes whoever gets them may keep them */
  tail?(bytes: Buffer): void
}

/** What a connection sent is not Kafka's protocol. */
export class NoFrameError extends Error {
  override readonly name = 'NoFrameError'
}

/** Cuts what arrives into frames. What goes through is neither gathered nor copied: a frame may leave before it is here. */
export class FrameCutter {
  private readonly chunks: Buffer[] = []
  private buffered = 0
  /** What is still to come of a frame that goes through. */
  private left = 0
  private walk: Walk | undefined
  /** What is left is the tail that a walk has come to. */
  private atTail = false
  /** Memory that is somebody else's when the bytes that were pushed last have been looked at. */
  private borrowed: ArrayBufferLike | undefined

  /** Bytes that have arrived and have gone nowhere yet. */
  get bufferedBytes(): number {
    return this.buffered
  }

  /** Whether a frame has arrived in part, or waits to be looked at. */
  get isWithinFrame(): boolean {
    return this.left > 0 || this.buffered > 0
  }

  /** @param isBorrowed its memory will be wanted for something else: see {@link ownRest} */
  push(chunk: Buffer, isBorrowed = false): void {
    if (chunk.length === 0) return
    this.chunks.push(chunk)
    this.buffered += chunk.length
    this.borrowed = isBorrowed ? chunk.buffer : undefined
  }

  /** Copies what is left of the last chunk, whose memory is wanted for something else. */
  ownRest(): void {
    const last = this.chunks.pop()
    if (last !== undefined) this.chunks.push(this.owned(last))
    this.borrowed = undefined
  }

  /** Hands on what can be. @throws NoFrameError for what is no frame */
  cut(sink: FrameSink): void {
    for (;;) {
      if (!this.passOn(sink)) return
      if (this.buffered < LENGTH_BYTES || !sink.isReady()) return
      const size = this.beginning(LENGTH_BYTES).readInt32BE(0)
      if (size < 0 || size > LONGEST_FRAME) throw new NoFrameError(this.complaint(size))
      const whole = LENGTH_BYTES + size
      let judgement = sink.judge(this.first, whole)
      // What there is of it may lie in several chunks.
      if (judgement === undefined && this.first.length < Math.min(this.buffered, whole)) {
        judgement = sink.judge(this.beginning(Math.min(this.buffered, whole)), whole)
      }
      if (goes(judgement)) this.begin(judgement, whole)
      else if (judgement === 'whole' && this.buffered >= whole) sink.whole(this.owned(this.take(whole)))
      else return
    }
  }

  private get first(): Buffer {
    return this.chunks[0] as Buffer
  }

  private begin(judgement: 'through' | Walk, size: number): void {
    this.left = size
    this.walk = judgement === 'through' ? undefined : judgement
  }

  /**
   * Hands on what is here of frames that go through: of one chunk in one piece, however many they are.
   * @returns whether the next frame is to be looked at
   */
  private passOn(sink: FrameSink): boolean {
    while (this.left > 0 && this.buffered > 0) {
      if (this.atTail) {
        if (this.buffered < this.left) return false
        const tail = this.owned(this.take(this.left))
        this.left = 0
        this.atTail = false
        sink.tail?.(tail)
        continue
      }
      const { first } = this
      let end = this.advance(first, 0)
      while (this.left === 0 && first.length - end >= LENGTH_BYTES && sink.isReady()) {
        const size = first.readInt32BE(end)
        if (size < 0 || size > LONGEST_FRAME) break
        const judgement = sink.judge(first.subarray(end), LENGTH_BYTES + size)
        if (!goes(judgement)) break
        this.begin(judgement, LENGTH_BYTES + size)
        end = this.advance(first, end)
      }
      if (end > 0) sink.through(this.take(end))
    }
    return this.left === 0
  }

  /** Goes on in the frame that goes through. @returns up to where in the chunk */
  private advance(chunk: Buffer, at: number): number {
    const there = Math.min(this.left, chunk.length - at)
    const passed = this.walk === undefined ? there : this.walk.over(chunk.subarray(at, at + there))
    this.left -= passed
    if (this.left > 0) this.atTail = passed < there
    else this.walk = undefined
    return at + passed
  }

  /** At least so many of the first bytes in one piece. */
  private beginning(bytes: number): Buffer {
    if (this.first.length >= bytes) return this.first
    let length = 0
    let count = 0
    for (; length < bytes; count++) length += (this.chunks[count] as Buffer).length
    this.chunks.splice(0, count, Buffer.concat(this.chunks.slice(0, count), length))
    return this.first
  }

  private take(bytes: number): Buffer {
    const first = this.beginning(bytes)
    this.buffered -= bytes
    if (first.length === bytes) {
      this.chunks.shift()
      return first
    }
    this.chunks[0] = first.subarray(bytes)
    return first.subarray(0, bytes)
  }

  /** Bytes that stay as they are. */
  private owned(bytes: Buffer): Buffer {
    return bytes.buffer === this.borrowed ? Buffer.from(bytes) : bytes
  }

  private complaint(size: number): string {
    const foreign = foreignProtocol(this.first.subarray(0, SHOWN_BYTES))
    return foreign === undefined ? `a frame of ${size} bytes is none of Kafka's` : `what was sent ${foreign}`
  }
}

function goes(judgement: Judgement): judgement is 'through' | Walk {
  return judgement === 'through' || typeof judgement === 'object'
}
