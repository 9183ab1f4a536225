import { ErrorCode } from '../../protocol/errors.ts'
import {
  type ConfigResource,
  ListConfigResources,
  type ListConfigResourcesRequest,
  type ListConfigResourcesResponse,
} from '../../protocol/messages/list-config-resources.ts'
import type { Broker } from '../broker.ts'
import { ConfigResourceType } from '../config/config-resource-type.ts'
import { type Handler, handler } from './handler.ts'

/** Every type that is listed, in the order in which Kafka lists them. */
const listed: readonly number[] = [
  ConfigResourceType.GROUP,
  ConfigResourceType.CLIENT_METRICS,
  ConfigResourceType.BROKER_LOGGER,
  ConfigResourceType.BROKER,
  ConfigResourceType.TOPIC,
]

/**
 * ListConfigResources, KIP-714 (3.7), where it was ListClientMetricsResources: what has configs.
 *
 * v0: subscriptions to the metrics of clients. v1 KIP-1142: resources of the types asked for; none means all. A topic, a
 * broker and its loggers always have configs; a group and a subscription do when somebody sets some.
 */
export const listConfigResources: Handler<ListConfigResourcesRequest, ListConfigResourcesResponse> = handler(
  ListConfigResources,
  ({ resourceTypes }, { broker, version }) => {
    if (version === 0) return { configResources: resourcesOf(ConfigResourceType.CLIENT_METRICS, broker) }
    if (resourceTypes.some((type) => !listed.includes(type))) return { errorCode: ErrorCode.UNSUPPORTED_VERSION }
    const types = resourceTypes.length === 0 ? listed : listed.filter((type) => resourceTypes.includes(type))
    return { configResources: types.flatMap((type) => resourcesOf(type, broker)) }
  },
  (_, errorCode) => ({ errorCode }),
)

function resourcesOf(resourceType: number, { image }: Broker): ConfigResource[] {
  return namesOf(resourceType, image).map((resourceName) => ({ resourceName, resourceType }))
}

function namesOf(type: number, image: Broker['image']): string[] {
  switch (type) {
    case ConfigResourceType.TOPIC:
      return [...image.topics()].map(({ name }) => name)
    case ConfigResourceType.BROKER:
    case ConfigResourceType.BROKER_LOGGER:
      return [...image.brokers()].map(({ id }) => String(id))
    case ConfigResourceType.GROUP:
    case ConfigResourceType.CLIENT_METRICS:
      return image.configuredResources(type)
    default:
      return []
  }
}
