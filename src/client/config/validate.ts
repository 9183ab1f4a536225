import { ConfigurationError } from '../errors/client-errors.ts'
import { selectRebalanceProtocol } from '../group/strategies/rebalance-protocol.ts'
import type { Config } from './config.ts'
import { CompressionLevelDefault, OffsetNewest, OffsetOldest, WaitForAll } from './options.ts'
import { isAtLeast, parseKafkaVersion } from './versions.ts'

/** @throws ConfigurationError that names the first key whose value makes no sense */
export function validate(config: Config): void {
  for (const check of [checkVersion, checkNumbers, checkKinds, checkSasl, checkCompression, checkIdempotence])
    check(config)
  for (const check of [checkConsumer, checkGroup, checkClientID]) check(config)
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new ConfigurationError(message)
}

function checkVersion({ version }: Config): void {
  try {
    parseKafkaVersion(version)
  } catch (error) {
    throw new ConfigurationError(`version: ${(error as Error).message}`)
  }
}

interface Numeric {
  readonly keys: readonly string[]
  readonly min: number
}

function wholeNumbers(rows: readonly (readonly [path: string, min: number])[]): Numeric[] {
  return rows.map(([path, min]) => ({ keys: path.split('.'), min }))
}

/** Keys that are whole numbers, and the least that they may be. */
const numbers: readonly Numeric[] = wholeNumbers([
  ['net.maxOpenRequests', 1],
  ['net.dialTimeout', 1],
  ['net.readTimeout', 1],
  ['net.writeTimeout', 1],
  ['net.maxResponseSize', 1],
  ['net.maxRequestSize', 1],
  ['net.keepAlive', 0],
  ['metadata.retry.max', 0],
  ['metadata.retry.backoff', 0],
  ['metadata.refreshFrequency', 0],
  ['metadata.timeout', 0],
  ['admin.retry.max', 0],
  ['admin.retry.backoff', 0],
  ['admin.timeout', 1],
  ['producer.maxMessageBytes', 1],
  ['producer.timeout', 1],
  ['producer.transaction.timeout', 1],
  ['producer.transaction.retry.max', 0],
  ['producer.transaction.retry.backoff', 0],
  ['producer.flush.bytes', 0],
  ['producer.flush.messages', 0],
  ['producer.flush.frequency', 0],
  ['producer.flush.maxMessages', 0],
  ['producer.retry.max', 0],
  ['producer.retry.backoff', 0],
  ['consumer.group.session.timeout', 2],
  ['consumer.group.heartbeat.interval', 1],
  ['consumer.group.rebalance.timeout', 1],
  ['consumer.group.rebalance.retry.max', 0],
  ['consumer.group.rebalance.retry.backoff', 0],
  ['consumer.retry.max', 0],
  ['consumer.retry.backoff', 0],
  ['consumer.fetch.min', 1],
  ['consumer.fetch.default', 1],
  ['consumer.fetch.max', 0],
  ['consumer.fetch.maxBytes', 1],
  ['consumer.maxWaitTime', 1],
  ['consumer.maxProcessingTime', 1],
  ['consumer.offsets.commitInterval', 0],
  ['consumer.offsets.autoCommit.interval', 1],
  ['consumer.offsets.retention', 0],
  ['consumer.offsets.retry.max', 0],
  ['channelBufferSize', 0],
])

function checkNumbers(config: Config): void {
  for (const { keys, min } of numbers) {
    const value = valueAt(config, keys)
    if (Number.isSafeInteger(value) && (value as number) >= min) continue
    const path = keys.join('.')
    demand(Number.isSafeInteger(value), `${path} must be a whole number, not ${String(value)}`)
    demand((value as number) >= min, `${path} must be >= ${min}`)
  }
  const { maxMessages, messages } = config.producer.flush
  demand(
    maxMessages === 0 || maxMessages >= messages,
    'producer.flush.maxMessages must be >= producer.flush.messages when set',
  )
}

type Kind = 'boolean' | 'string' | 'function' | 'function or null'

interface Kinded {
  readonly keys: readonly string[]
  readonly kind: Kind
}

function ofKinds(rows: readonly (readonly [path: string, kind: Kind])[]): Kinded[] {
  return rows.map(([path, kind]) => ({ keys: path.split('.'), kind }))
}

/** Keys that are of one kind, and no number. */
const kinds: readonly Kinded[] = ofKinds([
  ['net.tls.enable', 'boolean'],
  ['net.sasl.enable', 'boolean'],
  ['net.sasl.handshake', 'boolean'],
  ['net.dial', 'function or null'],
  ['metadata.full', 'boolean'],
  ['metadata.allowAutoTopicCreation', 'boolean'],
  ['metadata.retry.backoffFunc', 'function or null'],
  ['producer.partitioner', 'function'],
  ['producer.idempotent', 'boolean'],
  ['producer.transaction.id', 'string'],
  ['producer.transaction.retry.backoffFunc', 'function or null'],
  ['producer.return.successes', 'boolean'],
  ['producer.return.errors', 'boolean'],
  ['producer.retry.backoffFunc', 'function or null'],
  ['consumer.group.instanceId', 'string'],
  ['consumer.group.resetInvalidOffsets', 'boolean'],
  ['consumer.retry.backoffFunc', 'function or null'],
  ['consumer.return.errors', 'boolean'],
  ['consumer.offsets.autoCommit.enable', 'boolean'],
  ['clientID', 'string'],
  ['rackID', 'string'],
  ['apiVersionsRequest', 'boolean'],
])

function checkKinds(config: Config): void {
  for (const { keys, kind } of kinds) {
    const value = valueAt(config, keys)
    const fits = kind === 'function or null' ? value === null || typeof value === 'function' : typeof value === kind
    if (!fits) demand(false, `${keys.join('.')} must be a ${kind}, not ${String(value)}`)
  }
}

function checkSasl({ net, apiVersionsRequest }: Config): void {
  const { enable, mechanism, version, user, password, tokenProvider } = net.sasl
  if (!enable) return
  demand(version === 0 || version === 1, 'net.sasl.version must be 0 or 1')
  demand(version === 1 || !apiVersionsRequest, 'apiVersionsRequest must be disabled when net.sasl.version is 0')
  switch (mechanism) {
    case 'PLAIN':
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      demand(user !== '', 'net.sasl.user must not be empty when SASL is enabled')
      demand(password !== '', 'net.sasl.password must not be empty when SASL is enabled')
      return
    case 'OAUTHBEARER':
      demand(tokenProvider !== null, 'net.sasl.tokenProvider must be given for OAUTHBEARER')
      return
    default:
      throw new ConfigurationError(
        `net.sasl.mechanism is ${String(mechanism)}; it can be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER`,
      )
  }
}

function checkCompression({ producer, version }: Config): void {
  const { compression, compressionLevel: level } = producer
  demand(
    ['none', 'gzip', 'snappy', 'lz4', 'zstd'].includes(compression),
    `producer.compression is ${String(compression)}; it can be none, gzip, snappy, lz4 or zstd`,
  )
  demand(compression !== 'lz4' || isAtLeast(version, '0.10.0.0'), 'lz4 compression requires version >= 0.10.0.0')
  demand(compression !== 'zstd' || isAtLeast(version, '2.1.0'), 'zstd compression requires version >= 2.1.0')
  demand(Number.isSafeInteger(level), `producer.compressionLevel must be a whole number, not ${String(level)}`)
  if (level === CompressionLevelDefault) return
  demand(
    compression !== 'gzip' || (level >= 1 && level <= 9),
    `gzip compression does not work with producer.compressionLevel ${level}: it can be 1 to 9`,
  )
  demand(
    compression !== 'zstd' || (level >= -131_072 && level <= 22),
    `zstd compression does not work with producer.compressionLevel ${level}: it can be -131072 to 22`,
  )
}

/** KIP-98: the broker remembers the last five batches of a producer, so that no more of them can be in flight. */
const MAX_IN_FLIGHT_OF_IDEMPOTENT = 5

function checkIdempotence({ producer, net, version }: Config): void {
  const { idempotent, requiredAcks, retry, transaction } = producer
  demand(
    [0, 1, -1].includes(requiredAcks),
    'producer.requiredAcks must be NoResponse (0), WaitForLocal (1) or WaitForAll (-1)',
  )
  demand(transaction.id === '' || idempotent, 'Transactional producer requires producer.idempotent to be true')
  if (!idempotent) return
  demand(isAtLeast(version, '0.11.0.0'), 'Idempotent producer requires version >= 0.11.0.0')
  demand(retry.max >= 1, 'Idempotent producer requires producer.retry.max >= 1')
  demand(requiredAcks === WaitForAll, 'Idempotent producer requires producer.requiredAcks to be WaitForAll')
  demand(
    net.maxOpenRequests <= MAX_IN_FLIGHT_OF_IDEMPOTENT,
    `Idempotent producer requires net.maxOpenRequests to be at most ${MAX_IN_FLIGHT_OF_IDEMPOTENT}`,
  )
}

function checkConsumer({ consumer, version }: Config): void {
  const { offsets, isolationLevel } = consumer
  demand(
    offsets.initial === OffsetOldest || offsets.initial === OffsetNewest,
    'consumer.offsets.initial must be OffsetOldest or OffsetNewest',
  )
  demand([0, 1].includes(isolationLevel), 'consumer.isolationLevel must be ReadUncommitted or ReadCommitted')
  demand(isolationLevel === 0 || isAtLeast(version, '0.11.0.0'), 'ReadCommitted requires version >= 0.11.0.0')
}

const MAX_INSTANCE_ID_LENGTH = 249

function checkGroup({ consumer, version }: Config): void {
  const { session, heartbeat, rebalance, instanceId } = consumer.group
  demand(
    heartbeat.interval < session.timeout,
    'consumer.group.heartbeat.interval must be < consumer.group.session.timeout',
  )
  const { groupStrategies } = rebalance
  demand(
    Array.isArray(groupStrategies) && groupStrategies.length > 0,
    'consumer.group.rebalance.groupStrategies must not be empty',
  )
  for (const strategy of groupStrategies) {
    demand(
      typeof strategy?.plan === 'function',
      `consumer.group.rebalance.groupStrategies holds ${typeof strategy === 'function' ? `${(strategy as { name: string }).name} itself: call it` : String(strategy)}`,
    )
  }
  demand(
    selectRebalanceProtocol(groupStrategies) === 'eager' || isAtLeast(version, '2.4.0'),
    'cooperative balance strategies require version >= 2.4.0',
  )
  if (instanceId === '') return
  demand(isAtLeast(version, '2.3.0'), 'consumer.group.instanceId requires version >= 2.3.0')
  demand(instanceId !== '.' && instanceId !== '..', 'consumer.group.instanceId cannot be "." or ".."')
  demand(
    instanceId.length <= MAX_INSTANCE_ID_LENGTH,
    `consumer.group.instanceId cannot be longer than ${MAX_INSTANCE_ID_LENGTH} characters: ${instanceId}`,
  )
  demand(
    /^[0-9a-zA-Z._-]+$/.test(instanceId),
    `consumer.group.instanceId ${instanceId} contains a character other than ASCII letters, digits, ".", "_" and "-"`,
  )
}

/** Brokers refused others before KIP-190. */
function checkClientID({ clientID, version }: Config): void {
  demand(
    isAtLeast(version, '1.0.0') || /^[A-Za-z0-9._-]+$/.test(clientID),
    `clientID ${JSON.stringify(clientID)} is not valid for Kafka versions before 1.0.0`,
  )
}

function valueAt(config: Config, keys: readonly string[]): unknown {
  let value: unknown = config
  for (const key of keys) value = (value as Record<string, unknown>)[key]
  return value
}
