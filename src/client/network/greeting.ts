import { ErrorCode } from '../../protocol/errors.ts'
import { ApiVersions, type ApiVersionsResponse } from '../../protocol/messages/api-versions.ts'
import { Fetch } from '../../protocol/messages/fetch.ts'
import { Produce } from '../../protocol/messages/produce.ts'
import { SaslAuthenticate } from '../../protocol/messages/sasl-authenticate.ts'
import { SaslHandshake } from '../../protocol/messages/sasl-handshake.ts'
import { hasVersion } from '../../protocol/schema.ts'
import type { Config } from '../config/config.ts'
import { kafkaError } from '../errors/kafka-error.ts'
import { type ApiRanges, newestCommon } from './api-ranges.ts'
import type { Connection } from './connection.ts'
import { authenticate } from './sasl/sasl.ts'
import { software } from './software.ts'

/** What is known of a broker once it has been greeted. */
export interface Greeting {
  readonly served: ApiRanges
  /** Levels of the cluster's features (KIP-584), by name. */
  readonly finalizedFeatures: ReadonlyMap<string, number>
  /** For how many ms the connection is taken for authenticated (KIP-368); 0: for as long as it is open. */
  readonly sessionLifetimeMs: number
}

const NO_FEATURES: ReadonlyMap<string, number> = new Map()

/** The first words on a connection: which versions the broker serves, and who this client is. */
export async function greet(connection: Connection, config: Config, ceiling: ApiRanges): Promise<Greeting> {
  const { sasl } = config.net
  // ApiVersions comes before authentication; brokers before 1.0 do not take it after SaslHandshake v0.
  const versions = config.apiVersionsRequest ? await askVersions(connection) : undefined
  const served = versions === undefined ? ceiling : rangesIn(versions)
  const { sessionLifetimeMs } = sasl.enable
    ? await logIn(connection, config, served, ceiling)
    : { sessionLifetimeMs: 0 }
  const finalizedFeatures = versions === undefined ? NO_FEATURES : featuresIn(versions)
  return { served, finalizedFeatures, sessionLifetimeMs }
}

async function askVersions(connection: Connection): Promise<ApiVersionsResponse> {
  const body = { clientSoftwareName: software.name, clientSoftwareVersion: software.version }
  const answer = await connection.send(ApiVersions, NEWEST_API_VERSIONS, body)
  if (answer.errorCode === ErrorCode.NONE) return answer
  if (answer.errorCode !== ErrorCode.UNSUPPORTED_VERSION) throw kafkaError(answer.errorCode)
  // KIP-511: the broker says, in version 0, which versions it would have understood.
  const known = answer.apiKeys.find(({ apiKey }) => apiKey === ApiVersions.key)?.maxVersion ?? 0
  const again = await connection.send(ApiVersions, hasVersion(ApiVersions.versions, known) ? known : 0, body)
  if (again.errorCode !== ErrorCode.NONE) throw kafkaError(again.errorCode)
  return again
}

/** Version 5 asks for a broker by id (KIP-1242), which is not known of a bootstrap address. */
const NEWEST_API_VERSIONS = 4

function rangesIn({ apiKeys }: ApiVersionsResponse): ApiRanges {
  const ranges = new Map<number, { readonly min: number; readonly max: number }>()
  for (const { apiKey, minVersion: min, maxVersion: max } of apiKeys) ranges.set(apiKey, { min, max })
  const [produce, fetch] = [ranges.get(Produce.key), ranges.get(Fetch.key)]
  // KIP-896, KAFKA-18659: brokers of 4.0 and later show Produce from 0 for old librdkafka's sake, and refuse what is below 3.
  if (produce !== undefined && fetch !== undefined && fetch.min >= OLDEST_FETCH_OF_4_0) {
    ranges.set(Produce.key, { min: Math.max(produce.min, OLDEST_PRODUCE_OF_4_0), max: produce.max })
  }
  return ranges
}

const OLDEST_FETCH_OF_4_0 = 4
const OLDEST_PRODUCE_OF_4_0 = 3

function featuresIn({ finalizedFeatures }: ApiVersionsResponse): ReadonlyMap<string, number> {
  return new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
}

function logIn(
  connection: Connection,
  config: Config,
  served: ApiRanges,
  ceiling: ApiRanges,
): Promise<{ sessionLifetimeMs: number }> {
  const apis: ApiRanges = served.has(SaslHandshake.key)
    ? served
    : new Map([...served, [SaslHandshake.key, { min: 0, max: 1 }], [SaslAuthenticate.key, { min: 0, max: 0 }]])
  return authenticate(
    config.net.sasl,
    {
      send: (api, body, { maxVersion } = {}) =>
        connection.send(api, newestCommon(api, apis, ceiling, maxVersion), body),
      exchangeRaw: (token) => connection.exchangeRaw(token),
    },
    config.random,
  )
}
