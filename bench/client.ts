import { once } from 'node:events'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

/** The bytes that a client reads at once: what arrives lands in the same buffer each time. */
const READ_BYTES = 1 << 20

/**
 * A client that costs little: it writes requests that were encoded beforehand, keeps so many of them under way, and of the
 * answers looks at nothing but where they end. Whoever measures with it checks afterwards what has become of its requests.
 */
export class LoadClient {
  readonly stream: Duplex
  private readonly answers = new FrameCounter()
  private onData: () => void = () => {}
  private fail: (error: Error) => void = () => {}

  private constructor(stream: Duplex) {
    this.stream = stream
    stream.on('error', (error) => this.fail(error))
    stream.on('close', () => this.fail(new Error('the connection was closed')))
  }

  /** Over TCP. */
  static async to(bootstrapServer: string): Promise<LoadClient> {
    const at = bootstrapServer.lastIndexOf(':')
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    let client: LoadClient | undefined
    const socket = connect({
      host: bootstrapServer.slice(0, at),
      port: Number(bootstrapServer.slice(at + 1)),
      noDelay: true,
      onread: {
        buffer,
        callback: (length) => {
          client?.arrived(buffer, length)
          return true
        },
      },
    })
    await once(socket, 'connect')
    client = new LoadClient(socket)
    return client
  }

  /** Over a connection that is there, in memory for one. */
  static over(stream: Duplex): LoadClient {
    const client = new LoadClient(stream)
    stream.on('data', (chunk: Buffer) => client.arrived(chunk, chunk.length))
    return client
  }

  /** Bytes of all answers so far, their lengths included. */
  get bytesReceived(): number {
    return this.answers.bytes
  }

  /**
   * Sends `count` requests, one after the other from `requests` and round again, never more than `inFlight` of them
   * unanswered. Resolves when all are answered.
   */
  run(requests: readonly Buffer[], count: number, inFlight: number): Promise<void> {
    const { stream, answers } = this
    return new Promise((resolve, reject) => {
      let sent = 0
      const before = answers.frames
      const send = (): void => {
        const answered = answers.frames - before
        if (answered === count) {
          this.onData = () => {}
          resolve()
          return
        }
        const until = Math.min(count, answered + inFlight)
        if (sent === until) return
        stream.cork()
        for (; sent < until; sent++) stream.write(requests[sent % requests.length])
        stream.uncork()
      }
      this.onData = send
      this.fail = reject
      send()
    })
  }

  /** Sends a request again and again, each when the last is answered. Gives the milliseconds that each took. */
  async roundTrips(request: Buffer, count: number): Promise<Float64Array> {
    const times = new Float64Array(count)
    const { stream, answers } = this
    await new Promise<void>((resolve, reject) => {
      let next = answers.frames + 1
      let done = 0
      let begun = performance.now()
      this.fail = reject
      this.onData = () => {
        if (answers.frames < next) return
        const now = performance.now()
        times[done++] = now - begun
        if (done === count) {
          this.onData = () => {}
          resolve()
          return
        }
        next++
        begun = now
        stream.write(request)
      }
      stream.write(request)
    })
    return times
  }

  close(): void {
    this.fail = () => {}
    this.stream.destroy()
  }

  private arrived(bytes: Buffer, length: number): void {
    this.answers.push(bytes, length)
    this.onData()
  }
}

/** Counts frames as their bytes go by, and keeps none of them. */
class FrameCounter {
  frames = 0
  bytes = 0
  /** Bytes of the frame that are still to come. */
  private left = 0
  private head = 0
  /** How many of the four bytes of the next length have come. */
  private headBytes = 0

  push(bytes: Buffer, length: number): void {
    this.bytes += length
    let at = 0
    while (at < length) {
      if (this.left > 0) {
        const taken = Math.min(this.left, length - at)
        at += taken
        this.left -= taken
      } else {
        this.head = (this.head << 8) | (bytes[at++] as number)
        if (++this.headBytes < 4) continue
        this.left = this.head
        this.headBytes = 0
        this.head = 0
      }
      if (this.left === 0 && this.headBytes === 0) this.frames++
    }
  }
}
