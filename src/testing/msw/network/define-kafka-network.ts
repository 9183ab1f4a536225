import { type DefineNetworkOptions, defineNetwork, type NetworkApi, type NetworkSource } from 'msw/experimental'
import { KafkaHandlersController } from './handlers-controller.ts'
import type { NetworkHandler } from './kafka-handler.ts'
import { KafkaSource } from './kafka-source.ts'

// biome-ignore lint/suspicious/noExplicitAny: msw's own bound for sources of whatever frames
type AnySource = NetworkSource<any>

/** What msw's `defineNetwork` takes, with handlers for Kafka among the others. */
export interface KafkaNetworkOptions<Sources extends AnySource[]>
  extends Omit<DefineNetworkOptions<Sources>, 'handlers'> {
  /** HTTP's as `setupServer` has them, `...defaultNetworkOptions.sources` of `msw/node`, and a `KafkaSource` for each cluster. */
  readonly sources: Sources
  readonly handlers?: readonly NetworkHandler[]
}

/** A network of msw, whose handlers are for HTTP and for Kafka. */
export interface KafkaNetwork<Sources extends AnySource[]>
  extends Pick<NetworkApi<Sources>, 'enable' | 'disable' | 'events' | 'readyState' | 'restoreHandlers'> {
  /** Puts handlers before those that are there, each among those of its kind. */
  use(...handlers: readonly NetworkHandler[]): void
  /** Takes away what `use` added; handlers that are given take the place of those that the network was defined with. */
  resetHandlers(...handlers: readonly NetworkHandler[]): void
  listHandlers(): readonly NetworkHandler[]
}

/**
 * One network for HTTP and Kafka: one `use` and one `resetHandlers` govern both. The same as `defineNetwork` of `msw/experimental`, which msw may still
 * change; what is experimental there is so here.
 *
 * ```ts
 * const network = defineKafkaNetwork({
 *   sources: [...defaultNetworkOptions.sources, new KafkaSource(cluster)],
 *   handlers: [http.get('http://shop.test/prices', () => HttpResponse.json(prices))],
 * })
 * network.enable()
 * network.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS')))
 * ```
 * @throws TypeError for what is no handler
 */
export function defineKafkaNetwork<Sources extends AnySource[]>(
  options: KafkaNetworkOptions<Sources>,
): KafkaNetwork<Sources> {
  const { handlers = [], context, ...others } = options
  const clusters = options.sources.filter((source) => source instanceof KafkaSource)
  const controller = new KafkaHandlersController(handlers, clusters)
  // Quiet, as setupServer is: requests that are answered are not written to the console.
  // What it is called with goes to the controller, which takes handlers for Kafka as well.
  return defineNetwork({
    ...others,
    context: { quiet: true, ...context },
    handlers: controller,
  }) as unknown as KafkaNetwork<Sources>
}
