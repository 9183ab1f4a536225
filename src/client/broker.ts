import type { Api, Input } from '../protocol/message.ts'
import type { CallOptions } from './channel.ts'

/** How one request is sent. */
export interface RequestOptions extends CallOptions {
  /** No version above this one is used. */
  readonly maxVersion?: number
  /** How long the broker itself may take before it answers, in ms: it comes on top of `net.readTimeout`. Default: 0. */
  readonly brokerWaitMs?: number
}

/** A body that depends on the version in which it is sent. */
export type BodyOf<Request> = Input<Request> | ((version: number) => Input<Request>)

/** A broker of the cluster, and a connection to it that is opened when it is first needed, and again when it was lost. */
export interface Broker {
  /** Kafka's `node.id`; -1 for an address that a client was given, before it is known who answers there. */
  readonly id: number
  /** `host:port` */
  readonly addr: string
  /** Kafka's `broker.rack`; null when it has none, or it is not known. */
  readonly rack: string | null
  readonly connected: boolean
  /** How many requests wait for their answer, or to be sent. */
  readonly pending: number
  /** The levels of the cluster's features by name (KIP-584), as told when the connection was opened; empty before, and below Kafka 2.7. */
  readonly finalizedFeatures: ReadonlyMap<string, number>
  /**
   * Opens the connection, if it is not open: TCP, TLS, ApiVersions, SASL.
   * @throws ErrNetworkException when nobody answers, the errors of SASL, ErrClosedClient
   */
  open(options?: CallOptions): Promise<void>
  /** The newest version of an API that both sides know, below `config.version`; opens the connection if need be. @throws ErrUnsupportedVersion */
  versionOf(
    api: Pick<Api<never, never>, 'key' | 'name' | 'versions' | 'latestVersionUnstable'>,
    options?: RequestOptions,
  ): Promise<number>
  /**
   * Sends a request and waits for its answer. Requests go out in the order of the calls, `net.maxOpenRequests` at once.
   * @throws ErrNetworkException when the connection is lost or no answer comes in time (the connection is closed then), ErrUnsupportedVersion; never for
   * an error code inside the answer
   */
  send<Request, Response>(
    api: Api<Request, Response>,
    body: BodyOf<Request>,
    options?: RequestOptions,
  ): Promise<Response>
  /** Sends a request that is not answered: Produce with acks 0. Resolves when it is written. */
  post<Request>(api: Api<Request, unknown>, body: BodyOf<Request>, options?: RequestOptions): Promise<void>
  /** Closes the connection; what waits for an answer fails. The next request opens it again. */
  close(): void
}
