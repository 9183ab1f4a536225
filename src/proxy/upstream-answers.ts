import { ErrorCode } from '../protocol/errors.ts'
import type { HostPort } from '../protocol/host-port.ts'
import { type AnyApi, ProtocolError } from '../protocol/message.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import { tellsAddressesIn } from './addresses.ts'
import { knownApi, readable, type Unheard } from './answers.ts'
import type { Exchange, Expected } from './exchange.ts'
import { type FrameSink, type Judgement, LENGTH_BYTES, type Walk } from './frame-cutter.ts'
import { tellsTopics } from './topic-names.ts'

/** As much of a Fetch answer as tells its error and its session: length, correlation id, throttle time, error code, session id. */
const FETCH_HEAD = LENGTH_BYTES + 4 + 4 + 2 + 4

/** What upstream sends. Answers that tell nothing a client must not see go through as they come. */
export class UpstreamAnswers implements FrameSink {
  private readonly exchange: Exchange
  /** An answer waits until somebody listens where it says that a node is. */
  private settling = false
  /** The answer that is walked over, or was last. */
  private walked: Walked | undefined

  constructor(exchange: Exchange) {
    this.exchange = exchange
  }

  /** An answer waits until somebody listens where it says that a node is. */
  get isSettling(): boolean {
    return this.settling
  }

  isReady(): boolean {
    const { isClosed, isClientBlocked } = this.exchange
    return !isClosed && !this.settling && !isClientBlocked
  }

  through(bytes: Buffer): void {
    this.exchange.toClient([bytes])
  }

  judge(bytes: Buffer, size: number): Judgement {
    const [expected] = this.exchange.expected
    if (expected === undefined) throw new Error('upstream sent what nobody asked for')
    const { apiKey, version, session } = expected
    if (expected.isBare !== true) {
      if (size < LENGTH_BYTES + 4) throw new Error('upstream sent an answer without a header')
      if (bytes.length < LENGTH_BYTES + 4) return undefined
      const correlationId = bytes.readInt32BE(LENGTH_BYTES)
      if (correlationId !== expected.correlationId) {
        throw new Error(`upstream answered request ${correlationId} where ${expected.correlationId} was due`)
      }
      const api = knownApi(apiKey, version)
      const isRead =
        expected.deliver !== undefined ||
        expected.bareExchanges !== undefined ||
        apiKey === ApiVersions.key ||
        (api !== undefined && (tellsAddressesIn(apiKey, version) === 'somewhere' || tellsTopics(apiKey, version)))
      if (isRead) return 'whole'
      if (session !== undefined) {
        const at = FETCH_HEAD + (version >= 12 ? 1 : 0)
        if (size >= at && bytes.length < at) return undefined
      }
      const judgement = api === undefined ? 'through' : this.byItsEnd(api, version, bytes, size)
      if (judgement === 'whole') return 'whole'
      if (session !== undefined) noteSession(bytes, version, session)
      this.exchange.expected.shift()
      return judgement
    }
    this.exchange.expected.shift()
    return 'through'
  }

  /** What becomes of an answer that tells addresses at its end, if anywhere. */
  private byItsEnd(api: AnyApi, version: number, bytes: Buffer, size: number): 'whole' | 'through' | Walk {
    const { shared, localHost } = this.exchange.place
    const end = shared.frames.endOf(api, version)
    if (end === undefined) return 'through'
    if (bytes.length >= size) {
      return telling(() => shared.frames.hasAddresses(api, version, bytes.subarray(0, size))) ? 'whole' : 'through'
    }
    // Its length leaves before its end is here.
    if (!shared.fits(localHost)) return 'whole'
    this.walked = { api, version }
    const walk = end.walk(size)
    return { over: (chunk) => telling(() => readable(api, version, () => walk.over(chunk))) }
  }

  /** An answer that is read on its way. */
  whole(frame: Buffer): void {
    const { exchange } = this
    const expected = exchange.expected[0] as Expected
    const { apiKey, version } = expected
    const { shared } = exchange.place
    const api = knownApi(apiKey, version)
    let pieces: readonly Buffer[] = [frame]
    if (api !== undefined) {
      const rewritten = telling(() => shared.frames.rewritten(api, version, frame, this.find))
      if ('unheard' in rewritten) {
        this.settle(rewritten.unheard, () => this.whole(frame))
        return
      }
      pieces = rewritten
      telling(() => {
        if (tellsTopics(apiKey, version)) {
          const told = shared.frames.decode(api, version, frame)
          shared.topics.note(told)
          shared.leaders.note(told)
        }
        if (apiKey === ApiVersions.key) pieces = shared.frames.served(version, frame, shared.unknown)
        if (expected.bareExchanges !== undefined) {
          const { errorCode } = shared.frames.decode(api, version, frame)
          if (errorCode === ErrorCode.NONE) exchange.bare = expected.bareExchanges
        }
        if (expected.session !== undefined) noteSession(frame, version, expected.session)
      })
    }
    exchange.expected.shift()
    if (expected.deliver === undefined) exchange.toClient(pieces)
    else expected.deliver(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces))
  }

  /** The end of an answer, the rest of which has gone already. */
  tail(bytes: Buffer): void {
    const { api, version } = this.walked as Walked
    const rewritten = telling(() => this.exchange.place.shared.frames.rewrittenEnd(api, version, bytes, this.find))
    if ('unheard' in rewritten) this.settle(rewritten.unheard, () => this.tail(bytes))
    else this.exchange.toClient(rewritten)
  }

  /** Where clients find a node. */
  private readonly find = (nodeId: number, upstream: HostPort): HostPort | undefined => {
    const { shared, localHost } = this.exchange.place
    return shared.find(nodeId, upstream, localHost)
  }

  /** Keeps an answer, and all behind it, until somebody listens in front of every node that it tells of. */
  private settle(unheard: readonly Unheard[], goOn: () => void): void {
    const { exchange } = this
    this.settling = true
    exchange.place.shared.listen(unheard).then(
      () => {
        this.settling = false
        if (exchange.isClosed) return
        try {
          goOn()
        } catch (error) {
          exchange.end(error instanceof Error ? error.message : String(error))
        }
        exchange.workAnswers()
      },
      (error: Error) =>
        exchange.end(`there is no listening in front of a node that upstream tells of: ${error.message}`),
    )
  }
}

/** An answer that is walked over. */
interface Walked {
  readonly api: AnyApi
  readonly version: number
}

/** Tells whose fault it is that something cannot be read. */
function telling<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new Error(`an answer of upstream cannot be read: ${error.message}`, { cause: error })
  }
}

/** Reads the error and the session of an answer to a Fetch. */
function noteSession(frame: Buffer, version: number, session: NonNullable<Expected['session']>): void {
  const at = LENGTH_BYTES + 4 + (version >= 12 ? 1 : 0) + 4
  if (frame.length >= at + 6) session(frame.readInt16BE(at), frame.readInt32BE(at + 2))
}
