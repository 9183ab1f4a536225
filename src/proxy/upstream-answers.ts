import { ErrorCode } from '../protocol/errors.ts'
import type { HostPort } from '../protocol/host-port.ts'
import { ProtocolError } from '../protocol/message.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import { tellsAddressesIn } from './addresses.ts'
import { knownApi, type Unheard } from './answers.ts'
import type { Exchange, Expected } from './exchange.ts'
import { type FrameSink, type Judgement, LENGTH_BYTES } from './frame-cutter.ts'
import { isKnown } from './served-versions.ts'
import { tellsTopics } from './topic-names.ts'

/** As much of a Fetch answer as tells its error and its session: length, correlation id, throttle time, error code, session id. */
const FETCH_HEAD = LENGTH_BYTES + 4 + 4 + 2 + 4

/** What upstream sends. Answers that tell nothing a client must not see go through as they come. */
export class UpstreamAnswers implements FrameSink {
  private readonly exchange: Exchange
  /** An answer waits until somebody listens where it says that a node is. */
  private settling = false

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
    this.exchange.expected.shift()
    return 'through'
  }

  /** An answer that is read on its way. */
  whole(frame: Buffer): void {
    const { exchange } = this
    const expected = exchange.expected[0] as Expected
    const { apiKey, version } = expected
    const { shared, localHost } = exchange.place
    const api = knownApi(apiKey, version)
    let bytes = frame
    try {
      if (api !== undefined) {
        const find = (nodeId: number, upstream: HostPort): HostPort | undefined =>
          shared.find(nodeId, upstream, localHost)
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
          if (errorCode === ErrorCode.NONE) exchange.bare = expected.bareExchanges
        }
        if (expected.session !== undefined) noteSession(frame, version, expected.session)
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      throw new Error(`an answer of upstream cannot be read: ${error.message}`, { cause: error })
    }
    exchange.expected.shift()
    if (expected.deliver === undefined) exchange.toClient([bytes])
    else expected.deliver(bytes)
  }

  /** Keeps an answer, and all behind it, until somebody listens in front of every node that it tells of. */
  private settle(frame: Buffer, unheard: readonly Unheard[]): void {
    const { exchange } = this
    this.settling = true
    exchange.place.shared.listen(unheard).then(
      () => {
        this.settling = false
        if (exchange.isClosed) return
        try {
          this.whole(frame)
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

/** Reads the error and the session of an answer to a Fetch. */
function noteSession(frame: Buffer, version: number, session: NonNullable<Expected['session']>): void {
  const at = LENGTH_BYTES + 4 + (version >= 12 ? 1 : 0) + 4
  if (frame.length >= at + 6) session(frame.readInt16BE(at), frame.readInt32BE(at + 2))
}
