import type { AnyHandler, UnhandledFrameHandle } from 'msw'
import { type HandlersController, NetworkFrame } from 'msw/experimental'
import type { KafkaCluster } from '../../../broker/cluster.ts'
import type { RequestEvent } from '../../../broker/events.ts'
import { KAFKA } from './kafka-handler.ts'

/** What a frame carries: a request that has reached a broker. */
export interface KafkaFrameData {
  readonly cluster: KafkaCluster
  readonly request: RequestEvent
}

/** What became of a request: a handler had a say in the answer, or the brokers alone. */
export type KafkaOutcome = 'mocked' | 'bypass'

/**
 * A request to a cluster, as msw's networks see it. The cluster asks the handlers, which it does within the request's own turn; the frame tells the
 * network what became of it. A request that no handler takes is served by the brokers, and is no mistake: of msw's ways to treat unhandled
 * frames a function alone is told of it.
 */
export class KafkaFrame extends NetworkFrame<typeof KAFKA, KafkaFrameData, Record<never, never>> {
  readonly #outcome: Promise<KafkaOutcome>

  constructor(data: KafkaFrameData, outcome: Promise<KafkaOutcome>) {
    super(KAFKA, data)
    this.#outcome = outcome
  }

  getHandlers(controller: HandlersController): AnyHandler[] {
    // msw's types have no such kind; its map of handlers takes any.
    return controller.getHandlersByKind(KAFKA as 'request')
  }

  async resolve(_: AnyHandler[], onUnhandledFrame: UnhandledFrameHandle): Promise<boolean | null> {
    if ((await this.#outcome) === 'mocked') return true
    if (typeof onUnhandledFrame === 'function') {
      const say = async (how: 'warn' | 'error'): Promise<void> => console[how](await this.getUnhandledMessage())
      try {
        await onUnhandledFrame({ frame: this, defaults: { warn: () => say('warn'), error: () => say('error') } })
      } catch (error) {
        // The brokers have answered: nobody is left to be told but who reads.
        console.error(error)
      }
    }
    return null
  }

  /** The brokers serve it already. */
  passthrough(): void {}

  /** Its answer is the cluster's: what is to go wrong is a handler's to say. */
  errorWith(reason?: unknown): void {
    const { api, requestId } = this.data.request
    throw new Error(`${api} request ${requestId} is served by the cluster: use a handler of kafka to have it fail`, {
      cause: reason,
    })
  }

  async getUnhandledMessage(): Promise<string> {
    const { api, version, nodeId, clientId } = this.data.request
    return `no handler took a Kafka request, which broker ${nodeId} served: ${api} v${version} of the client ${clientId ?? '(without an id)'}`
  }
}
