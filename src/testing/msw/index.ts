/** What stands beside Kafka, for msw: a Schema Registry, a REST Proxy, and one network for HTTP and Kafka. */
export {
  type CompatibilityLevel,
  type SchemaRegistryOptions,
  schemaRegistry,
} from './schema-registry/schema-registry.ts'
