import { foreignProtocol } from '../protocol/foreign-protocol.ts'

/** The bytes of the length that stands before each frame. */
export const LENGTH_BYTES = 4
/** No frame of Kafka's is longer: what says that it is is something else. */
const LONGEST_FRAME = 1 << 30
/** As much of what is no frame as a message about it may show. */
const SHOWN_BYTES = 80

/** What becomes of a frame: it is wanted in one piece, goes through as it comes, or more of it must be seen (undefined). */
export type Judgement = 'whole' | 'through' | undefined

/** Where frames go. Bytes are with the length before each frame. */
export interface FrameSink {
  /** Whether the next frame may begin. */
  isReady(): boolean
  /** @param bytes the beginning of a frame, as far as it has arrived; @param size of the whole frame */
  judge(bytes: Buffer, size: number): Judgement
  whole(frame: Buffer): void
  /** Bytes of frames that go through, in their order. */
  through(bytes: Buffer): void
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

  /** Bytes that have arrived and have gone nowhere yet. */
  get bufferedBytes(): number {
    return this.buffered
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.chunks.push(chunk)
    this.buffered += chunk.length
  }

  /** Copies what is left of the last chunk, whose memory is wanted for something else. */
  ownRest(): void {
    const last = this.chunks.pop()
    if (last !== undefined) this.chunks.push(Buffer.from(last))
  }

  /** Hands on what can be. @throws NoFrameError for what is no frame */
  cut(sink: FrameSink): void {
    for (;;) {
      this.passOn(sink)
      if (this.left > 0 || this.buffered < LENGTH_BYTES || !sink.isReady()) return
      const size = this.beginning(LENGTH_BYTES).readInt32BE(0)
      if (size < 0 || size > LONGEST_FRAME) throw new NoFrameError(this.complaint(size))
      const whole = LENGTH_BYTES + size
      let judgement = sink.judge(this.first, whole)
      // What there is of it may lie in several chunks.
      if (judgement === undefined && this.first.length < Math.min(this.buffered, whole)) {
        judgement = sink.judge(this.beginning(Math.min(this.buffered, whole)), whole)
      }
      if (judgement === 'through') this.left = whole
      else if (judgement === 'whole' && this.buffered >= whole) sink.whole(this.take(whole))
      else return
    }
  }

  private get first(): Buffer {
    return this.chunks[0] as Buffer
  }

  /** Hands on what is here of frames that go through: of one chunk in one piece, however many they are. */
  private passOn(sink: FrameSink): void {
    while (this.left > 0 && this.buffered > 0) {
      const { first } = this
      let end = Math.min(this.left, first.length)
      this.left -= end
      while (this.left === 0 && first.length - end >= LENGTH_BYTES && sink.isReady()) {
        const size = first.readInt32BE(end)
        if (size < 0 || size > LONGEST_FRAME) break
        const next = first.subarray(end)
        if (sink.judge(next, LENGTH_BYTES + size) !== 'through') break
        const there = Math.min(LENGTH_BYTES + size, next.length)
        this.left = LENGTH_BYTES + size - there
        end += there
      }
      sink.through(this.take(end))
    }
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

  private complaint(size: number): string {
    const foreign = foreignProtocol(this.first.subarray(0, SHOWN_BYTES))
    return foreign === undefined ? `a frame of ${size} bytes is none of Kafka's` : `what was sent ${foreign}`
  }
}
