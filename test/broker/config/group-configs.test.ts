import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../../src/broker/config/broker-config.ts'
import { checkClientMetricsConfigs } from '../../../src/broker/config/client-metrics-configs.ts'
import { ConfigError } from '../../../src/broker/config/config-def.ts'
import { groupConfigSynonyms, groupConfigTable } from '../../../src/broker/config/config-table.ts'
import { newestConfigs } from '../../../src/broker/config/config-tables.ts'
import { checkGroupConfigs } from '../../../src/broker/config/group-configs.ts'

type Configs = Readonly<Record<string, string>>

describe('the configs of a group', () => {
  const check =
    (overrides: Configs, given: Configs = {}) =>
    () =>
      checkGroupConfigs(new Map(Object.entries(overrides)), new BrokerConfig(given, 1))

  test('may be what they are by default', () => {
    for (const [name, [, defaultValue]] of Object.entries(groupConfigTable)) {
      if (typeof defaultValue === 'string') expect(check({ [name]: defaultValue }), name).not.toThrow()
    }
    for (const [name, synonym] of Object.entries(groupConfigSynonyms)) {
      const inherited = new BrokerConfig({}, 1).text(synonym)
      expect(check({ [name]: inherited ?? '' }), name).not.toThrow()
    }
  })

  test.each<[Configs, string]>([
    [{ 'no.such': '1' }, 'Unknown group config name: no.such'],
    [
      { 'consumer.session.timeout.ms': 'x' },
      'Invalid value x for configuration consumer.session.timeout.ms: Not a number of type INT',
    ],
    [
      { 'consumer.heartbeat.interval.ms': '0' },
      'Invalid value 0 for configuration consumer.heartbeat.interval.ms: Value must be at least 1',
    ],
    [
      { 'consumer.session.timeout.ms': '5' },
      'consumer.session.timeout.ms must be in the range 45000 to 60000 inclusive.',
    ],
    [{ 'share.delivery.count.limit': '11' }, 'share.delivery.count.limit must be in the range 2 to 10 inclusive.'],
    [{ 'streams.num.standby.replicas': '3' }, 'streams.num.standby.replicas must be less than or equal to 2'],
    [
      { 'streams.task.offset.interval.ms': '5' },
      'streams.task.offset.interval.ms must be greater than or equal to 15000',
    ],
    [
      { 'streams.assignor.name': 'x' },
      "streams.assignor.name 'x' is not a registered task assignor. Registered assignors are: [sticky].",
    ],
    [
      { 'streams.rack.aware.assignment.tags': 'a , a' },
      'streams.rack.aware.assignment.tags must not contain duplicate tag keys.',
    ],
    [
      { 'errors.deadletterqueue.topic.name': '__x' },
      "errors.deadletterqueue.topic.name: DLQ topic name must not start with '__'",
    ],
    [
      { 'share.isolation.level': 'x' },
      'Invalid value x for configuration share.isolation.level: String must be one of: read_committed, read_uncommitted',
    ],
    [
      { 'share.auto.offset.reset': 'x' },
      "Invalid value x for configuration share.auto.offset.reset: Invalid value `x` for configuration share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.",
    ],
  ])('are refused: %o', (overrides, message) => {
    expect(check(overrides)).toThrow(new ConfigError(message))
  })

  test('keep to the limits that the broker was given', () => {
    expect(
      check({ 'consumer.session.timeout.ms': '5000' }, { 'group.consumer.min.session.timeout.ms': '4000' }),
    ).toThrow('consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms')
    expect(
      check({ 'consumer.session.timeout.ms': '6000' }, { 'group.consumer.min.session.timeout.ms': '4000' }),
    ).not.toThrow()
  })

  test.each(['earliest', 'latest', 'by_duration:P1D', 'by_duration:PT1H2M3.5S', 'by_duration:P2DT1S'])(
    'let a share group begin at %s',
    (value) => {
      expect(check({ 'share.auto.offset.reset': value })).not.toThrow()
    },
  )

  test.each([
    'EARLIEST',
    'none',
    'by_duration:',
    'by_duration:P',
    'by_duration:PT',
    'by_duration:-P1D',
    'by_duration:P1DT',
  ])('let no share group begin at %s', (value) => {
    expect(check({ 'share.auto.offset.reset': value })).toThrow(ConfigError)
  })
})

describe('a subscription to the metrics of clients', () => {
  const check = (overrides: Configs) => () =>
    checkClientMetricsConfigs(new Map(Object.entries(overrides)), newestConfigs)

  test('says which metrics, how often and of whom', () => {
    expect(
      check({ metrics: 'a,b', 'interval.ms': '100', match: 'client_id=a.*, client_source_port = 1' }),
    ).not.toThrow()
  })

  test.each<[Configs, string]>([
    [{ 'no.such': '1' }, 'Unknown client metrics configuration: no.such'],
    [{ 'interval.ms': 'x' }, 'Invalid value x for configuration interval.ms: Not a number of type INT'],
    [{ 'interval.ms': '99' }, 'Invalid value 99 for interval.ms, interval must be between 100 and 3600000 (1 hour)'],
    [{ match: 'x' }, 'Illegal client matching pattern: x'],
    [{ match: 'no_such=x' }, 'Illegal client matching pattern: no_such=x'],
    [{ match: 'client_id=[' }, 'Illegal client matching pattern: client_id=['],
    [{ match: 'client_id=a=b' }, 'Illegal client matching pattern: client_id=a=b'],
  ])('is refused: %o', (overrides, message) => {
    expect(check(overrides)).toThrow(message)
  })
})
