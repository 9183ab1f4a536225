import { KafkaError } from '../../protocol/errors.ts'
import { checkClientMetricsConfigs } from '../config/client-metrics-configs.ts'
import { ConfigResourceType } from '../config/config-resource-type.ts'
import { checkGroupConfigs } from '../config/group-configs.ts'
import type { ConfigResource } from './config-alteration.ts'
import type { ControllerState } from './decision.ts'
import { invalidTopicName } from './topic-names.ts'

/**
 * Checks all that is to be set for a resource (`ControllerConfigurationValidator.validate`). What is set for brokers they
 * have checked themselves.
 *
 * @throws ConfigError or KafkaError with Kafka's message
 */
export function checkResourceConfigs(
  { type, name }: ConfigResource,
  next: ReadonlyMap<string, string>,
  current: ReadonlyMap<string, string>,
  { config }: ControllerState,
): void {
  switch (type) {
    case ConfigResourceType.TOPIC: {
      if (name === '') throw new KafkaError('INVALID_REQUEST', 'Default topic resources are not allowed.')
      const invalid = invalidTopicName(name)
      if (invalid !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', invalid)
      config.checkTopicConfigs(next, current)
      break
    }
    case ConfigResourceType.GROUP:
      if (name === '') throw new KafkaError('INVALID_REQUEST', 'Default group resources are not allowed.')
      checkGroupConfigs(next, config)
      break
    case ConfigResourceType.CLIENT_METRICS:
      if (name === '') throw new KafkaError('INVALID_REQUEST', "Subscription name can't be empty")
      checkClientMetricsConfigs(next, config.tables)
      break
  }
}

/** Throws UNKNOWN_TOPIC_OR_PARTITION. Groups and subscriptions need not be there before they are configured. */
export function checkResourceExists({ type, name }: ConfigResource, { image }: ControllerState): void {
  if (type === ConfigResourceType.TOPIC && image.topic(name) === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`)
  }
}
