import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../../src/broker/config/broker-config.ts'
import { ConfigError } from '../../../src/broker/config/config-def.ts'
import { brokerConfigTable } from '../../../src/broker/config/config-table.ts'
import { differences, ownConfigTable } from '../../../src/broker/config/differences.ts'

const none: ReadonlyMap<string, string> = new Map()

function config(given: Record<string, string> = {}, brokers = 1): BrokerConfig {
  return new BrokerConfig(given, brokers)
}

describe("a broker's config", () => {
  test('has the values that were given, and defaults for all others', () => {
    const given = config({ 'num.partitions': '3', 'auto.create.topics.enable': 'false', 'log.retention.ms': '-1' })
    expect(given.int('num.partitions')).toBe(3)
    expect(given.bool('auto.create.topics.enable')).toBe(false)
    expect(given.long('log.retention.ms')).toBe(-1)
    expect(given.int('default.replication.factor')).toBe(1)
    expect(given.double('log.cleaner.min.cleanable.ratio')).toBe(0.5)
    expect(given.list('sasl.enabled.mechanisms')).toEqual(['GSSAPI'])
    expect(given.string('compression.type')).toBe('producer')
    expect(given.value('broker.rack')).toBeNull()
  })

  test('clamps a long that JavaScript cannot count to', () => {
    expect(config().long('log.flush.interval.messages')).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('takes every config that Kafka has, at its default', () => {
    for (const [name, [, defaultValue]] of Object.entries(brokerConfigTable)) {
      if (typeof defaultValue === 'string') expect(() => config({ [name]: defaultValue })).not.toThrow()
    }
  })

  test('refuses a name that Kafka does not have, and says which was probably meant', () => {
    expect(() => config({ 'num.partition': '1' })).toThrow(
      new ConfigError('Unknown broker config num.partition: did you mean num.partitions?'),
    )
    expect(() => config({ 'retention.ms': '1' })).toThrow(
      "Unknown broker config retention.ms: it is a topic's config, the broker's is log.retention.ms",
    )
    expect(() => config({ 'zookeeper.connect': 'localhost' })).toThrow(/^Unknown broker config zookeeper.connect$/)
    expect(() => config({ constructor: '1' })).toThrow('Unknown broker config constructor')
    expect(() => config().int('no.such')).toThrow('Unknown broker config no.such')
  })

  test('takes what is said of one listener', () => {
    expect(() => config({ 'listener.name.internal.ssl.keystore.type': 'PEM' })).not.toThrow()
  })

  test('refuses a wrong value, by its name', () => {
    expect(() => config({ 'num.partitions': '0' })).toThrow(
      'Invalid value 0 for configuration num.partitions: Value must be at least 1',
    )
    expect(() => config({ 'log.retention.hours': '0' })).toThrow('log.retention.ms must be unlimited (-1) or')
    expect(() => config({ 'log.roll.ms': '0' })).toThrow('log.roll.ms must be greater than or equal to 1')
    expect(() => config({ 'log.roll.jitter.ms': '-1' })).toThrow(
      'log.roll.jitter.ms must be greater than or equal to 0',
    )
    expect(() =>
      config({ 'log.cleaner.min.compaction.lag.ms': '2', 'log.cleaner.max.compaction.lag.ms': '1' }),
    ).toThrow('conflict topic config setting min.compaction.lag.ms (2) > max.compaction.lag.ms (1)')
  })
})

describe('a default that differs from Kafka', () => {
  test.each(differences)('$config is one that a broker has, and says why', ({ config: name, kafka, ours, reason }) => {
    expect(Object.hasOwn(brokerConfigTable, name) || Object.hasOwn(ownConfigTable, name)).toBe(true)
    expect(ours).not.toBe(kafka)
    expect(reason).toMatch(/\.$/)
    if (Object.hasOwn(brokerConfigTable, name)) expect(brokerConfigTable[name]?.[1]).toBe(kafka)
  })

  test('lets members that start together share the first generation, where time passes by itself', () => {
    const name = 'group.initial.rebalance.delay.ms'
    const real = new BrokerConfig({}, 1, true)
    expect([real, real.fork()].map((config) => config.int(name))).toEqual([10, 10])
    expect(new BrokerConfig({ [name]: '0' }, 1, true).int(name)).toBe(0)
    expect(new BrokerConfig({}, 1, false).int(name)).toBe(0)
  })

  test('gives way to the value that Kafka has', () => {
    expect(config().int('group.initial.rebalance.delay.ms')).toBe(0)
    expect(config({ 'group.initial.rebalance.delay.ms': '3000' }).int('group.initial.rebalance.delay.ms')).toBe(3000)
  })

  test('lets internal topics be as replicated as the cluster allows, unless told otherwise', () => {
    const name = 'offsets.topic.replication.factor'
    expect([1, 2, 3, 4].map((brokers) => config({}, brokers).int(name))).toEqual([1, 2, 3, 3])
    expect(config({ [name]: '3' }, 1).int(name)).toBe(3)
    expect([1, 2, 3].map((brokers) => config({}, brokers).int('transaction.state.log.min.isr'))).toEqual([1, 2, 2])
  })
})

describe("a topic's config", () => {
  test('is the default where neither topic nor broker says anything', () => {
    expect(config().logConfig(none)).toMatchObject({
      segmentBytes: 2 ** 30,
      segmentMs: 7 * 24 * 3_600_000,
      retentionMs: 7 * 24 * 3_600_000,
      retentionBytes: -1,
      maxMessageBytes: 1_048_588,
      compact: false,
      delete: true,
      minInSyncReplicas: 1,
      compressionType: 'producer',
      timestampType: 'CreateTime',
      timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
      timestampAfterMaxMs: 3_600_000,
    })
  })

  test('is what the topic says before what the broker says', () => {
    const broker = config({ 'log.retention.ms': '5', 'message.max.bytes': '100', 'log.cleanup.policy': 'compact' })
    expect(broker.logConfig(none)).toMatchObject({ retentionMs: 5, maxMessageBytes: 100, compact: true, delete: false })
    const topic = new Map([
      ['retention.ms', '6'],
      ['cleanup.policy', 'compact, delete'],
    ])
    expect(broker.logConfig(topic)).toMatchObject({ retentionMs: 6, maxMessageBytes: 100, compact: true, delete: true })
  })

  test('follows the first broker config that is set, in its own unit', () => {
    const retention = (given: Record<string, string>): number => config(given).logConfig(none).retentionMs
    expect(retention({ 'log.retention.hours': '2' })).toBe(7_200_000)
    expect(retention({ 'log.retention.hours': '2', 'log.retention.minutes': '3' })).toBe(180_000)
    expect(retention({ 'log.retention.hours': '2', 'log.retention.minutes': '3', 'log.retention.ms': '4' })).toBe(4)
    expect(retention({ 'log.retention.hours': '-1' })).toBe(-1)
    expect(config({ 'log.roll.hours': '1' }).logConfig(none).segmentMs).toBe(3_600_000)
  })

  test('takes segments smaller than Kafka allows from the config that Kafka keeps for itself', () => {
    expect(config().logConfig(new Map([['internal.segment.bytes', '100']])).segmentBytes).toBe(100)
  })

  test('is parsed to the value that was written, whatever was written', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (ms) => {
        const overrides = new Map([['retention.bytes', String(ms)]])
        expect(config().logConfig(overrides).retentionBytes).toBe(ms)
      }),
    )
  })
})

describe('the overrides of a topic', () => {
  const check = (overrides: Record<string, string>, existing?: Record<string, string>) => () =>
    config().checkTopicConfigs(new Map(Object.entries(overrides)), existing && new Map(Object.entries(existing)))

  test('are checked by name and by value', () => {
    expect(check({ 'retention.ms': '60000', 'cleanup.policy': 'compact' })).not.toThrow()
    expect(check({ 'no.such': '1' })).toThrow('Unknown topic config name: no.such')
    expect(check({ 'retention.ms': 'x' })).toThrow('Invalid value x for configuration retention.ms')
  })

  test('are complained of in the order in which Kafka defines them', () => {
    expect(check({ 'retention.ms': 'x', 'segment.ms': 'y' })).toThrow('Invalid value y for configuration segment.ms')
  })

  test('are checked together', () => {
    expect(check({ 'min.compaction.lag.ms': '10', 'max.compaction.lag.ms': '5' })).toThrow(
      'conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)',
    )
    expect(check({ 'remote.storage.enable': 'true' })).toThrow('Tiered Storage functionality is disabled in the broker')
    expect(check({}, { 'remote.storage.enable': 'true' })).toThrow('It is invalid to disable remote storage')
  })

  test('of a topic in remote storage leave no more behind than they keep at all', () => {
    const remote = config({ 'remote.log.storage.system.enable': 'true' })
    const checkRemote = (overrides: Record<string, string>) => () =>
      remote.checkTopicConfigs(new Map(Object.entries({ 'remote.storage.enable': 'true', ...overrides })))
    expect(checkRemote({})).not.toThrow()
    expect(checkRemote({ 'cleanup.policy': 'compact' })).toThrow('only supports topics with cleanup.policy=delete')
    expect(checkRemote({ 'retention.ms': '5', 'local.retention.ms': '6' })).toThrow(
      'Invalid value 6 for configuration local.retention.ms: Value must not be more than retention.ms property value: 5',
    )
    expect(checkRemote({ 'retention.bytes': '5', 'local.retention.bytes': '-1' })).toThrow(
      'Value must not be -1 as retention.bytes value is set as 5.',
    )
    expect(checkRemote({ 'local.retention.ms': '5', 'remote.copy.lag.ms': '6' })).toThrow(
      'Value must not exceed local.retention.ms (effective value: 5)',
    )
    expect(checkRemote({ 'local.retention.ms': '5', 'remote.log.copy.disable': 'true' })).toThrow(
      'the `local.retention.ms` and `retention.ms` must be set to the identical value',
    )
  })
})
