import type { Struct } from '../intercept/entity-layout.ts'
import { apiInfo } from '../protocol/api-keys.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { decodeRequestHeader, encodeResponse } from '../protocol/frame.ts'
import { type AnyApi, ProtocolError } from '../protocol/message.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import { Fetch, type FetchRequest } from '../protocol/messages/fetch.ts'
import { SaslHandshake } from '../protocol/messages/sasl-handshake.ts'
import { knownApi } from './answers.ts'
import { Asking } from './asking.ts'
import type { Exchange, Expected } from './exchange.ts'
import { type FrameSink, type Judgement, LENGTH_BYTES } from './frame-cutter.ts'
import type { Arrived } from './intercepted.ts'
import { headOf, type RequestHead, SHORTEST_HEAD, wantsAnswer } from './request-head.ts'
import { bareExchanges } from './sasl.ts'
import { isKnown, isSeenThrough } from './served-versions.ts'

/**
 * What a client sends. What no handler is about goes through as it comes; a request that handlers are asked about waits until all before it are
 * answered, and all behind it wait for it, as at a broker.
 */
export class ClientRequests implements FrameSink {
  private readonly exchange: Exchange
  private readonly asking: Asking
  /** A request that is not let through before all before it are answered. */
  private held: Buffer | undefined

  constructor(exchange: Exchange) {
    this.exchange = exchange
    this.asking = new Asking(exchange, (body, head) => this.expectationOf(body, head))
  }

  /** Handlers are asked about a request. */
  get isBusy(): boolean {
    return this.asking.isBusy
  }

  /** A request waits for the answers to those before it. */
  get isHolding(): boolean {
    return this.held !== undefined
  }

  /** Waits for no answer any more. */
  giveUp(): void {
    this.asking.giveUp()
  }

  isReady(): boolean {
    const { isClosed, isUpstreamBlocked } = this.exchange
    return !isClosed && !this.isBusy && !this.isHolding && !isUpstreamBlocked
  }

  whole(frame: Buffer): void {
    this.held = frame
    this.serveHeld()
  }

  through(bytes: Buffer): void {
    this.exchange.toUpstream([bytes])
  }

  judge(bytes: Buffer, size: number): Judgement {
    const { exchange } = this
    if (exchange.bare > 0) {
      exchange.bare--
      exchange.expected.push({ apiKey: -1, version: 0, correlationId: 0, isBare: true })
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
    if (answered !== false) exchange.expected.push(head)
    return 'through'
  }

  /** Whether a request does not just go through. */
  private isWanted({ apiKey, version }: RequestHead): boolean {
    if (apiKey === Fetch.key && version >= 7) return true
    if (apiKey === SaslHandshake.key && version === 0) return true
    if (!isKnown(apiKey, version)) return apiInfo.has(apiKey) && (isSeenThrough(apiKey) || apiKey === ApiVersions.key)
    return this.exchange.place.shared.interception.wants(apiKey)
  }

  /** Serves the request that is held, as soon as it can be. */
  serveHeld(): void {
    const { held: frame, exchange } = this
    if (frame === undefined || exchange.isClosed || this.isBusy) return
    const head = headOf(frame)
    const api = knownApi(head.apiKey, head.version)
    const isAsked = api !== undefined && exchange.place.shared.interception.wants(head.apiKey)
    // As at a broker, one is answered before the next is looked at.
    if ((isAsked || api === undefined) && exchange.expected.length > 0) return
    this.held = undefined
    if (api === undefined) this.refuse(head)
    else {
      const arrived = arrivedAs(api, head, frame)
      if (arrived === undefined) this.send([frame], head)
      else if (isAsked) this.asking.ask(arrived)
      else this.send([frame], this.expectationOf(arrived.body, head))
    }
  }

  /** A version that clients were not told of. */
  private refuse({ apiKey, version, correlationId }: RequestHead): void {
    if (apiKey !== ApiVersions.key) {
      this.exchange.end(`it sent ${apiInfo.get(apiKey)?.name} v${version}, which memkafka does not know and has hidden`)
      return
    }
    // KIP-511: told in version 0, with the versions of ApiVersions that there are.
    const { min: minVersion, max: maxVersion } = ApiVersions.versions
    const apiKeys = [{ apiKey, minVersion, maxVersion }]
    this.exchange.toClient(
      encodeResponse(ApiVersions, 0, correlationId, { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys }),
    )
  }

  /** What is to be seen of the answer to a request that is read on its way. */
  private expectationOf(body: Struct, head: RequestHead): Expected {
    if (head.apiKey === Fetch.key && head.version >= 7) {
      const session = this.exchange.place.endpoint.sessions.asked(head.version, body as Struct & FetchRequest)
      return { ...head, session }
    }
    if (head.apiKey === SaslHandshake.key && head.version === 0) {
      const exchanges = bareExchanges(body.mechanism as string)
      if (exchanges === undefined)
        this.exchange.end(`it wants SASL ${body.mechanism} without KIP-152, which cannot be followed`)
      else return { ...head, bareExchanges: exchanges }
    }
    return head
  }

  private send(frame: readonly Buffer[], expected: Expected): void {
    this.exchange.expected.push(expected)
    this.exchange.toUpstream(frame)
  }
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
