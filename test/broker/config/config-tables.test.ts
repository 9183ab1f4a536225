import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../../src/broker/config/broker-config.ts'
import {
  checkClientMetricsConfigs,
  describeClientMetricsConfigs,
} from '../../../src/broker/config/client-metrics-configs.ts'
import { configTablesOf, newestConfigs } from '../../../src/broker/config/config-tables.ts'
import { describeBrokerConfigs } from '../../../src/broker/config/describe-broker-configs.ts'
import { describeTopicConfigs } from '../../../src/broker/config/describe-topic-configs.ts'
import { checkDynamicConfigs } from '../../../src/broker/config/dynamic-broker-configs.ts'
import { everything, releaseOf } from '../../../src/protocol/release.ts'

const before4 = configTablesOf(releaseOf('3.9'))

function config(given: Record<string, string> = {}): BrokerConfig {
  return new BrokerConfig(given, 1, true, before4)
}

function check(overrides: Record<string, string>, of = config()): () => void {
  return () => of.checkTopicConfigs(new Map(Object.entries(overrides)))
}

describe('the configs of a release', () => {
  test('are those of the newest from 4.0 on, and those of 3.9 before', () => {
    expect([everything, releaseOf('4.0'), releaseOf('4.4')].map(configTablesOf)).toEqual(Array(3).fill(newestConfigs))
    expect(configTablesOf(releaseOf('0.11.0'))).toBe(before4)
  })

  test('begin with what KIP-1030 changed in 4.0', () => {
    expect(check({ 'segment.bytes': '1024' })).not.toThrow()
    expect(check({ 'segment.bytes': '13' })).toThrow('Value must be at least 14')
    expect(check({ 'segment.bytes': '1024' }, new BrokerConfig({}, 1))).toThrow('Value must be at least 1048576')
    expect(config().logConfig(new Map()).timestampAfterMaxMs).toBe(Number.MAX_SAFE_INTEGER)
    expect(config().defaultText('num.recovery.threads.per.data.dir')).toBe('1')
  })

  test('let a list of 3.9 be empty, and say things twice, but nothing else than what there is', () => {
    expect(check({ 'cleanup.policy': '' })).not.toThrow()
    expect(check({ 'cleanup.policy': 'compact,compact' })).not.toThrow()
    expect(check({ 'cleanup.policy': 'compact,keep' })).toThrow(
      'Invalid value keep for configuration cleanup.policy: String must be one of: compact, delete',
    )
  })

  test('have the formats of messages until 4.0 has none', () => {
    expect(check({ 'message.format.version': '2.0', 'message.downconversion.enable': 'false' })).not.toThrow()
    expect(check({ 'message.format.version': '2.0' }, new BrokerConfig({}, 1))).toThrow('Unknown topic config name')
  })

  test('are what a broker tells of, with lists that were texts', () => {
    const told = describeBrokerConfigs(config({ 'log.dirs': '/a, /b' }))
    expect(told.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(before4.broker).slice(0, 5)))
    expect(told.find(({ name }) => name === 'zookeeper.connect')).toMatchObject({ value: null, readOnly: true })
    expect(told.find(({ name }) => name === 'log.dirs')).toMatchObject({ value: '/a, /b', type: 2 })
    expect(told.find(({ name }) => name === 'group.streams.max.size')).toBeUndefined()
    expect(config({ 'log.dirs': '/a, /b' }).list('log.dirs')).toEqual(['/a', '/b'])
  })

  test('fall back to the configs of the broker that the release has', () => {
    const topic = describeTopicConfigs(config({ 'log.message.downconversion.enable': 'false' }), new Map())
    expect(topic.find(({ name }) => name === 'message.downconversion.enable')).toMatchObject({
      value: 'false',
      source: 4,
    })
    expect(topic.map(({ name }) => name)).not.toContain('remote.copy.lag.ms')
  })

  test('are taken from the newest where only that has them, but not told of', () => {
    const newer = config({ 'group.streams.max.size': '5' })
    expect(newer.int('group.streams.max.size')).toBe(5)
    expect(newer.logConfig(new Map()).maxDecompressedMessageBytes).toBe(2 ** 31 - 9)
  })

  test("do not count when they are set later, where only the newest has them: Kafka takes them for somebody's own", () => {
    const older = config({ 'group.streams.max.size': '5' })
    for (const name of [
      'max.decompressed.message.bytes',
      'group.streams.max.size',
      'group.share.assignment.interval.ms',
    ]) {
      const overrides = new Map([[name, 'x']])
      expect(() => checkDynamicConfigs(older, 'cluster', overrides)).not.toThrow()
      older.override({ cluster: overrides, broker: new Map() })
      expect(describeBrokerConfigs(older).find((told) => told.name === name)).toBeDefined()
      expect(older.int('group.streams.max.size')).toBe(5)
      expect(older.logConfig(new Map()).maxDecompressedMessageBytes).toBe(2 ** 31 - 9)
    }
  })

  test('are what was probably meant by a name that there is not', () => {
    expect(() => config({ 'zookeeper.conect': 'x' })).toThrow('did you mean zookeeper.connect?')
    expect(() => config({ 'message.format.version': '2.0' })).toThrow("the broker's is log.message.format.version")
    expect(() => config({ 'group.streams.max.sice': '5' })).toThrow('did you mean group.streams.max.size?')
  })

  test('are refused in the words of Scala before 4.0', () => {
    const overrides = new Map([['num.partitions', '3']])
    expect(() => checkDynamicConfigs(config(), 'broker', overrides)).toThrow(
      'Cannot update these configs dynamically: Set(num.partitions)',
    )
    expect(() => checkDynamicConfigs(new BrokerConfig({}, 1), 'broker', overrides)).toThrow(': [num.partitions]')
    const security = new Map([['ssl.keystore.location', '/x']])
    expect(() => checkDynamicConfigs(config(), 'broker', security)).toThrow(': HashSet(ssl.keystore.location)')
  })

  test('of a subscription to metrics were told as they were set', () => {
    expect(describeClientMetricsConfigs(new Map([['metrics', 'a']]), before4)).toMatchObject([
      { name: 'metrics', value: 'a', source: 7, type: 0, synonyms: [] },
    ])
    expect(describeClientMetricsConfigs(new Map(), newestConfigs)).toHaveLength(3)
    const interval = new Map([['interval.ms', 'x']])
    expect(() => checkClientMetricsConfigs(interval, before4)).toThrow(
      expect.objectContaining({ error: 'UNKNOWN_SERVER_ERROR' }),
    )
    expect(() => checkClientMetricsConfigs(interval, newestConfigs)).toThrow('Not a number of type INT')
  })
})
