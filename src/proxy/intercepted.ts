import type { Clock } from '../broker/clock.ts'
import type { Call } from '../broker/network/call.ts'
import type { Interception } from '../broker/network/interception.ts'
import { type Hints, withLeaderHints } from '../broker/network/leader-hints.ts'
import { type Answer, CLOSE_CONNECTION, NO_RESPONSE, type Outcome } from '../broker/network/outcome.ts'
import { type Answered, faulty } from '../broker/network/wire-faults.ts'
import type { WaitQueue } from '../broker/wait-queue.ts'
import { mapReply, type Reply } from '../broker/waiting.ts'
import type { Struct } from '../intercept/entity-layout.ts'
import type { Names } from '../intercept/request-entries.ts'
import { encodeResponse } from '../protocol/frame.ts'
import type { AnyApi } from '../protocol/message.ts'
import { Produce } from '../protocol/messages/produce.ts'
import type { Frames } from './answers.ts'

/** A request as it came. */
export interface Arrived {
  readonly api: AnyApi
  readonly version: number
  readonly correlationId: number
  readonly body: Struct
  /** With its length. */
  readonly frame: Buffer
  /** Where its message begins. */
  readonly bodyOffset: number
}

/** What a request that handlers are asked about is made with. */
export interface InterceptedOptions {
  readonly arrived: Arrived
  readonly client: Call['client']
  readonly nodeId: number
  readonly clock: Clock
  readonly queue: WaitQueue
  readonly names: Names
  readonly frames: Frames
  /** Whom upstream was seen to hold for leaders. */
  readonly hints: () => Hints
  /** Sends a request upstream; gives the frame of its answer, with addresses as clients are told them. Undefined: it wants none. */
  readonly send: (frame: readonly Buffer[], body: Struct) => Reply<Buffer | undefined>
}

/** A request that handlers are asked about, before it goes upstream or instead. */
export class Intercepted implements Call {
  readonly api: AnyApi
  readonly version: number
  readonly body: Struct
  readonly client: Call['client']
  readonly nodeId: number
  readonly clock: Clock
  readonly queue: WaitQueue
  readonly names: Names
  private readonly options: InterceptedOptions
  /** What upstream has answered. */
  private came: { readonly frame: Buffer; readonly answer: Struct } | undefined

  constructor(options: InterceptedOptions) {
    const { arrived, client, nodeId, clock, queue, names } = options
    this.options = options
    this.api = arrived.api
    this.version = arrived.version
    this.body = arrived.body
    this.client = client
    this.nodeId = nodeId
    this.clock = clock
    this.queue = queue
    this.names = names
  }

  /** What goes back to the client. */
  answer(interception: Interception): Reply<Answered> {
    const reply = interception.serve(this, (body) => this.pass(body as Struct))
    return mapReply(reply, ({ faults = [], ...outcome }) =>
      faults.reduce((answered, fault) => faulty(answered, fault, interception.random), this.written(outcome)),
    )
  }

  hinted(answer: Struct, names: Names): Struct {
    const { api, version, options } = this
    return withLeaderHints(answer, { apiKey: api.key, version }, options.hints(), names)
  }

  /** Sends it upstream, or what handlers have left of it. */
  private pass(body: Struct): Reply<Answer<unknown>> {
    const { send, frames, arrived } = this.options
    const { api, version, frame, bodyOffset } = arrived
    const isWhole = body === arrived.body
    const bytes = isWhole ? [frame] : frames.changedRequest(api, version, frame, bodyOffset, arrived.body, body)
    return mapReply(send(bytes, body), (answered): Answer<unknown> => {
      if (answered === undefined) return NO_RESPONSE
      const answer = frames.decode(api, version, answered)
      this.came = { frame: answered, answer }
      return answer
    })
  }

  /** What no handler has changed is written as it came. */
  private written({ answer, reason = 'which wants no answer' }: Outcome): Answered {
    if (answer === NO_RESPONSE) return { frames: [] }
    const { api, version } = this
    const { arrived, frames } = this.options
    if (answer === CLOSE_CONNECTION) return { frames: [], close: `${api.name} v${version}, ${reason}` }
    const { came } = this
    if (came === undefined) return { frames: encodeResponse(api, version, arrived.correlationId, answer as object) }
    if (answer === came.answer) return { frames: [came.frame] }
    // Decoded anew: whoever had it in his hands may have changed it.
    const before = frames.decode(api, version, came.frame)
    return { frames: frames.changed(api, version, came.frame, before, answer as Struct) }
  }
}

/** Whether upstream will answer a request. */
export function isAnswered({ key }: AnyApi, body: Struct): boolean {
  return key !== Produce.key || body.acks !== 0
}
