import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  Config,
  type ConfigOptions,
  ConfigurationError,
  isAtLeast,
  MaxVersion,
  newConfig,
  parseKafkaVersion,
  V0_10_0_1,
  V2_8_1_0,
  WaitForAll,
} from '../../../src/client/index.ts'
import { releases } from '../../../src/protocol/release.ts'

describe('a config', () => {
  test('has the defaults of Sarama', () => {
    const config = newConfig()
    expect(config.net).toMatchObject({ maxOpenRequests: 5, dialTimeout: 30_000, readTimeout: 30_000 })
    expect(config.metadata).toMatchObject({ retry: { max: 3, backoff: 250 }, refreshFrequency: 600_000, full: true })
    expect(config.producer).toMatchObject({ maxMessageBytes: 1_048_576, requiredAcks: 1, timeout: 10_000 })
    expect(config.consumer.offsets).toMatchObject({ initial: -1, autoCommit: { enable: true, interval: 1_000 } })
    expect(config).toMatchObject({ clientID: 'sarama', channelBufferSize: 256, version: MaxVersion })
    expect(() => config.validate()).not.toThrow()
  })

  test('takes some keys, and keeps the defaults of the others', () => {
    const config = newConfig({ producer: { requiredAcks: WaitForAll, retry: { max: 10 } } })
    expect(config.producer.requiredAcks).toBe(WaitForAll)
    expect(config.producer.retry).toEqual({ max: 10, backoff: 100, backoffFunc: null })
  })

  test('takes of several what the last says', () => {
    const config = newConfig({ net: { readTimeout: 1, dialTimeout: 2 } }, { net: { readTimeout: 3 } })
    expect(config.net).toMatchObject({ readTimeout: 3, dialTimeout: 2, writeTimeout: 30_000 })
  })

  test('is no part of the one that it was made of', () => {
    const first = newConfig()
    const second = newConfig(first)
    second.producer.retry.max = 9
    expect(first.producer.retry.max).toBe(3)
    expect(newConfig().producer.retry.max).toBe(3)
  })

  test('takes a clock, a dialer and TLS options as they are', () => {
    const clock = { now: () => 0, setTimer: () => ({ cancel: () => {} }) }
    const tls = { rejectUnauthorized: false }
    const config = newConfig({ clock, net: { tls: { enable: true, config: tls } } })
    expect(config.clock).toBe(clock)
    expect(config.net.tls.config).toBe(tls)
  })

  test.each([
    ['a key that there is not', { producer: { acks: 1 } }, 'producer.acks is not a key of the config'],
    ['a value where a section is', { net: 5 }, 'net must be an object'],
  ])('refuses %s', (_, options, message) => {
    expect(() => newConfig(options as ConfigOptions)).toThrow(ConfigurationError)
    expect(() => newConfig(options as ConfigOptions)).toThrow(message)
  })

  const unusable: [ConfigOptions, string][] = [
    [{ net: { maxOpenRequests: 0 } }, 'net.maxOpenRequests must be >= 1'],
    [{ net: { readTimeout: Number.NaN } }, 'net.readTimeout must be a whole number, not NaN'],
    [{ net: { sasl: { enable: true } } }, 'net.sasl.user must not be empty'],
    [{ net: { sasl: { enable: true, user: 'a' } } }, 'net.sasl.password must not be empty'],
    [{ net: { sasl: { enable: true, mechanism: 'OAUTHBEARER' } } }, 'net.sasl.tokenProvider'],
    [{ net: { sasl: { enable: true, mechanism: 'GSSAPI' as 'PLAIN' } } }, 'net.sasl.mechanism is GSSAPI'],
    [{ net: { sasl: { enable: true, version: 0 } } }, 'apiVersionsRequest must be disabled'],
    [{ admin: { timeout: 0 } }, 'admin.timeout must be >= 1'],
    [{ metadata: { retry: { max: -1 } } }, 'metadata.retry.max must be >= 0'],
    [{ producer: { requiredAcks: 2 as 1 } }, 'producer.requiredAcks must be'],
    [{ producer: { compression: 'brotli' as 'gzip' } }, 'producer.compression is brotli'],
    [{ producer: { compression: 'gzip', compressionLevel: 10 } }, 'producer.compressionLevel 10'],
    [{ producer: { compression: 'zstd' }, version: '2.0.0' }, 'zstd compression requires version >= 2.1.0'],
    [{ producer: { flush: { messages: 10, maxMessages: 5 } } }, 'producer.flush.maxMessages must be >='],
    [{ producer: { idempotent: true } }, 'Idempotent producer requires producer.requiredAcks'],
    [
      { producer: { idempotent: true, requiredAcks: -1 }, net: { maxOpenRequests: 6 } },
      'net.maxOpenRequests to be at most 5',
    ],
    [{ producer: { idempotent: true, requiredAcks: -1, retry: { max: 0 } } }, 'producer.retry.max >= 1'],
    [{ producer: { transaction: { id: 'a' } } }, 'Transactional producer requires producer.idempotent'],
    [{ producer: { partitioner: null as never } }, 'producer.partitioner must be a function'],
    [{ consumer: { offsets: { initial: 0 } } }, 'consumer.offsets.initial must be'],
    [{ consumer: { isolationLevel: 1 }, version: V0_10_0_1 }, 'ReadCommitted requires version >= 0.11.0.0'],
    [{ consumer: { group: { heartbeat: { interval: 10_000 } } } }, 'consumer.group.heartbeat.interval must be <'],
    [{ consumer: { group: { rebalance: { groupStrategies: [] } } } }, 'groupStrategies must not be empty'],
    [{ consumer: { group: { instanceId: 'a b' } } }, 'consumer.group.instanceId a b contains'],
    [
      { consumer: { group: { instanceId: 'a' } }, version: '2.2.0' },
      'consumer.group.instanceId requires version >= 2.3.0',
    ],
    [{ version: '9.9.9' }, 'Kafka 9.9.9 is not a release'],
    [{ version: '0.10.0.0', clientID: 'a b' }, 'clientID "a b" is not valid for Kafka versions before 1.0.0'],
  ]
  test.each(unusable)('%j is unusable', (options, message) => {
    const config = newConfig(options)
    expect(() => config.validate()).toThrow(ConfigurationError)
    expect(() => config.validate()).toThrow(message)
  })

  test('of any number that makes no sense names its key', () => {
    const config = new Config()
    const paths = ['net.dialTimeout', 'producer.flush.bytes', 'consumer.fetch.maxBytes', 'channelBufferSize']
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.oneof(fc.integer({ max: -1 }), fc.double({ min: 0.1, max: 0.9 })),
        (path, value) => {
          const keys = path.split('.')
          const last = keys.pop() as string
          const options = keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), { [last]: value })
          expect(() => newConfig(options as ConfigOptions).validate()).toThrow(path)
          expect(() => config.validate()).not.toThrow()
        },
      ),
    )
  })
})

describe('a version', () => {
  test('is at least another by its numbers', () => {
    expect(isAtLeast(V2_8_1_0, '2.8')).toBe(true)
    expect(isAtLeast('0.11.0.0', '0.10.2.1')).toBe(true)
    expect(isAtLeast('2.1', '2.1.0')).toBe(true)
    expect(isAtLeast('2.0.1', '2.1.0')).toBe(false)
    expect(
      releases.every(
        (release, place) =>
          isAtLeast(MaxVersion, release) && (place === 0 || isAtLeast(release, releases[place - 1] ?? '')),
      ),
    ).toBe(true)
  })

  test('that is none is refused', () => {
    expect(() => parseKafkaVersion('five')).toThrow('Kafka five is not a release')
  })
})
