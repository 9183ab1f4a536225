import { model } from './broker/model/part.ts'
import { broker } from './broker/part.ts'
import { client } from './client/part.ts'
import { clientSecurity } from './client/security/part.ts'
import { clients } from './clients/part.ts'
import { codec } from './codec/part.ts'
import type { Part } from './part.ts'
import { proxyOnKafka } from './proxy/on-kafka.ts'
import { proxy } from './proxy/part.ts'
import { real } from './real/part.ts'
import { releases } from './releases/part.ts'
import { schemaRegistry } from './schema-registry/part.ts'

/** Every part, in the order in which they run and are told. */
export const parts: readonly Part[] = [
  codec,
  releases,
  broker,
  model,
  clients,
  client,
  clientSecurity,
  real,
  proxy,
  ...proxyOnKafka,
  schemaRegistry,
]
