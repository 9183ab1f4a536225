import { ErrorCode, type ErrorName, errorMessage, errorName, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  DescribeConfigs,
  type DescribeConfigsRequest,
  type DescribeConfigsResource,
  type DescribeConfigsResourceResult,
  type DescribeConfigsResponse,
  type DescribeConfigsResult,
} from '../../protocol/messages/describe-configs.ts'
import type { Broker } from '../broker.ts'
import { describeClientMetricsConfigs } from '../config/client-metrics-configs.ts'
import { ConfigResourceType } from '../config/config-resource-type.ts'
import type { ConfigTables } from '../config/config-tables.ts'
import { describeBrokerConfigs, describeClusterConfigs } from '../config/describe-broker-configs.ts'
import { describeTopicConfigs } from '../config/describe-topic-configs.ts'
import type { DescribedConfig } from '../config/described-config.ts'
import { configDocumentation } from '../config/documentation.ts'
import { describeGroupConfigs } from '../config/group-configs.ts'
import { invalidTopicName } from '../controller/topic-names.ts'
import { brokerIdOf } from './config-resources.ts'
import { type Handler, handler } from './handler.ts'

const types: readonly number[] = Object.values(ConfigResourceType)

/**
 * DescribeConfigs, KIP-133 (0.11): the configs of topics, of this broker and its loggers, of groups and of subscriptions to
 * the metrics of clients.
 *
 * v1 KIP-226: where a value comes from, and what else is said of it. v2 KIP-219. v3 KIP-569: types, and documentation.
 */
export const describeConfigs: Handler<DescribeConfigsRequest, DescribeConfigsResponse> = handler(
  DescribeConfigs,
  (request, { broker }) => {
    const { before4 } = broker.config.tables
    const isThere = (type: number): boolean => types.includes(type) && !(before4 && type === ConfigResourceType.GROUP)
    if (request.resources.some(({ resourceType }) => !isThere(resourceType))) {
      throw new KafkaError('INVALID_REQUEST')
    }
    return { results: request.resources.map((resource) => result(resource, request, broker)) }
  },
  ({ resources }, errorCode) => ({
    results: resources.map((resource) => failed(resource, errorName(errorCode), errorMessage(errorName(errorCode)))),
  }),
)

function result(
  resource: DescribeConfigsResource,
  request: DescribeConfigsRequest,
  broker: Broker,
): Input<DescribeConfigsResult> {
  const { resourceType, resourceName, configurationKeys } = resource
  try {
    const configs = configsOf(resource, broker)
    if (configs === undefined) return failed(resource, 'UNKNOWN_TOPIC_OR_PARTITION', '')
    const isAsked = ({ name }: DescribedConfig): boolean =>
      configurationKeys === null || configurationKeys.length === 0 || configurationKeys.includes(name)
    return {
      resourceType,
      resourceName,
      errorMessage: '',
      configs: configs.filter(isAsked).map((config) => entry(config, resourceType, request, broker)),
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return failed(resource, error.error, error.message)
  }
}

/** Undefined: the topic is not there. */
function configsOf(
  { resourceType, resourceName }: DescribeConfigsResource,
  broker: Broker,
): DescribedConfig[] | undefined {
  const { config, image, loggers, nodeId } = broker
  const invalid = (message: string): KafkaError => new KafkaError('INVALID_REQUEST', message)
  const checkNode = (expected: string): void => {
    const id = brokerIdOf(resourceName)
    if (id === undefined) throw invalid(`Broker id must be an integer, but it is: ${resourceName}`)
    if (id !== nodeId) throw invalid(`Unexpected broker id, expected ${expected} but received ${resourceName}`)
  }
  switch (resourceType) {
    case ConfigResourceType.TOPIC: {
      const wrong = invalidTopicName(resourceName)
      if (wrong !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', wrong)
      if (image.topic(resourceName) === undefined) return undefined
      return describeTopicConfigs(config, image.topicConfigs(resourceName))
    }
    case ConfigResourceType.BROKER:
      if (resourceName === '') return describeClusterConfigs(config)
      checkNode(`${nodeId} or empty string,`)
      return describeBrokerConfigs(config)
    case ConfigResourceType.BROKER_LOGGER:
      if (resourceName === '') throw invalid('Broker id must not be empty')
      checkNode(String(nodeId))
      return loggers.describe()
    case ConfigResourceType.CLIENT_METRICS:
      if (resourceName === '') throw invalid('Client metrics subscription name must not be empty')
      return describeClientMetricsConfigs(image.configs(resourceType, resourceName), config.tables)
    default:
      if (resourceName === '') throw invalid('Group name must not be empty')
      return describeGroupConfigs(config, image.configs(ConfigResourceType.GROUP, resourceName))
  }
}

function entry(
  { name, value, source, readOnly, sensitive, type, synonyms }: DescribedConfig,
  resourceType: number,
  { includeSynonyms, includeDocumentation }: DescribeConfigsRequest,
  { config: { tables } }: Broker,
): Input<DescribeConfigsResourceResult> {
  return {
    name,
    value,
    readOnly,
    isSensitive: sensitive,
    // Version 0 would say of a value whether it is the default; brokers have left that out since they say where it comes from.
    configSource: source,
    synonyms: includeSynonyms ? [...synonyms] : [],
    configType: type,
    documentation: isUndocumented(resourceType, tables)
      ? ''
      : includeDocumentation && !Object.hasOwn(tables.quota, name)
        ? configDocumentation(resourceType, name)
        : null,
  }
}

/** Of loggers Kafka says neither type nor documentation, and nor did it before 4.0 of subscriptions to metrics. */
function isUndocumented(resourceType: number, { before4 }: ConfigTables): boolean {
  return (
    resourceType === ConfigResourceType.BROKER_LOGGER || (before4 && resourceType === ConfigResourceType.CLIENT_METRICS)
  )
}

function failed(
  { resourceType, resourceName }: DescribeConfigsResource,
  error: ErrorName,
  message: string,
): Input<DescribeConfigsResult> {
  return { resourceType, resourceName, errorCode: ErrorCode[error], errorMessage: message }
}
