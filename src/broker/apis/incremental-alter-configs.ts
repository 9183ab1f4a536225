import { KafkaError } from '../../protocol/errors.ts'
import {
  type AlterConfigsResource,
  IncrementalAlterConfigs,
  type IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsResponse,
} from '../../protocol/messages/incremental-alter-configs.ts'
import type { Broker } from '../broker.ts'
import { ConfigError, configRow } from '../config/config-def.ts'
import { ConfigResourceType } from '../config/config-resource-type.ts'
import type { ConfigTables } from '../config/config-tables.ts'
import type { ConfigChange } from '../controller/config-alteration.ts'
import { applyOperation, OperationType, operationName } from '../controller/config-operation.ts'
import { alterLoggers } from './alter-loggers.ts'
import { alterEach, checkAlterable, checkBrokerConfigs, checkBrokerName, checkValues } from './config-resources.ts'
import { type Handler, handler } from './handler.ts'

/**
 * IncrementalAlterConfigs, KIP-339 (2.3): sets some configs of resources, unsets others, and adds to lists or takes from
 * them; what it does not name stays. KIP-412: it sets the levels of a broker's loggers as well.
 *
 * v1 KIP-482.
 */
export const incrementalAlterConfigs: Handler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse> =
  handler(IncrementalAlterConfigs, ({ resources, validateOnly }, { broker }) =>
    alterEach(
      resources,
      ({ configs }, resource): ConfigChange | undefined => {
        checkValues(configs.filter(({ configOperation }) => configOperation !== OperationType.DELETE))
        if (resource.type === ConfigResourceType.BROKER_LOGGER) {
          alterLoggers(resource.name, configs, validateOnly, broker)
          return undefined
        }
        if (resource.type === ConfigResourceType.BROKER) {
          checkBrokerName(resource.name, broker)
          checkBrokerConfigs(resource.name, brokerConfigsAfter(resource.name, configs, broker), broker)
        }
        checkAlterable(resource, broker)
        return { resource, operations: configs }
      },
      (changes) => broker.controller.ask((controller) => controller.changeConfigs(changes, validateOnly)),
    ),
  )

/** What will be set for the broker, or for all (`ConfigAdminManager.prepareIncrementalConfigs`). */
function brokerConfigsAfter(
  name: string,
  operations: AlterConfigsResource['configs'],
  { config, image }: Broker,
): ReadonlyMap<string, string> {
  for (const { configOperation } of operations) {
    if (operationName(configOperation) === undefined) {
      throw new KafkaError('INVALID_REQUEST', `Unknown operations type ${configOperation}`)
    }
  }
  const configs = new Map(image.configs(ConfigResourceType.BROKER, name))
  for (const operation of operations) {
    checkIsList(operation, config.tables)
    const value = applyOperation(operation, configs.get(operation.name), config.tables.broker)
    if (value === null) configs.delete(operation.name)
    else configs.set(operation.name, value)
  }
  return configs
}

function checkIsList({ name, configOperation }: AlterConfigsResource['configs'][number], tables: ConfigTables): void {
  if (configOperation !== OperationType.APPEND && configOperation !== OperationType.SUBTRACT) return
  const row = configRow(tables.broker, name)
  if (row === undefined) {
    // Kafka 3.9 trips over it.
    throw tables.before4 ? new KafkaError('UNKNOWN_SERVER_ERROR') : new ConfigError(`Unknown config name: ${name}`)
  }
  if (row[0] === 'LIST') return
  const operation = configOperation === OperationType.APPEND ? 'append' : 'subtract'
  throw new ConfigError(`Config value ${operation} is not allowed for config key: ${name}`)
}
