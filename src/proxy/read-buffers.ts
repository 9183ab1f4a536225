/** How much is read at once. Node.js itself reads 64 KiB, into memory that is new each time. */
const READ_BYTES = 1 << 19
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

  /** @param gone how many bytes have left by now */
  constructor(gone: () => number) {
    this.gone = gone
  }

  /** One that nobody looks at. */
  readonly next = (): Buffer => {
    if (this.lent.length > 0) {
      const gone = this.gone()
      while (this.lent[0] !== undefined && this.lent[0].until <= gone)
        this.free.push((this.lent.shift() as Lent).buffer)
    }
    return this.free.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES)
  }

  /** What was read into a buffer is on its way, and nobody else looks at it. @param until how many bytes have left when all of it has */
  lend(buffer: Buffer, until: number): void {
    if (this.lent.length < KEPT) this.lent.push({ buffer, until })
  }
}
