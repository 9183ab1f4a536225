import {
  AlterConfigs,
  type AlterConfigsRequest,
  type AlterConfigsResponse,
} from '../../protocol/messages/alter-configs.ts'
import { ConfigResourceType } from '../config/config-resource-type.ts'
import type { ConfigReplacement } from '../controller/config-alteration.ts'
import { alterEach, checkAlterable, checkBrokerConfigs, checkBrokerName, checkValues } from './config-resources.ts'
import { type Handler, handler } from './handler.ts'

/**
 * AlterConfigs, KIP-133 (0.11): sets the configs of resources to what the request says, and all others to their defaults.
 *
 * v1 KIP-219: a throttled client is told so. v2 KIP-482. A resource that is named twice is INVALID_REQUEST, on which
 * Kafka's own handler fails and answers nothing.
 */
export const alterConfigs: Handler<AlterConfigsRequest, AlterConfigsResponse> = handler(
  AlterConfigs,
  ({ resources, validateOnly }, { broker }) =>
    alterEach(
      resources,
      ({ configs }, resource): ConfigReplacement => {
        checkValues(configs)
        const values = new Map(configs.map(({ name, value }) => [name, value ?? '']))
        if (resource.type === ConfigResourceType.BROKER) {
          checkBrokerName(resource.name, broker)
          checkBrokerConfigs(resource.name, values, broker)
        }
        checkAlterable(resource, broker)
        return { resource, configs: values }
      },
      (replacements) => broker.controller.ask((controller) => controller.replaceConfigs(replacements, validateOnly)),
    ),
)
