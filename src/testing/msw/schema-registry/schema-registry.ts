import { inspect } from 'node:util'
import type { HttpHandler } from 'msw'
import { KafkaCluster } from '../../../broker/cluster.ts'
import { handlersOf } from '../http/service.ts'
import { levelOf } from './compatibility.ts'
import { Deletion } from './deletion.ts'
import { storeError } from './errors.ts'
import { spokenTo } from './negotiation.ts'
import { Registry } from './registry.ts'
import { RegistryClient, serving } from './registry-client.ts'
import { resources } from './resources.ts'
import { Settings } from './settings.ts'
import { SchemaStore } from './store.ts'

/** Where a Schema Registry is, and how it begins. */
export interface SchemaRegistryOptions {
  /** Where clients believe that it is, as `http://registry.test`. A path is fine. */
  readonly url: string
  /** The topic of the schemas, made when it is first needed. Default: `_schemas`, as the real one's. */
  readonly topic?: string
  /** What holds where `/config` sets nothing. Default: `BACKWARD`. */
  readonly compatibility?: CompatibilityLevel
}

/** How schemas of one subject have to get on with each other. */
export type CompatibilityLevel =
  | 'NONE'
  | 'BACKWARD'
  | 'BACKWARD_TRANSITIVE'
  | 'FORWARD'
  | 'FORWARD_TRANSITIVE'
  | 'FULL'
  | 'FULL_TRANSITIVE'

/**
 * A Schema Registry of Confluent's as handlers of msw, with its schemas in the cluster: in a compacted topic, in the real one's records. Two that are given
 * the same cluster and topic are one registry, as long as only one of them writes.
 *
 * ```ts
 * const server = setupServer(...schemaRegistry(cluster, { url: 'http://registry.test' }))
 * server.listen({ onUnhandledFrame: 'error' })
 * ```
 *
 * Avro needs `avsc`, JSON Schema `ajv`, Protobuf `protobufjs`: optional peers, each loaded when the first schema of its kind is registered.
 * @throws TypeError for what is no cluster, no address or no compatibility level
 */
export function schemaRegistry(cluster: KafkaCluster, options: SchemaRegistryOptions): HttpHandler[] {
  if (!(cluster instanceof KafkaCluster))
    throw new TypeError(`schemaRegistry wants a KafkaCluster, not ${inspect(cluster)}`)
  const { url, topic = '_schemas', compatibility = 'BACKWARD' } = options
  if (levelOf(compatibility) !== compatibility) {
    throw new TypeError(
      `schemaRegistry: compatibility is NONE, BACKWARD, FORWARD, FULL, …, not ${inspect(compatibility)}`,
    )
  }
  const store = new SchemaStore(cluster, topic)
  const settings = new Settings(store, compatibility)
  const registry = new Registry(store, settings)
  const deletion = new Deletion(store, registry, settings)
  const handlers = handlersOf({
    url,
    routes: resources({ store, registry, deletion, settings }),
    contentType: spokenTo,
    failure: (error) => storeError(error instanceof Error ? error.message : String(error)),
  })
  return serving(handlers, new RegistryClient(store, registry))
}
