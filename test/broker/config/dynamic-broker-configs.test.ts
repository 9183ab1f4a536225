import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../../src/broker/config/broker-config.ts'
import { brokerConfigSynonyms } from '../../../src/broker/config/broker-config-synonyms.ts'
import { ConfigError } from '../../../src/broker/config/config-def.ts'
import { dynamicBrokerConfigs } from '../../../src/broker/config/config-table.ts'
import { newestConfigs } from '../../../src/broker/config/config-tables.ts'
import { checkDynamicConfigs, isDynamic } from '../../../src/broker/config/dynamic-broker-configs.ts'

type Configs = Readonly<Record<string, string>>

function map(configs: Configs = {}): ReadonlyMap<string, string> {
  return new Map(Object.entries(configs))
}

/** A broker's config with what is set for all brokers, and for it. */
function config(given: Configs, cluster: Configs = {}, broker: Configs = {}): BrokerConfig {
  const own = new BrokerConfig(given, 1).fork()
  own.override({ cluster: map(cluster), broker: map(broker) })
  return own
}

describe("a broker's config", () => {
  test('is what is set for it, else for all, else what it was started with, else the default', () => {
    const value = fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined })
    const name = 'message.max.bytes'
    const layer = (set: number | undefined): Configs => (set === undefined ? {} : { [name]: String(set) })
    fc.assert(
      fc.property(value, value, value, (given, cluster, broker) => {
        const own = config(layer(given), layer(cluster), layer(broker))
        expect(own.int(name)).toBe(broker ?? cluster ?? given ?? 1_048_588)
        expect(own.logConfig(new Map()).maxMessageBytes).toBe(own.int(name))
      }),
    )
  })

  test('is read anew when something else is set', () => {
    const own = config({}, { 'message.max.bytes': '5' })
    expect([own.int('message.max.bytes'), own.logConfig(map()).maxMessageBytes]).toEqual([5, 5])
    own.override({ cluster: map(), broker: map({ 'message.max.bytes': '6' }) })
    expect([own.int('message.max.bytes'), own.logConfig(map()).maxMessageBytes]).toEqual([6, 6])
    own.override({ cluster: map(), broker: map() })
    expect(own.int('message.max.bytes')).toBe(1_048_588)
  })

  test('goes its own way: what is set for one broker is not set for the others', () => {
    const given = new BrokerConfig({ 'message.max.bytes': '5' }, 2)
    const [one, other] = [given.fork({ 'node.id': '1' }), given.fork({ 'node.id': '2' })]
    one.override({ cluster: map(), broker: map({ 'message.max.bytes': '6' }) })
    expect([one, other, given].map((each) => each.int('message.max.bytes'))).toEqual([6, 5, 5])
    expect([one.int('node.id'), other.int('node.id')]).toEqual([1, 2])
  })

  test('follows what is set later in one unit before what was given in another', () => {
    const own = config(
      { 'log.retention.ms': '5', 'log.roll.hours': '1' },
      { 'log.retention.ms': '7', 'log.roll.ms': '8' },
    )
    expect(own.logConfig(map())).toMatchObject({ retentionMs: 7, segmentMs: 8 })
    expect(brokerConfigSynonyms('log.retention.minutes')).toEqual([
      'log.retention.ms',
      'log.retention.minutes',
      'log.retention.hours',
    ])
    expect(brokerConfigSynonyms('listener.name.x.plain.sasl.jaas.config')).toEqual([
      'listener.name.x.plain.sasl.jaas.config',
      'sasl.jaas.config',
    ])
  })
})

describe('what is set while a broker runs', () => {
  const check =
    (scope: 'broker' | 'cluster', overrides: Configs, given: Configs = {}) =>
    () =>
      checkDynamicConfigs(config(given), scope, map(overrides))
  const wrapped = (message: string) =>
    `Invalid value org.apache.kafka.common.config.ConfigException: ${message} for configuration Invalid dynamic configuration`

  test('may be any of what Kafka lists as dynamic, for the broker itself', () => {
    for (const name of Object.keys(dynamicBrokerConfigs)) {
      if (name.startsWith('ssl.')) continue
      const text = config({}).defaultText(name)
      if (text !== null && !['max.connection.creation.rate'].includes(name))
        expect(check('broker', { [name]: text }), name).not.toThrow()
    }
    const names = ['log.retention.ms', 'log.retention.hours', 'toString']
    expect(names.map((name) => isDynamic(name, newestConfigs))).toEqual([true, false, false])
  })

  test('is checked in its type and range', () => {
    expect(check('broker', { 'message.max.bytes': 'x' })).toThrow(
      new ConfigError('Invalid value x for configuration message.max.bytes: Not a number of type INT'),
    )
    expect(check('broker', { 'leader.replication.throttled.rate': '-1' })).toThrow('Value must be at least 0')
    expect(check('broker', { 'listener.name.x.max.connections': '-1' })).toThrow(/configuration max.connections/)
  })

  test('is refused when only a start can set it, or when it is for one broker and meant for all', () => {
    expect(check('broker', { 'num.partitions': '1' })).toThrow(
      'Cannot update these configs dynamically: [num.partitions]',
    )
    expect(check('broker', { 'ssl.truststore.location': '/x' })).toThrow(
      'only per-listener using the listener prefix: [ssl.truststore.location]',
    )
    expect(check('broker', { 'listener.name.x.ssl.truststore.location': '/x' })).not.toThrow()
    expect(check('cluster', { 'ssl.client.auth': 'none' })).toThrow('broker id must be specified: [ssl.client.auth]')
    expect(check('cluster', { 'listener.name.x.max.connections': '5' })).not.toThrow()
  })

  test('may be anything under a name that is not one of Kafka, nor of memkafka', () => {
    expect(check('broker', { 'my.own': 'x' })).not.toThrow()
    const own = 'memkafka.validate.compressed.records'
    expect(check('cluster', { [own]: 'yes' })).toThrow(`Invalid value yes for configuration ${own}`)
    expect(check('cluster', { [own]: 'true' })).not.toThrow()
    expect(config({}, { [own]: 'true' }).bool(own)).toBe(true)
  })

  test('goes together with what was given', () => {
    expect(check('broker', { 'log.local.retention.ms': '6' }, { 'log.retention.ms': '5' })).toThrow(
      wrapped(
        'Invalid value 6 for configuration log.local.retention.ms: Value must not be more than log.retention.ms property value: 5',
      ),
    )
    expect(check('broker', { 'log.local.retention.bytes': '-1' }, { 'log.retention.bytes': '5' })).toThrow(
      wrapped(
        'Invalid value -1 for configuration log.local.retention.bytes: Value must not be -1 as log.retention.bytes value is set as 5.',
      ),
    )
    expect(check('broker', { 'log.remote.copy.lag.ms': '6' }, { 'log.retention.ms': '5' })).toThrow(
      wrapped(
        'Invalid value 6 for configuration log.remote.copy.lag.ms: Value must not exceed log.local.retention.ms (effective value: 5)',
      ),
    )
  })

  test('changes the number of threads to double or half at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 200 }), (before, after) => {
        const change = check('broker', { 'num.io.threads': String(after) }, { 'num.io.threads': String(before) })
        if (after >= Math.floor(before / 2) && after <= before * 2) expect(change).not.toThrow()
        else expect(change).toThrow(`validation failed for num.io.threads=${after}, value should`)
      }),
    )
    expect(check('broker', { 'log.cleaner.threads': '3' })).toThrow(
      wrapped('Log cleaner threads cannot be increased to more than double the current value 1'),
    )
    expect(check('broker', { 'log.cleaner.threads': '1' }, { 'log.cleaner.threads': '4' })).toThrow(
      'cannot be reduced to less than half',
    )
    expect(check('broker', { 'log.cleaner.threads': '0' })).toThrow('Log cleaner threads should be at least 1')
  })

  test.each<[Configs, string]>([
    [
      { 'max.connections.per.ip': '0' },
      'requirement failed: max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.',
    ],
    [
      { 'max.connections.per.ip.overrides': 'x' },
      "Error parsing configuration property 'max.connections.per.ip.overrides': begin 0, end -1, length 1",
    ],
    [{ 'max.connections.per.ip.overrides': 'x:y' }, 'For input string: "y"'],
    [
      { 'log.cleaner.dedupe.buffer.size': '1048576' },
      'requirement failed: log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.',
    ],
    [
      { 'cordoned.log.dirs': '/x,/y' },
      'requirement failed: All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : /x, /y',
    ],
    [
      { 'group.share.assignment.interval.ms': '20000' },
      'group.share.assignment.interval.ms must be less than or equal to group.share.max.assignment.interval.ms',
    ],
  ])('is refused where it does not go together: %o', (overrides, message) => {
    expect(check('broker', overrides)).toThrow(new ConfigError(message))
  })

  test('leaves a broker the listeners that it advertises, each with its protocol', () => {
    const given = { listeners: 'PLAINTEXT://127.0.0.1:1', 'advertised.listeners': 'PLAINTEXT://127.0.0.1:1' }
    expect(check('broker', { listeners: 'PLAINTEXT://127.0.0.1:2,SSL://:3' }, given)).not.toThrow()
    expect(check('broker', { listeners: 'x' }, given)).toThrow(
      "Error creating broker listeners from '[x]': Unable to parse x to a broker endpoint",
    )
    expect(check('broker', { listeners: 'A://:1' }, given)).toThrow(
      "from '[A://:1]': No security protocol defined for listener A",
    )
    expect(check('broker', { listeners: 'SSL://:1' }, given)).toThrow(
      'Found PLAINTEXT. The valid options based on the current configuration are SSL',
    )
    expect(check('broker', { 'listener.security.protocol.map': 'x' }, given)).toThrow(
      "Error parsing configuration property 'listener.security.protocol.map': begin 0, end -1, length 1",
    )
    expect(check('broker', { 'listener.security.protocol.map': 'PLAINTEXT:SSL' }, given)).toThrow(
      wrapped('Security protocol cannot be updated for existing listener ListenerName(PLAINTEXT)'),
    )
  })

  test('loads no Java classes', () => {
    expect(check('broker', { 'principal.builder.class': 'x.Y' })).toThrow(
      'Invalid value x.Y for configuration principal.builder.class: Class x.Y could not be found.',
    )
    expect(check('cluster', { 'metric.reporters': 'x.Y' })).toThrow(
      'failed with class class kafka.server.DynamicMetricsReporters',
    )
  })
})
