import { inspect } from 'node:util'
import { NetworkSource } from 'msw/experimental'
import { KafkaCluster } from '../../../broker/cluster.ts'
import type { RequestHandler } from '../../../intercept/handler.ts'
import type { HandlersInUse } from '../../../intercept/handler-list.ts'
import { KafkaFrame, type KafkaOutcome } from './kafka-frame.ts'

/** Gives the handlers for Kafka that are there, the first to be asked first. */
export type CurrentHandlers = () => readonly RequestHandler[]

/**
 * A cluster as a source of a network of msw: its frames are the requests that reach the brokers. While the network is enabled the cluster's
 * handlers are the network's; what `cluster.use` adds besides goes with the network's next `resetHandlers`.
 */
export class KafkaSource extends NetworkSource<KafkaFrame> {
  readonly cluster: KafkaCluster
  readonly #inUse = new Map<RequestHandler, HandlersInUse>()
  #current: CurrentHandlers = () => []
  #ends: (() => void)[] = []

  /** @throws TypeError for what is no cluster */
  constructor(cluster: KafkaCluster) {
    super()
    if (!(cluster instanceof KafkaCluster)) {
      throw new TypeError(`a KafkaSource wants a KafkaCluster, not ${inspect(cluster)}`)
    }
    this.cluster = cluster
  }

  /** @internal Whose handlers the cluster is to ask. */
  attach(current: CurrentHandlers): void {
    this.#current = current
  }

  override enable(): void {
    const { events } = this.cluster
    const open = new Map<number, { mocked: boolean; done: (outcome: KafkaOutcome) => void }>()
    this.#ends = [
      events.on('request:start', (request) => {
        const { promise, resolve } = Promise.withResolvers<KafkaOutcome>()
        open.set(request.requestId, { mocked: false, done: resolve })
        void this.queue(new KafkaFrame({ cluster: this.cluster, request }, promise))
      }),
      events.on('response:mocked', ({ requestId }) => {
        const request = open.get(requestId)
        if (request !== undefined) request.mocked = true
      }),
      events.on('request:end', ({ requestId }) => {
        const request = open.get(requestId)
        open.delete(requestId)
        request?.done(request.mocked ? 'mocked' : 'bypass')
      }),
    ]
    this.add(this.#current())
  }

  override disable(): void {
    super.disable()
    for (const end of this.#ends) end()
    this.letGo()
    this.#ends = []
  }

  /** @internal Has the cluster ask these before all others. */
  add(handlers: readonly RequestHandler[]): void {
    if (this.#ends.length === 0) return
    for (const handler of [...handlers].reverse()) {
      this.drop(handler)
      this.#inUse.set(handler, this.cluster.use(handler))
    }
  }

  /** @internal */
  drop(handler: RequestHandler): void {
    this.#inUse.get(handler)?.()
    this.#inUse.delete(handler)
  }

  /** @internal The cluster asks nobody any more, and requests that are held go their way. */
  letGo(): void {
    if (this.#ends.length === 0) return
    this.#inUse.clear()
    this.cluster.resetHandlers()
  }

  /** @internal */
  restore(): void {
    if (this.#ends.length > 0) this.cluster.restoreHandlers()
  }
}
