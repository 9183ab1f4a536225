import { foreignProtocol } from './foreign-protocol.ts'

/** What a connection sent is not a frame: its length says so. */
export class FrameLengthError extends Error {
  override readonly name = 'FrameLengthError'
}

/**
 * A frame may keep a chunk alive that is so many times its size. Batches of 16 KiB, four to a chunk, are then not copied; where
 * all of them are kept, as is usual, they pin little beside themselves.
 */
const PINNED_PER_BYTE = 8

/** The bytes of the length that stands before each frame. */
const LENGTH_BYTES = 4

/** As much of what is no frame as a message about it may show. */
const SHOWN_BYTES = 80

/**
 * Bytes in, frames out. A frame is copied at most once, here: when it arrived in several chunks, or when it is so small
 * beside its chunk that keeping it (a log keeps what was produced) would keep the whole chunk alive.
 */
export class FrameAssembler {
  private readonly maxFrameBytes: number
  private readonly limit: string
  private readonly chunks: Buffer[] = []
  /** Where the next frame begins in the first chunk. */
  private offset = 0
  private buffered = 0

  /** @param limit the name of the config that says how large a frame may be */
  constructor(maxFrameBytes: number, limit = 'socket.request.max.bytes') {
    this.maxFrameBytes = maxFrameBytes
    this.limit = limit
  }

  /** Bytes that have arrived and are in no frame yet. */
  get bufferedBytes(): number {
    return this.buffered
  }

  /** Takes what arrived. The chunk is the assembler's from now on. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.chunks.push(chunk)
    this.buffered += chunk.length
  }

  /**
   * The next frame without its length, or undefined while it is not whole.
   * @throws FrameLengthError when the length is negative or above the limit; nothing is allocated then.
   */
  next(): Buffer | undefined {
    if (this.buffered < LENGTH_BYTES) return undefined
    const length = this.peekLength()
    if (length < 0 || length > this.maxFrameBytes) throw new FrameLengthError(this.complaint(length))
    if (this.buffered < LENGTH_BYTES + length) return undefined
    this.skip(LENGTH_BYTES)
    return this.take(length)
  }

  private complaint(length: number): string {
    const shown = Buffer.allocUnsafe(Math.min(this.buffered, SHOWN_BYTES))
    this.copyInto(shown)
    const foreign = foreignProtocol(shown)
    if (foreign !== undefined) return `what it sent ${foreign}`
    if (length < 0) return `it sent a frame of negative length ${length}`
    return `it sent a frame of ${length} bytes, more than ${this.limit}=${this.maxFrameBytes}`
  }

  private peekLength(): number {
    const first = this.chunks[0] as Buffer
    if (first.length - this.offset >= LENGTH_BYTES) return first.readInt32BE(this.offset)
    const bytes = Buffer.allocUnsafe(LENGTH_BYTES)
    this.copyInto(bytes)
    return bytes.readInt32BE(0)
  }

  private take(length: number): Buffer {
    const first = this.chunks[0]
    if (first !== undefined && first.length - this.offset >= length) {
      const view = first.subarray(this.offset, this.offset + length)
      const frame = length * PINNED_PER_BYTE < first.length ? Buffer.from(view) : view
      this.skip(length)
      return frame
    }
    const frame = Buffer.allocUnsafeSlow(length)
    this.copyInto(frame)
    this.skip(length)
    return frame
  }

  private copyInto(target: Buffer): void {
    let at = 0
    let from = this.offset
    for (const chunk of this.chunks) {
      at += chunk.copy(target, at, from)
      from = 0
      if (at === target.length) return
    }
  }

  private skip(length: number): void {
    this.buffered -= length
    let whole = 0
    let rest = this.offset + length
    for (const chunk of this.chunks) {
      if (rest < chunk.length) break
      rest -= chunk.length
      whole++
    }
    if (whole > 0) this.chunks.splice(0, whole)
    this.offset = rest
  }
}
