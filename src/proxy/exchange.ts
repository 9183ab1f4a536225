/** What the two directions of a connection know of each other. */
import type { Endpoint } from './endpoints.ts'
import type { RequestHead } from './request-head.ts'
import type { Shared } from './shared.ts'

/** Whose connection it is. */
export interface ConnectionPlace {
  readonly id: string
  readonly remoteHost: string
  /** Which address of this machine the client reached. */
  readonly localHost: string
  readonly endpoint: Endpoint
  readonly shared: Shared
}

/** An answer that upstream owes. */
export interface Expected extends RequestHead {
  /** Tokens of SASL have no header. */
  readonly isBare?: boolean
  /** Who wants it; otherwise it goes to the client. */
  readonly deliver?: (frame: Buffer) => void
  /** Takes what is answered to a Fetch of a session. */
  readonly session?: (errorCode: number, sessionId: number) => void
  /** How many exchanges of bare tokens follow if a SaslHandshake goes well. */
  readonly bareExchanges?: number
}

/** A connection, as its directions have it in hand. */
export interface Exchange {
  readonly place: ConnectionPlace
  /** What upstream owes, in its order. */
  readonly expected: Expected[]
  /** So many exchanges of tokens without a header come next. */
  bare: number
  readonly isClosed: boolean
  /** Whether upstream takes no more for now. */
  readonly isUpstreamBlocked: boolean
  /** Whether the client takes no more for now. */
  readonly isClientBlocked: boolean
  toUpstream(slices: readonly Buffer[]): void
  toClient(slices: readonly Buffer[]): void
  /** Goes on with the requests that have come. */
  workRequests(): void
  /** Goes on with the answers that have come. */
  workAnswers(): void
  /** Ends both sides; what was written before still leaves. */
  end(reason: string): void
}
