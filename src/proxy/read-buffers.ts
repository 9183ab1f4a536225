/** How much is read at once, at first, and at most where more comes than that. Node.js itself reads 64 KiB, into memory that is new each time. */
const LEAST_BYTES = 1 << 16
const MOST_BYTES = 1 << 19
/** As many are kept as may be on their way to a side that does not take more. */
const KEPT = 4

interface Lent {
  readonly buffer: Buffer
  /** How many bytes have left when all of it has. */
  readonly until: number
}

/** Buffers that a socket reads into, and from which another one writes. One is read into again when what it held has left. */
export class ReadBuffers {
  private readonly free: Buffer[] = []
  private readonly lent: Lent[] = []
  private readonly gone: () => number
  private size = LEAST_BYTES

  /** @param gone how many bytes have left by now */
  constructor(gone: () => number) {
    this.gone = gone
  }

  /** One that nobody looks at. */
  readonly next = (): Buffer => {
    if (this.lent.length > 0) {
      const gone = this.gone()
      for (let [first] = this.lent; first !== undefined && first.until <= gone; [first] = this.lent) {
        this.lent.shift()
        if (first.buffer.length === this.size) this.free.push(first.buffer)
      }
    }
    return this.free.pop() ?? Buffer.allocUnsafeSlow(this.size)
  }

  /**
   * What was read into a buffer is on its way, and nobody else looks at it.
   * @param length of what was read
   * @param until how many bytes have left when all of it has
   */
  lend(buffer: Buffer, length: number, until: number): void {
    if (length === this.size && this.size < MOST_BYTES) {
      this.size *= 2
      this.free.length = 0
    } else if (this.lent.length < KEPT) this.lent.push({ buffer, until })
  }
}
