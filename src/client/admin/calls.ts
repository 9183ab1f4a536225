import { type Api, type Input, ProtocolError } from '../../protocol/message.ts'
import { backoffOf } from '../backoff.ts'
import type { BodyOf, Broker, RequestOptions } from '../broker.ts'
import type { CallOptions } from '../channel.ts'
import type { Client } from '../client.ts'
import type { Config } from '../config/config.ts'
import { ErrClosedClient } from '../errors/client-errors.ts'
import {
  ErrConsumerCoordinatorNotAvailable,
  ErrNetworkException,
  ErrNotController,
  ErrNotCoordinatorForConsumer,
  ErrOffsetsLoadInProgress,
  ErrUnsupportedVersion,
} from '../errors/kafka-errors.ts'
import { sleep } from '../time.ts'

/** How long the controller may take over elections and reassignments, in ms, when `admin.timeout` is not longer: as in Sarama. */
const LEAST_LONG_TIMEOUT_MS = 60_000

/** How an admin asks: whom, and how often. */
export class Calls {
  readonly client: Client
  private readonly closing = new AbortController()

  constructor(client: Client) {
    this.client = client
  }

  /** Ends the waits before retries. */
  close(): void {
    this.closing.abort(new ErrClosedClient())
  }

  get config(): Config {
    return this.client.config
  }

  /** For a request's `timeoutMs`, in ms. */
  get timeoutMs(): number {
    return this.config.admin.timeout
  }

  get longTimeoutMs(): number {
    return Math.max(this.timeoutMs, LEAST_LONG_TIMEOUT_MS)
  }

  /** Has the controller do something, and the next one when it is no longer the controller, or is gone. */
  onController<T>(options: CallOptions, attempt: (controller: Broker) => Promise<T>): Promise<T> {
    return this.retrying(
      options,
      isControllerGone,
      () => this.client.refreshController(options),
      async () => attempt(await this.client.controller(options)),
    )
  }

  /** Has any broker do something, and another one when it is gone. */
  onAnyBroker<T>(options: CallOptions, attempt: (broker: Broker) => Promise<T>): Promise<T> {
    const again = (): Promise<void> => this.client.refreshMetadata([], options)
    return this.retrying(options, isControllerGone, again, async () => attempt(await this.anyBroker(options)))
  }

  /** Has a broker do something that only that one can do. */
  onBroker<T>(id: number, options: CallOptions, attempt: (broker: Broker) => Promise<T>): Promise<T> {
    const again = (): Promise<void> => this.client.refreshMetadata([], options)
    return this.retrying(options, isControllerGone, again, async () => attempt(await this.brokerOf(id, options)))
  }

  /** Has every broker do something; asks all of them again when one is gone, those that metadata names then. */
  onEveryBroker<T>(options: CallOptions, attempt: (broker: Broker) => Promise<T>): Promise<T[]> {
    const again = (): Promise<void> => this.client.refreshMetadata([], options)
    return this.retrying(options, isCoordinatorGone, again, async () => {
      await this.anyBroker(options)
      return Promise.all(this.client.brokers.map(attempt))
    })
  }

  /** Has a group's coordinator do something, and the next one when it has moved. */
  onCoordinator<T>(group: string, options: CallOptions, attempt: (coordinator: Broker) => Promise<T>): Promise<T> {
    const again = (): Promise<void> => this.client.refreshCoordinator(group, options)
    return this.retrying(options, isCoordinatorGone, again, async () =>
      attempt(await this.client.coordinator(group, options)),
    )
  }

  /** The same with those of several groups, each asked for all of its groups at once. */
  onCoordinators<T>(
    groups: readonly string[],
    options: CallOptions,
    attempt: (coordinator: Broker, groups: string[]) => Promise<T>,
  ): Promise<T[]> {
    const find = (group: string): Promise<Broker> => this.client.coordinator(group, options)
    const again = (): Promise<unknown> =>
      Promise.all(groups.map((group) => this.client.refreshCoordinator(group, options)))
    return this.retrying(options, isCoordinatorGone, again, () => perBroker(groups, find, attempt))
  }

  onTransactionCoordinators<T>(
    ids: readonly string[],
    options: CallOptions,
    attempt: (coordinator: Broker, ids: string[]) => Promise<T>,
  ): Promise<T[]> {
    const find = (id: string): Promise<Broker> => this.client.transactionCoordinator(id, options)
    const again = (): Promise<unknown> =>
      Promise.all(ids.map((id) => this.client.refreshTransactionCoordinator(id, options)))
    return this.retrying(options, isCoordinatorGone, again, () => perBroker(ids, find, attempt))
  }

  /**
   * Does something, and again up to `admin.retry.max` times while its error may pass.
   * @param recover is tried before each retry; that it failed is left to the retry to find
   */
  async retrying<T>(
    { signal }: CallOptions,
    mayPass: (error: unknown) => boolean,
    recover: () => Promise<unknown>,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const { clock, random, admin } = this.config
    for (let retries = 0; ; retries++) {
      signal?.throwIfAborted()
      try {
        return await attempt()
      } catch (error) {
        if (!mayPass(error) || retries >= admin.retry.max || this.client.closed) throw error
      }
      const ended = signal === undefined ? this.closing.signal : AbortSignal.any([signal, this.closing.signal])
      await sleep(clock, backoffOf(admin.retry, retries + 1, random), ended)
      await recover().catch(() => {})
    }
  }

  /** A broker that is connected, the least loaded first; `client.brokers` is known then. */
  private async anyBroker(options: CallOptions): Promise<Broker> {
    if (this.client.brokers.length === 0) await this.client.controller(options)
    return this.client.leastLoadedBroker()
  }

  private async brokerOf(id: number, options: CallOptions): Promise<Broker> {
    if (this.client.brokers.length === 0) await this.client.controller(options)
    return this.client.broker(id)
  }
}

/**
 * Sends a request.
 * @throws ErrUnsupportedVersion too for what can be said in newer versions alone, ProtocolError for what can be said in none
 */
export async function ask<Request, Response>(
  broker: Broker,
  api: Api<Request, Response>,
  body: BodyOf<Request>,
  options: RequestOptions,
): Promise<Response> {
  try {
    return await broker.send(api, body, options)
  } catch (error) {
    // Only in writing has a ProtocolError no offset.
    if (!(error instanceof ProtocolError) || error.offset !== undefined || !canBeSaid(api, body)) throw error
    throw new ErrUnsupportedVersion(`kafka: broker ${broker.addr} cannot be told: ${error.message}`)
  }
}

/** Whether the newest version has words for it. */
function canBeSaid<Request>({ request }: Api<Request, unknown>, body: BodyOf<Request>): boolean {
  const newest = request.versions.max
  try {
    request.encode(typeof body === 'function' ? body(newest) : (body as Input<Request>), newest)
    return true
  } catch {
    return false
  }
}

function isControllerGone(error: unknown): boolean {
  return error instanceof ErrNotController || error instanceof ErrNetworkException
}

export function isCoordinatorGone(error: unknown): boolean {
  return (
    error instanceof ErrNotCoordinatorForConsumer ||
    error instanceof ErrConsumerCoordinatorNotAvailable ||
    error instanceof ErrOffsetsLoadInProgress ||
    error instanceof ErrNetworkException
  )
}

/** Finds the broker of each key, and has each broker do something with its keys. */
async function perBroker<T>(
  keys: readonly string[],
  find: (key: string) => Promise<Broker>,
  attempt: (broker: Broker, keys: string[]) => Promise<T>,
): Promise<T[]> {
  const found = await Promise.all(keys.map(async (key) => ({ key, broker: await find(key) })))
  const brokers = new Map<Broker, string[]>()
  for (const { key, broker } of found) brokers.set(broker, [...(brokers.get(broker) ?? []), key])
  return Promise.all([...brokers].map(([broker, own]) => attempt(broker, own)))
}
