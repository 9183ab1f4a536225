/** What stands beside Kafka, for msw: a Schema Registry, a REST Proxy, and one network for HTTP and Kafka. */
export {
  defineKafkaNetwork,
  type KafkaNetwork,
  type KafkaNetworkOptions,
} from './network/define-kafka-network.ts'
export { KafkaFrame, type KafkaFrameData } from './network/kafka-frame.ts'
export type { NetworkHandler } from './network/kafka-handler.ts'
export { KafkaSource } from './network/kafka-source.ts'
export { type RestProxyOptions, restProxy } from './rest-proxy/rest-proxy.ts'
export {
  type CompatibilityLevel,
  type SchemaRegistryOptions,
  schemaRegistry,
} from './schema-registry/schema-registry.ts'
