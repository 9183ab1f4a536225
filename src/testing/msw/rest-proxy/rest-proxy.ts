import { inspect } from 'node:util'
import type { HttpHandler } from 'msw'
import { KafkaCluster } from '../../../broker/cluster.ts'
import { handlersOf } from '../http/service.ts'
import { registryOf } from '../schema-registry/registry-client.ts'
import { kafkaFailure } from './errors.ts'
import { ProxyClient } from './proxy-client.ts'
import { NO_SCHEMAS, type RecordSchemas } from './schemas/record-schemas.ts'
import { RegistrySchemas } from './schemas/registry-schemas.ts'
import { v2Topics } from './v2.ts'
import { v2Consumers } from './v2-consumers.ts'
import { v3 } from './v3.ts'
import { v3Produce } from './v3-produce.ts'

/** Where a REST Proxy is. */
export interface RestProxyOptions {
  /** Where its users believe that it is, as `http://rest.test`. A path is fine. */
  readonly url: string
  /** The registry of its schemas, by the handlers that `schemaRegistry` has made; it is asked without HTTP. Default: none, and what needs schemas is refused. */
  readonly schemaRegistry?: readonly HttpHandler[]
}

/**
 * A REST Proxy of Confluent's as handlers of msw, which produces to the cluster and consumes from it: its second version with topics, partitions, records and consumers; its third with clusters, topics,
 * records and groups. With a registry keys and values are Avro, JSON Schema and Protobuf, too.
 *
 * ```ts
 * const server = setupServer(...restProxy(cluster, { url: 'http://rest.test' }))
 * ```
 * @throws TypeError for what is no cluster or no address
 */
export function restProxy(cluster: KafkaCluster, options: RestProxyOptions): HttpHandler[] {
  if (!(cluster instanceof KafkaCluster)) throw new TypeError(`restProxy wants a KafkaCluster, not ${inspect(cluster)}`)
  const schemas = schemasOf(options.schemaRegistry)
  const url = options.url.replace(/\/+$/, '')
  const client = new ProxyClient(cluster)
  return handlersOf({
    url,
    routes: [
      ...v2Topics(client, schemas),
      ...v2Consumers(cluster, url, schemas),
      ...v3Produce(client, schemas),
      ...v3(client, url),
    ],
    contentType: ({ url: { pathname } }) =>
      pathname.includes('/v3/') ? 'application/json' : 'application/vnd.kafka.v2+json',
    failure: kafkaFailure,
  })
}

function schemasOf(handlers: readonly HttpHandler[] | undefined): RecordSchemas {
  if (handlers === undefined) return NO_SCHEMAS
  const registry = registryOf(handlers)
  if (registry === undefined) {
    throw new TypeError(`restProxy: schemaRegistry is what schemaRegistry(…) has given, not ${inspect(handlers)}`)
  }
  return new RegistrySchemas(registry)
}
