import { KafkaError } from '../../protocol/errors.ts'
import type { Broker } from '../broker.ts'
import { type ConfigOperation, OperationType, operationName } from '../controller/config-operation.ts'
import { brokerIdOf } from './config-resources.ts'

/**
 * Sets the levels of a broker's loggers (KIP-412, Kafka's `RuntimeLoggerManager`), all or none.
 * @throws ConfigError for a logger or a level that there is not; KafkaError INVALID_REQUEST
 */
export function alterLoggers(
  brokerName: string,
  operations: readonly ConfigOperation[],
  validateOnly: boolean,
  broker: Broker,
): void {
  checkNodeId(brokerName, broker)
  for (const operation of operations) check(operation, broker)
  if (validateOnly) return
  for (const { name, configOperation, value } of operations) {
    if (configOperation === OperationType.SET) broker.loggers.set(name, value ?? '')
    else broker.loggers.unset(name)
  }
}

function checkNodeId(name: string, { config, nodeId }: Broker): void {
  const id = brokerIdOf(name)
  if (id === undefined) throw new KafkaError('INVALID_REQUEST', `Node id must be an integer, but it is: ${name}`)
  if (id === nodeId) return
  // Before 4.0 Kafka names itself twice.
  const received = config.tables.before4 ? nodeId : id
  throw new KafkaError('INVALID_REQUEST', `Unexpected node id. Expected ${nodeId}, but received ${received}`)
}

function check({ name, configOperation, value }: ConfigOperation, { config, loggers }: Broker): void {
  const operation = operationName(configOperation)
  switch (operation) {
    case 'SET':
      loggers.checkLevel(name, value ?? '')
      break
    case 'DELETE':
      loggers.checkName(name)
      if (name === 'root') {
        throw new KafkaError('INVALID_REQUEST', 'Removing the log level of the root logger is not allowed')
      }
      break
    case 'APPEND':
    case 'SUBTRACT':
      throw new KafkaError('INVALID_REQUEST', `${operation} operation is not allowed for the BROKER_LOGGER resource`)
    default:
      // Kafka 3.9 trips over it.
      if (config.tables.before4) throw new KafkaError('UNKNOWN_SERVER_ERROR')
      throw new KafkaError(
        'INVALID_REQUEST',
        `Unknown operation type ${configOperation} is not allowed for the BROKER_LOGGER resource`,
      )
  }
}
