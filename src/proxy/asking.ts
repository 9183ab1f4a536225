import { tellUnexpected } from '../broker/network/unexpected.ts'
import type { Answered } from '../broker/network/wire-faults.ts'
import { Signal } from '../broker/signal.ts'
import { type Reply, Waiting } from '../broker/waiting.ts'
import type { Struct } from '../intercept/entity-layout.ts'
import type { Names } from '../intercept/request-entries.ts'
import { decodeRequestHeader } from '../protocol/frame.ts'
import type { Exchange, Expected } from './exchange.ts'
import { LENGTH_BYTES } from './frame-cutter.ts'
import { type Arrived, Intercepted, isAnswered } from './intercepted.ts'
import type { RequestHead } from './request-head.ts'

/** What the requests of a connection come to that handlers are asked about, one at a time. */
export class Asking {
  private readonly exchange: Exchange
  private readonly names: Names
  private readonly expectationOf: (body: Struct, head: RequestHead) => Expected
  private busy = false
  private drop: () => void = () => {}

  /** @param expectationOf what is to be seen of the answer to a request */
  constructor(exchange: Exchange, expectationOf: (body: Struct, head: RequestHead) => Expected) {
    const { shared, endpoint } = exchange.place
    this.exchange = exchange
    this.expectationOf = expectationOf
    this.names = {
      topicName: (topicId) => shared.topics.nameOf(topicId),
      topicId: (name) => shared.topics.idOf(name),
      fetchSession: (sessionId, epoch) => endpoint.sessions.partitions(sessionId, epoch),
    }
  }

  /** Handlers are asked about a request. */
  get isBusy(): boolean {
    return this.busy
  }

  /** Waits for no answer any more. */
  giveUp(): void {
    this.drop()
  }

  /** Asks handlers about a request, and writes what they and upstream say to it. */
  ask(arrived: Arrived): void {
    const { shared, remoteHost, localHost, id: connectionId, endpoint } = this.exchange.place
    const { clock, queue, frames, interception } = shared
    const { api, version, frame } = arrived
    const clientId = decodeRequestHeader(frame.subarray(LENGTH_BYTES)).clientId
    const client = { id: clientId, host: remoteHost, connectionId }
    const { nodeId } = endpoint
    const { names } = this
    const intercepted = new Intercepted({
      arrived,
      client,
      nodeId,
      clock,
      queue,
      names,
      frames,
      hints: () => shared.leaders.hints((leaderId, upstream) => shared.find(leaderId, upstream, localHost)),
      send: (bytes, body) => this.pass(bytes, body, arrived),
    })
    const unexpected = (error: unknown): never => {
      const request = { nodeId, connectionId, api: api.name, version, clientId }
      tellUnexpected(shared.events, error, request, `client ${JSON.stringify(clientId)} sent ${api.name} v${version}`)
      throw new Error(`${api.name} v${version} met an unexpected error: ${error}`, { cause: error })
    }
    this.busy = true
    let isRunning = true
    const served = (): void => {
      this.busy = false
      if (!isRunning) this.exchange.workRequests()
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
          this.exchange.end((told as Error).message)
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
    const { exchange } = this
    const { queue } = exchange.place.shared
    this.drop = queue.await(reply, {
      done: ({ frames, close, rest }) => {
        if (exchange.isClosed) return
        exchange.toClient(frames)
        if (close !== undefined) exchange.end(close)
        if (rest === undefined) served()
        else queue.post(() => this.answerClient(rest, served))
      },
      failed: (error) => {
        exchange.end(error instanceof Error ? error.message : String(error))
        served()
      },
    })
  }

  /** Sends a request upstream, and waits for its answer. */
  private pass(bytes: readonly Buffer[], body: Struct, arrived: Arrived): Reply<Buffer | undefined> {
    const { exchange } = this
    const { api, version, correlationId } = arrived
    if (!isAnswered(api, body)) {
      exchange.toUpstream(bytes)
      return undefined
    }
    const came = new Signal()
    let answer: Buffer | undefined
    const deliver = (frame: Buffer): void => {
      answer = frame
      exchange.place.shared.queue.turn(() => came.mark())
    }
    const head = { apiKey: api.key, version, correlationId }
    exchange.expected.push({ ...this.expectationOf(body, head), deliver })
    exchange.toUpstream(bytes)
    return Waiting.until<Buffer>({ on: [came], ask: () => answer })
  }
}
