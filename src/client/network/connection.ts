import type { Duplex } from 'node:stream'
import { ErrorCode } from '../../protocol/errors.ts'
import { encodeRequest } from '../../protocol/frame.ts'
import { FrameAssembler } from '../../protocol/frame-assembler.ts'
import type { Api, Input } from '../../protocol/message.ts'
import { ApiVersions } from '../../protocol/messages/api-versions.ts'
import { ResponseHeader } from '../../protocol/messages/response-header.ts'
import type { CallOptions } from '../channel.ts'
import type { Config } from '../config/config.ts'
import { ErrMessageSizeTooLarge, ErrNetworkException } from '../errors/kafka-errors.ts'
import { elapsed } from '../time.ts'
import { DeadlineTimer } from './deadline-timer.ts'

/** What a connection is to send, and who waits for what comes of it. */
interface Wanted<Request, Response> {
  readonly api: Api<Request, Response>
  readonly version: number
  readonly body: Input<Request>
  /** Whether the broker answers. */
  readonly answered: boolean
  /** How long the broker itself may take. */
  readonly waitMs: number
  resolve(response: Response): void
  reject(error: unknown): void
}

/** A request on its way, of whichever API. */
interface Call extends Wanted<never, unknown> {
  /** Of the clock; what is waited for until then is the answer. */
  deadline: number
  /** Its caller waits no longer. */
  abandoned: boolean
}

/** A call that waits for its answer. */
interface Sent {
  readonly call: Call
  readonly correlationId: number
}

/** Tokens of SASL v0: bytes after their length, without a header. */
interface RawCall {
  resolve(bytes: Buffer): void
  reject(error: unknown): void
}

/**
 * One open stream to a broker: requests go out in the order of the calls, no more than `net.maxOpenRequests` before they are answered, and answers come back
 * in the same order.
 */
export class Connection {
  private readonly stream: Duplex
  private readonly config: Config
  private readonly peer: string
  private readonly onClosed: () => void
  private readonly frames: FrameAssembler
  private readonly waiting: Call[] = []
  private readonly sent: Sent[] = []
  /** Calls that are not answered, until they are written. */
  private readonly posted = new Set<Call>()
  private raw: RawCall | undefined
  private correlationId = 0
  private readonly deadlines: DeadlineTimer
  /** Since when the stream has taken nothing of what was written to it; undefined when it has taken all. */
  private writingSince: number | undefined
  private corked = false
  /** Why it is over, if it is. */
  private end: { readonly why: string; readonly cause: unknown } | undefined
  private error: Error | undefined
  private readonly whenIdle: (() => void)[] = []

  /**
   * @param peer as errors name the broker
   * @param onClosed is called once, when the stream is over, for whatever reason
   */
  constructor(stream: Duplex, config: Config, peer: string, onClosed: () => void) {
    this.stream = stream
    this.config = config
    this.peer = peer
    this.onClosed = onClosed
    this.deadlines = new DeadlineTimer(
      config.clock,
      () => Math.min(this.answerBy, this.writtenBy),
      () => this.late(),
    )
    this.frames = new FrameAssembler(config.net.maxResponseSize, 'net.maxResponseSize')
    stream.on('data', (chunk: Buffer) => this.take(chunk))
    stream.on('error', (error: Error) => this.fail(error.message, error))
    stream.on('end', () => this.fail('the broker closed the connection'))
    stream.on('close', () => this.fail('the connection was closed'))
    if (stream.destroyed) this.fail(stream.errored?.message ?? 'the connection was closed', stream.errored)
  }

  get isOpen(): boolean {
    return this.end === undefined
  }

  /** Requests that wait for their answer, or to be sent. */
  get pending(): number {
    return this.sent.length + this.posted.size + this.waiting.length
  }

  /**
   * Sends a request in one version and waits for its answer.
   * @throws ErrNetworkException when the connection is or gets lost, or no answer comes in time; ErrMessageSizeTooLarge above `net.maxRequestSize`
   */
  send<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Input<Request>,
    { signal }: CallOptions = {},
    waitMs = 0,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.enqueue(callOf({ api, version, body, answered: true, waitMs, resolve, reject }), signal)
    })
  }

  /** Sends a request that is not answered; resolves when it is written. */
  post<Request>(
    api: Api<Request, unknown>,
    version: number,
    body: Input<Request>,
    { signal }: CallOptions = {},
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.enqueue(callOf({ api, version, body, answered: false, waitMs: 0, resolve: () => resolve(), reject }), signal)
    })
  }

  /** Sends bytes after their length, and waits for bytes after theirs: the tokens of SASL before Kafka 1.0. */
  exchangeRaw(bytes: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(this.failure)
      this.raw = { resolve, reject }
      const length = Buffer.allocUnsafe(4)
      length.writeInt32BE(bytes.length)
      this.write([length, bytes])
    })
  }

  /** Resolves when nothing waits for an answer any more, or the connection is lost. */
  drained(): Promise<void> {
    if (!this.isOpen || this.pending === 0) return Promise.resolve()
    return new Promise((resolve) => this.whenIdle.push(resolve))
  }

  /** Ends it; what waits for an answer fails. */
  close(why = 'the connection was closed by the client'): void {
    this.fail(why)
  }

  private enqueue(call: Call, signal: AbortSignal | undefined): void {
    if (!this.isOpen) {
      call.reject(this.failure)
      return
    }
    if (signal !== undefined) this.obey(signal, call)
    if (call.abandoned) return
    if (this.sent.length >= this.config.net.maxOpenRequests) this.waiting.push(call)
    else this.start(call)
  }

  /** Ends the wait of a call with its signal. What was sent already is answered all the same, to nobody. */
  private obey(signal: AbortSignal, call: Call): void {
    const abort = (): void => {
      call.abandoned = true
      const place = this.waiting.indexOf(call)
      if (place >= 0) this.waiting.splice(place, 1)
      call.reject(signal.reason)
    }
    if (signal.aborted) {
      abort()
      return
    }
    signal.addEventListener('abort', abort, { once: true })
    const { resolve, reject } = call
    const resolved = (response: unknown): void => {
      signal.removeEventListener('abort', abort)
      resolve(response)
    }
    const rejected = (error: unknown): void => {
      signal.removeEventListener('abort', abort)
      reject(error)
    }
    call.resolve = resolved
    call.reject = rejected
  }

  private start(call: Call): void {
    const { api, version } = call
    const correlationId = this.correlationId
    this.correlationId = (correlationId + 1) & 0x7fff_ffff
    let slices: Buffer[]
    try {
      slices = encodeRequest(api, version, { correlationId, clientId: this.config.clientID }, call.body)
      const size = slices.reduce((sum, slice) => sum + slice.length, -4)
      const { maxRequestSize } = this.config.net
      if (size > maxRequestSize) {
        throw new ErrMessageSizeTooLarge(
          `kafka: a request of ${size} bytes, more than net.maxRequestSize=${maxRequestSize}`,
        )
      }
    } catch (error) {
      call.reject(error)
      return
    }
    call.deadline = elapsed(this.config.clock) + this.config.net.readTimeout + call.waitMs
    if (call.answered) {
      this.sent.push({ call, correlationId })
      this.write(slices)
    } else {
      this.posted.add(call)
      this.write(slices, () => this.wasPosted(call))
    }
    this.deadlines.watch()
  }

  private wasPosted(call: Call): void {
    this.posted.delete(call)
    call.resolve(undefined)
    if (this.pending === 0) this.rest()
  }

  private write(slices: readonly Uint8Array[], written?: () => void): void {
    const { stream } = this
    if (!this.corked) {
      // What is sent in the same turn goes out in one write.
      this.corked = true
      stream.cork()
      process.nextTick(() => {
        this.corked = false
        stream.uncork()
      })
    }
    this.writingSince ??= elapsed(this.config.clock)
    for (const [index, slice] of slices.entries()) {
      if (index < slices.length - 1) stream.write(slice)
      else {
        stream.write(slice, (error) => {
          if (error !== null && error !== undefined) this.fail(error.message, error)
          if (!this.isOpen) return
          // A line that is never idle is not a line that takes nothing.
          this.writingSince = stream.writableLength === 0 ? undefined : elapsed(this.config.clock)
          written?.()
        })
      }
    }
  }

  private take(chunk: Buffer): void {
    this.frames.push(chunk)
    try {
      for (let frame = this.frames.next(); frame !== undefined; frame = this.frames.next()) {
        this.answer(frame)
        if (!this.isOpen) return
      }
    } catch (error) {
      this.fail((error as Error).message, error)
    }
  }

  private answer(frame: Buffer): void {
    const { raw } = this
    if (raw !== undefined) {
      this.raw = undefined
      raw.resolve(frame)
      return
    }
    const head = this.sent.shift()
    if (head === undefined) {
      this.fail('an answer came to no request')
      return
    }
    const { call, correlationId } = head
    let header: { value: ResponseHeader; end: number }
    try {
      header = ResponseHeader.decodePart(frame, call.api.responseHeaderVersion(call.version), 0)
    } catch (error) {
      // It is among those no more that `fail` tells.
      call.reject(this.lost((error as Error).message))
      throw error
    }
    const { value, end } = header
    if (value.correlationId !== correlationId) {
      call.reject(this.lost(`answer ${value.correlationId} came where ${correlationId} was due`))
      this.fail('the answers are out of order')
      return
    }
    this.settle(call, frame, end)
    while (this.sent.length < this.config.net.maxOpenRequests && this.waiting.length > 0) {
      this.start(this.waiting.shift() as Call)
    }
    if (this.pending === 0) this.rest()
    // What was waited for until now may have been given longer.
    else this.deadlines.watch()
  }

  private settle(call: Call, frame: Buffer, offset: number): void {
    if (call.abandoned) return
    let response: unknown
    try {
      response = call.api.response.decode(frame, answerVersion(call, frame, offset), offset, 'ignore')
    } catch (error) {
      call.reject(error)
      return
    }
    call.resolve(response)
  }

  /** When the oldest request is to be answered; infinite when none waits for its answer. */
  private get answerBy(): number {
    return this.sent[0]?.call.deadline ?? Number.POSITIVE_INFINITY
  }

  /** When the stream is to have taken something of what it has not; infinite when it has taken all. */
  private get writtenBy(): number {
    return this.writingSince === undefined ? Number.POSITIVE_INFINITY : this.writingSince + this.config.net.writeTimeout
  }

  private late(): void {
    const isUnanswered = this.answerBy <= this.writtenBy
    const what = isUnanswered ? `did not answer ${this.sent[0]?.call.api.name} in time` : 'takes no more bytes'
    this.fail(`the broker ${what}`)
  }

  private rest(): void {
    for (const resolve of this.whenIdle.splice(0)) resolve()
    if (this.writingSince === undefined) this.deadlines.stop()
  }

  private fail(why: string, cause?: unknown): void {
    if (!this.isOpen) return
    this.end = { why, cause }
    this.deadlines.stop()
    this.stream.destroy()
    for (const { call } of this.sent.splice(0)) call.reject(this.failure)
    // Not every stream that is destroyed says so of what it has not taken.
    for (const call of this.posted) call.reject(this.failure)
    this.posted.clear()
    for (const call of this.waiting.splice(0)) call.reject(this.failure)
    this.raw?.reject(this.failure)
    for (const resolve of this.whenIdle.splice(0)) resolve()
    this.onClosed()
  }

  /** What all that it was asked for fails with. Most connections end without anything to do, and nobody hears of it. */
  private get failure(): Error {
    this.error ??= this.lost(this.end?.why ?? '', this.end?.cause)
    return this.error
  }

  private lost(why: string, cause?: unknown): Error {
    const error = new ErrNetworkException(`kafka: broker ${this.peer}: ${why}`)
    if (cause !== undefined && cause !== null) error.cause = cause
    return error
  }
}

function callOf<Request, Response>(wanted: Wanted<Request, Response>): Call {
  return { ...(wanted as unknown as Wanted<never, unknown>), deadline: Number.POSITIVE_INFINITY, abandoned: false }
}

/** KIP-511: a broker that does not know the version of an ApiVersions request says so in version 0. */
function answerVersion({ api, version }: Call, frame: Buffer, offset: number): number {
  const isRefusal = api.key === ApiVersions.key && frame.readInt16BE(offset) === ErrorCode.UNSUPPORTED_VERSION
  return isRefusal ? 0 : version
}
