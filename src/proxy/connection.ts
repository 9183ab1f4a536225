import type { Socket } from 'node:net'
import type { Clock } from '../broker/clock.ts'
import type { Events } from '../broker/events.ts'
import type { Interception } from '../broker/network/interception.ts'
import { tellUnexpected } from '../broker/network/unexpected.ts'
import type { Answered } from '../broker/network/wire-faults.ts'
import { Signal } from '../broker/signal.ts'
import type { WaitQueue } from '../broker/wait-queue.ts'
import { type Reply, Waiting } from '../broker/waiting.ts'
import type { Struct } from '../intercept/entity-layout.ts'
import type { Names } from '../intercept/request-entries.ts'
import { apiInfo } from '../protocol/api-keys.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { decodeRequestHeader, encodeResponse } from '../protocol/frame.ts'
import type { HostPort } from '../protocol/host-port.ts'
import { type AnyApi, ProtocolError } from '../protocol/message.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import { Fetch, type FetchRequest } from '../protocol/messages/fetch.ts'
import { SaslHandshake } from '../protocol/messages/sasl-handshake.ts'
import { tellsAddressesIn } from './addresses.ts'
import { type Frames, knownApi, type Unheard } from './answers.ts'
import type { Endpoint } from './endpoints.ts'
import { FrameCutter, type FrameSink, type Judgement, LENGTH_BYTES } from './frame-cutter.ts'
import { type Arrived, Intercepted, isAnswered } from './intercepted.ts'
import { headOf, type RequestHead, SHORTEST_HEAD, wantsAnswer } from './request-head.ts'
import { bareExchanges } from './sasl.ts'
import { isKnown, isSeenThrough, type UnknownApis } from './served-versions.ts'
import { type TopicNames, tellsTopics } from './topic-names.ts'

/** What the connections of a proxy share. */
export interface Shared {
  readonly clock: Clock
  readonly queue: WaitQueue
  readonly events: Events
  readonly interception: Interception
  readonly frames: Frames
  readonly topics: TopicNames
  readonly unknown: UnknownApis
  /** Where a client that came in by an address of this machine finds a node; undefined where nobody listens in front of it yet. */
  find(nodeId: number, upstream: HostPort, localHost: string): HostPort | undefined
  /** Has someone listen in front of a node. */
  listen(unheard: readonly Unheard[]): Promise<unknown>
}

/** What a connection needs to know. */
export interface ProxyConnectionOptions {
  readonly id: string
  readonly remoteHost: string
  /** Which address of this machine the client reached. */
  readonly localHost: string
  readonly endpoint: Endpoint
  readonly shared: Shared
  /** Called once, when neither side is left. */
  onClose(connection: ProxyConnection, reason: string | undefined): void
}

/** An answer that upstream owes. */
interface Expected extends RequestHead {
  /** Tokens of SASL have no header. */
  readonly isBare?: boolean
  /** Who wants it; otherwise it goes to the client. */
  readonly deliver?: (frame: Buffer) => void
  /** Takes what is answered to a Fetch of a session. */
  readonly session?: (errorCode: number, sessionId: number) => void
  /** How many exchanges of bare tokens follow if a SaslHandshake goes well. */
  readonly bareExchanges?: number
}

/** As much of a Fetch answer as tells its error and its session: length, correlation id, throttle time, error code, session id. */
const FETCH_HEAD = LENGTH_BYTES + 4 + 4 + 2 + 4

/** So much may wait for a side to take it before the other is held up: the next frame is read while the last one leaves. */
const UNSENT_BYTES = 1 << 21

/** Frames below this are copied where they are kept. */
const PINNED_BYTES = 8192

/**
 * One client's connection and the one to upstream that goes with it. What no handler is about goes through as it comes, in both directions at once;
 * a request that handlers are asked about waits until all before it are answered, and all behind it wait for it, as at a broker.
 */
export class ProxyConnection {
  readonly id: string
  private readonly options: ProxyConnectionOptions
  private readonly shared: Shared
  private readonly client: Socket
  private readonly upstream: Socket
  private readonly requests = new FrameCutter()
  private readonly answers = new FrameCutter()
  private readonly expected: Expected[] = []
  private readonly names: Names
  /** A request that is not let through before all before it are answered. */
  private held: Buffer | undefined
  /** Handlers are asked about a request. */
  private busy = false
  /** An answer waits until somebody listens where it says that a node is. */
  private settling = false
  private clientBlocked = false
  private upstreamBlocked = false
  /** So many exchanges of tokens without a header come next. */
  private bare = 0
  private closed = false
  private open = 2
  private reason: string | undefined
  private giveUp: () => void = () => {}

  constructor(client: Socket, upstream: Socket, options: ProxyConnectionOptions) {
    const { id, shared, endpoint } = options
    this.id = id
    this.options = options
    this.shared = shared
    this.client = client
    this.upstream = upstream
    this.names = {
      topicName: (topicId) => shared.topics.nameOf(topicId),
      topicId: (name) => shared.topics.idOf(name),
      fetchSession: (sessionId, epoch) => endpoint.sessions.partitions(sessionId, epoch),
    }
    client.on('data', (chunk: Buffer) => {
      this.requests.push(chunk)
      this.workRequests()
    })
    upstream.on('data', (chunk: Buffer) => {
      this.answers.push(chunk)
      this.workAnswers()
    })
    client.on('drain', () => {
      this.clientBlocked = false
      this.workAnswers()
    })
    upstream.on('drain', () => {
      this.upstreamBlocked = false
      this.workRequests()
    })
    client.on('error', (error) => this.end(error.message))
    client.on('end', () => this.end())
    client.on('close', () => this.sideClosed())
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.client.resetAndDestroy()
      this.end(`upstream: ${error.message || error.code}`)
    })
    upstream.on('end', () => this.end('upstream closed the connection'))
    upstream.on('close', () => this.sideClosed())
  }

  /** Ends both sides; what was written before still leaves. */
  end(reason?: string): void {
    if (this.closed) return
    this.closed = true
    this.reason ??= reason
    this.giveUp()
    finish(this.client)
    // What the client has sent reaches upstream, which is heard to its end.
    this.upstream.resume()
    if (this.upstream.connecting && this.upstream.writableLength === 0) this.upstream.destroy()
    else this.upstream.end()
  }

  /** Ends both sides at once. */
  destroy(): void {
    this.closed = true
    this.giveUp()
    this.client.destroy()
    this.upstream.destroy()
  }

  private sideClosed(): void {
    this.end()
    if (--this.open === 0) this.options.onClose(this, this.reason)
  }

  private workRequests(): void {
    this.work(this.upstream, this.requests, this.fromClient)
    this.flow()
  }

  private workAnswers(): void {
    this.work(this.client, this.answers, this.fromUpstream)
    // Whoever had to wait for these answers may go on.
    if (!this.closed && !this.busy && (this.held !== undefined || this.requests.bufferedBytes > 0)) this.workRequests()
    else this.flow()
  }

  private work(to: Socket, cutter: FrameCutter, sink: FrameSink): void {
    if (this.closed) return
    // What came together leaves together.
    to.cork()
    try {
      if (sink === this.fromClient) this.serveHeld()
      cutter.cut(sink)
    } catch (error) {
      this.end(error instanceof Error ? error.message : String(error))
    } finally {
      to.uncork()
    }
  }

  /** Lets each side feel it when the other does not take what it sends. */
  private flow(): void {
    if (this.closed) return
    const isHeld = this.busy || this.held !== undefined
    paused(this.client, this.upstreamBlocked || (isHeld && this.requests.bufferedBytes > 0))
    paused(this.upstream, this.clientBlocked || this.settling)
  }

  private readonly fromClient: FrameSink = {
    isReady: () => !this.closed && !this.busy && this.held === undefined && !this.upstreamBlocked,
    judge: (bytes, size) => this.judgeRequest(bytes, size),
    whole: (frame) => {
      this.held = frame
      this.serveHeld()
    },
    through: (bytes) => this.toUpstream([bytes]),
  }

  private readonly fromUpstream: FrameSink = {
    isReady: () => !this.closed && !this.settling && !this.clientBlocked,
    judge: (bytes, size) => this.judgeAnswer(bytes, size),
    whole: (frame) => this.answered(frame),
    through: (bytes) => this.toClient([bytes]),
  }

  private judgeRequest(bytes: Buffer, size: number): Judgement {
    if (this.bare > 0) {
      this.bare--
      this.expected.push({ apiKey: -1, version: 0, correlationId: 0, isBare: true })
      return 'through'
    }
    // Too short for a request: upstream says what it thinks of it.
    if (size < SHORTEST_HEAD) return 'through'
    if (bytes.length < SHORTEST_HEAD) return undefined
    const head = headOf(bytes)
    if (this.isWanted(head)) return 'whole'
    const answered = wantsAnswer(bytes, head)
    // A frame that is here and does not tell is none that upstream can read.
    if (answered === undefined && bytes.length < size) return undefined
    if (answered !== false) this.expected.push(head)
    return 'through'
  }

  /** Whether a request does not just go through. */
  private isWanted({ apiKey, version }: RequestHead): boolean {
    if (apiKey === Fetch.key && version >= 7) return true
    if (apiKey === SaslHandshake.key && version === 0) return true
    if (!isKnown(apiKey, version)) return apiInfo.has(apiKey) && (isSeenThrough(apiKey) || apiKey === ApiVersions.key)
    return this.shared.interception.wants(apiKey)
  }

  /** Serves the request that is held, as soon as it can be. */
  private serveHeld(): void {
    const frame = this.held
    if (frame === undefined || this.closed || this.busy) return
    const head = headOf(frame)
    const api = knownApi(head.apiKey, head.version)
    const isAsked = api !== undefined && this.shared.interception.wants(head.apiKey)
    // As at a broker, one is answered before the next is looked at.
    if ((isAsked || api === undefined) && this.expected.length > 0) return
    this.held = undefined
    if (api === undefined) this.refuse(head)
    else {
      // What handlers were called for is remembered: a small frame is not to keep all alive that came with it.
      const arrived = arrivedAs(api, head, isAsked && frame.length < PINNED_BYTES ? Buffer.from(frame) : frame)
      if (arrived === undefined) this.send([frame], head)
      else if (isAsked) this.askHandlers(arrived)
      else this.send([frame], this.expectationOf(arrived.body, head))
    }
  }

  /** A version that clients were not told of. */
  private refuse({ apiKey, version, correlationId }: RequestHead): void {
    if (apiKey !== ApiVersions.key) {
      this.end(`it sent ${apiInfo.get(apiKey)?.name} v${version}, which memkafka does not know and has hidden`)
      return
    }
    // KIP-511: told in version 0, with the versions of ApiVersions that there are.
    const { min: minVersion, max: maxVersion } = ApiVersions.versions
    const apiKeys = [{ apiKey, minVersion, maxVersion }]
    this.toClient(encodeResponse(ApiVersions, 0, correlationId, { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys }))
  }

  /** What is to be seen of the answer to a request that is read on its way. */
  private expectationOf(body: Struct, head: RequestHead): Expected {
    if (head.apiKey === Fetch.key && head.version >= 7) {
      const session = this.options.endpoint.sessions.asked(head.version, body as Struct & FetchRequest)
      return { ...head, session }
    }
    if (head.apiKey === SaslHandshake.key && head.version === 0) {
      const exchanges = bareExchanges(body.mechanism as string)
      if (exchanges === undefined) this.end(`it wants SASL ${body.mechanism} without KIP-152, which cannot be followed`)
      else return { ...head, bareExchanges: exchanges }
    }
    return head
  }

  private send(frame: readonly Buffer[], expected: Expected): void {
    this.expected.push(expected)
    this.toUpstream(frame)
  }

  private askHandlers(arrived: Arrived): void {
    const { shared, options } = this
    const { clock, queue, frames, interception } = shared
    const { api, version, frame } = arrived
    const clientId = decodeRequestHeader(frame.subarray(LENGTH_BYTES)).clientId
    const client = { id: clientId, host: options.remoteHost, connectionId: this.id }
    const { nodeId } = options.endpoint
    const { names } = this
    const intercepted = new Intercepted({
      arrived,
      client,
      nodeId,
      clock,
      queue,
      names,
      frames,
      send: (bytes, body) => this.exchange(bytes, body, arrived),
    })
    const unexpected = (error: unknown): never => {
      const request = { nodeId, connectionId: this.id, api: api.name, version, clientId }
      tellUnexpected(shared.events, error, request, `client ${JSON.stringify(clientId)} sent ${api.name} v${version}`)
      throw new Error(`${api.name} v${version} met an unexpected error: ${error}`, { cause: error })
    }
    this.busy = true
    let isRunning = true
    const served = (): void => {
      this.busy = false
      if (!isRunning) this.workRequests()
    }
    queue.perform(() => {
      let reply: Reply<Answered>
      try {
        const given = intercepted.answer(interception)
        reply = given instanceof Waiting ? given.recover(unexpected) : given
      } catch (error) {
        try {
          unexpected(error)
        } catch (told) {
          this.end((told as Error).message)
        }
        served()
        return
      }
      this.answerClient(reply, served)
    })
    isRunning = false
  }

  /** Writes what an answer comes to, be it in several parts, and says when the next request can be served. */
  private answerClient(reply: Reply<Answered>, served: () => void): void {
    const { queue } = this.shared
    this.giveUp = queue.await(reply, {
      done: ({ frames, close, rest }) => {
        if (this.closed) return
        this.client.cork()
        this.toClient(frames)
        this.client.uncork()
        if (close !== undefined) this.end(close)
        if (rest === undefined) served()
        else queue.post(() => this.answerClient(rest, served))
      },
      failed: (error) => {
        this.end(error instanceof Error ? error.message : String(error))
        served()
      },
    })
  }

  /** Sends a request upstream, and waits for its answer. */
  private exchange(bytes: readonly Buffer[], body: Struct, arrived: Arrived): Reply<Buffer | undefined> {
    const { api, version, correlationId } = arrived
    if (!isAnswered(api, body)) {
      this.toUpstream(bytes)
      return undefined
    }
    const came = new Signal()
    let answer: Buffer | undefined
    const deliver = (frame: Buffer): void => {
      answer = frame
      this.shared.queue.turn(() => came.mark())
    }
    const head = { apiKey: api.key, version, correlationId }
    this.send(bytes, { ...this.expectationOf(body, head), deliver })
    return Waiting.until<Buffer>({ on: [came], ask: () => answer })
  }

  private judgeAnswer(bytes: Buffer, size: number): Judgement {
    const expected = this.expected[0]
    if (expected === undefined) throw new Error('upstream sent what nobody asked for')
    const { apiKey, version, session } = expected
    if (expected.isBare !== true) {
      if (size < LENGTH_BYTES + 4) throw new Error('upstream sent an answer without a header')
      if (bytes.length < LENGTH_BYTES + 4) return undefined
      const correlationId = bytes.readInt32BE(LENGTH_BYTES)
      if (correlationId !== expected.correlationId) {
        throw new Error(`upstream answered request ${correlationId} where ${expected.correlationId} was due`)
      }
      const isRead =
        expected.deliver !== undefined ||
        expected.bareExchanges !== undefined ||
        apiKey === ApiVersions.key ||
        (isKnown(apiKey, version) && (tellsAddressesIn(apiKey, version) !== undefined || tellsTopics(apiKey, version)))
      if (isRead) return 'whole'
      if (session !== undefined) {
        const at = FETCH_HEAD + (version >= 12 ? 1 : 0)
        if (size >= at && bytes.length < at) return undefined
        noteSession(bytes, version, session)
      }
    }
    this.expected.shift()
    return 'through'
  }

  /** An answer that is read on its way. */
  private answered(frame: Buffer): void {
    const expected = this.expected[0] as Expected
    const { apiKey, version } = expected
    const { shared, options } = this
    const api = knownApi(apiKey, version)
    let bytes = frame
    try {
      if (api !== undefined) {
        const find = (nodeId: number, upstream: HostPort): HostPort | undefined =>
          shared.find(nodeId, upstream, options.localHost)
        const rewritten = shared.frames.rewritten(api, version, frame, find)
        if (!Buffer.isBuffer(rewritten)) {
          this.settle(frame, rewritten.unheard)
          return
        }
        bytes = rewritten
        if (tellsTopics(apiKey, version)) shared.topics.note(shared.frames.decode(api, version, frame))
        if (apiKey === ApiVersions.key) bytes = shared.frames.served(version, frame, shared.unknown)
        if (expected.bareExchanges !== undefined) {
          const { errorCode } = shared.frames.decode(api, version, frame)
          if (errorCode === ErrorCode.NONE) this.bare = expected.bareExchanges
        }
        if (expected.session !== undefined) noteSession(frame, version, expected.session)
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      throw new Error(`an answer of upstream cannot be read: ${error.message}`, { cause: error })
    }
    this.expected.shift()
    if (expected.deliver === undefined) this.toClient([bytes])
    else expected.deliver(bytes)
  }

  /** Keeps an answer, and all behind it, until somebody listens in front of every node that it tells of. */
  private settle(frame: Buffer, unheard: readonly Unheard[]): void {
    this.settling = true
    this.shared.listen(unheard).then(
      () => {
        this.settling = false
        if (this.closed) return
        this.client.cork()
        try {
          this.answered(frame)
        } catch (error) {
          this.end(error instanceof Error ? error.message : String(error))
        }
        this.client.uncork()
        this.workAnswers()
      },
      (error: Error) => this.end(`there is no listening in front of a node that upstream tells of: ${error.message}`),
    )
  }

  private toUpstream(slices: readonly Buffer[]): void {
    if (this.closed) return
    for (const slice of slices) this.upstream.write(slice)
    this.upstreamBlocked = this.upstream.writableLength > UNSENT_BYTES
  }

  private toClient(slices: readonly Buffer[]): void {
    if (this.closed) return
    for (const slice of slices) this.client.write(slice)
    this.clientBlocked = this.client.writableLength > UNSENT_BYTES
  }
}

/** Reads the error and the session of an answer to a Fetch. */
function noteSession(frame: Buffer, version: number, session: NonNullable<Expected['session']>): void {
  const at = LENGTH_BYTES + 4 + (version >= 12 ? 1 : 0) + 4
  if (frame.length >= at + 6) session(frame.readInt16BE(at), frame.readInt32BE(at + 2))
}

/** A request that can be read; undefined for one that upstream will have to say something about. */
function arrivedAs(api: AnyApi, { version, correlationId }: RequestHead, frame: Buffer): Arrived | undefined {
  try {
    const bodyOffset = LENGTH_BYTES + decodeRequestHeader(frame.subarray(LENGTH_BYTES)).bodyOffset
    // What follows a request nobody looks at.
    const body = api.request.decode(frame, version, bodyOffset, 'ignore') as Struct
    return { api, version, correlationId, body, frame, bodyOffset }
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

/** Ends the client's side: what was written still leaves, if the client reads it. */
function finish(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.writableLength === 0) socket.destroy()
  else socket.end(() => socket.destroy())
}

function paused(socket: Socket, isPaused: boolean): void {
  if (isPaused === socket.isPaused()) return
  if (isPaused) socket.pause()
  else socket.resume()
}
