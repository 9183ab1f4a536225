import type { ConnectionOptions } from 'node:tls'
import { ConfigurationError } from '../errors/client-errors.ts'
import { newBalanceStrategyRange } from '../group/strategies/index.ts'
import { newHashPartitioner } from '../producer/partitioners/hash.ts'
import { type Clock, type Random, systemClock, systemRandom } from '../time.ts'
import { CompressionLevelDefault, CompressionNone, OffsetNewest, ReadUncommitted, WaitForLocal } from './options.ts'
import type {
  AccessTokenProvider,
  AdminConfig,
  ConsumerConfig,
  MetadataConfig,
  NetConfig,
  ProducerConfig,
} from './sections.ts'
import { validate } from './validate.ts'
import { MaxVersion } from './versions.ts'

/**
 * All there is to configure, in Sarama's tree and with Sarama's defaults. Times are milliseconds, sizes are bytes.
 *
 * ```ts
 * const config = newConfig()
 * config.producer.requiredAcks = WaitForAll
 * ```
 */
export class Config {
  net: NetConfig = {
    maxOpenRequests: 5,
    dialTimeout: 30_000,
    readTimeout: 30_000,
    writeTimeout: 30_000,
    maxResponseSize: 100 * 1024 * 1024,
    maxRequestSize: 100 * 1024 * 1024,
    tls: { enable: false, config: {} },
    sasl: {
      enable: false,
      mechanism: 'PLAIN',
      version: 1,
      handshake: true,
      authIdentity: '',
      user: '',
      password: '',
      scramAuthzID: '',
      tokenProvider: null,
    },
    keepAlive: 0,
    dial: null,
  }
  metadata: MetadataConfig = {
    retry: { max: 3, backoff: 250, backoffFunc: null },
    refreshFrequency: 10 * 60_000,
    full: true,
    timeout: 0,
    allowAutoTopicCreation: true,
  }
  producer: ProducerConfig = {
    maxMessageBytes: 1024 * 1024,
    requiredAcks: WaitForLocal,
    timeout: 10_000,
    compression: CompressionNone,
    compressionLevel: CompressionLevelDefault,
    partitioner: newHashPartitioner,
    idempotent: false,
    transaction: { id: '', timeout: 60_000, retry: { max: 50, backoff: 100, backoffFunc: null } },
    return: { successes: false, errors: true },
    flush: { bytes: 0, messages: 0, frequency: 0, maxMessages: 0 },
    retry: { max: 3, backoff: 100, backoffFunc: null },
    interceptors: [],
  }
  consumer: ConsumerConfig = {
    group: {
      session: { timeout: 10_000 },
      heartbeat: { interval: 3_000 },
      rebalance: {
        groupStrategies: [newBalanceStrategyRange()],
        timeout: 60_000,
        retry: { max: 4, backoff: 2_000 },
      },
      member: { userData: null },
      instanceId: '',
      resetInvalidOffsets: true,
    },
    retry: { backoff: 2_000, backoffFunc: null, max: 0 },
    fetch: { min: 1, default: 1024 * 1024, max: 0, maxBytes: 50 * 1024 * 1024 },
    maxWaitTime: 500,
    maxProcessingTime: 100,
    return: { errors: false },
    offsets: {
      commitInterval: 0,
      autoCommit: { enable: true, interval: 1_000 },
      initial: OffsetNewest,
      retention: 0,
      retry: { max: 3 },
    },
    isolationLevel: ReadUncommitted,
    interceptors: [],
  }
  admin: AdminConfig = { retry: { max: 5, backoff: 100 }, timeout: 3_000 }
  /** Kafka's `client.id`. Default: 'sarama'. */
  clientID = 'sarama'
  /** Kafka's `client.rack` (KIP-392): with it, partitions are read from the nearest replica. Default: empty. */
  rackID = ''
  /** How many messages may wait in a channel (`input`, `successes`, `errors`, `messages`). Default: 256. */
  channelBufferSize = 256
  /** Whether brokers are asked which versions they serve (KIP-35). Without, `version` alone says which are used. Default: true. */
  apiVersionsRequest = true
  /** The release of Kafka above whose versions no request goes, as '2.8.1'. Default: MaxVersion. */
  version: string = MaxVersion
  /** Default: the machine's. */
  clock: Clock = systemClock
  /** Default: the machine's. */
  random: Random = systemRandom

  /** @throws ConfigurationError that names the first key whose value makes no sense */
  validate(): void {
    validate(this)
  }
}

/** Some keys of a {@link Config}; those that are left out have their defaults. */
export type ConfigOptions = Partially<Omit<Config, 'validate'>>

type Partially<T> = {
  [Key in keyof T]?: IsWhole<T[Key]> extends true ? T[Key] : Partially<T[Key]>
}

/** What is given as a whole or not at all: values, lists, functions, and objects that are no sections of the tree. */
type IsWhole<T> = ConnectionOptions extends T
  ? true
  : NonNullable<T> extends
        | string
        | number
        | boolean
        | readonly unknown[]
        | Uint8Array
        | ((...args: never[]) => unknown)
        | Clock
        | Random
        | AccessTokenProvider
    ? true
    : false

/** Where those objects stand. */
const WHOLE: ReadonlySet<string> = new Set(['net.tls.config', 'clock', 'random'])

/**
 * A config of its own with the defaults and, over them, what is given; of several that say something of the same key, the last.
 *
 * ```ts
 * newConfig(cluster.clientConfig(), { net: { maxOpenRequests: 1 } })
 * ```
 * @throws ConfigurationError for a key that there is not
 */
export function newConfig(...options: readonly ConfigOptions[]): Config {
  const config = new Config()
  for (const given of options) assign(config as unknown as Section, given as Section, '')
  return config
}

type Section = { [key: string]: unknown }

function assign(section: Section, options: Section, path: string): void {
  for (const key of Object.keys(options)) {
    const value = options[key]
    if (!Object.hasOwn(section, key)) throw new ConfigurationError(`${path}${key} is not a key of the config`)
    if (value === undefined) continue
    const old = section[key]
    if (!isSection(old)) {
      section[key] = value
      continue
    }
    const name = `${path}${key}`
    if (WHOLE.has(name)) section[key] = value
    else if (isSection(value)) assign(old, value, `${name}.`)
    else throw new ConfigurationError(`${name} must be an object with some of the keys ${Object.keys(old).join(', ')}`)
  }
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
