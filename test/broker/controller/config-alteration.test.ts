import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigResourceType } from '../../../src/broker/config/config-resource-type.ts'
import type { ConfigResource } from '../../../src/broker/controller/config-alteration.ts'
import { type ConfigOperation, OperationType } from '../../../src/broker/controller/config-operation.ts'
import { MetadataImage } from '../../../src/broker/controller/metadata-image.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { ControllerFixture, newestFeatures } from './metadata-fixture.ts'

const { SET, DELETE, APPEND, SUBTRACT } = OperationType
const topic = (name: string): ConfigResource => ({ type: ConfigResourceType.TOPIC, name })
const allBrokers: ConfigResource = { type: ConfigResourceType.BROKER, name: '' }

function withTopics(...names: string[]): ControllerFixture {
  const fixture = new ControllerFixture(1)
  fixture.controller.createFirstTopics(names.map((name) => [name, {}]))
  return fixture
}

function set(name: string, value: string): ConfigOperation {
  return { name, configOperation: SET, value }
}

/** Changes one resource, and tells the error and its message. */
function change(fixture: ControllerFixture, resource: ConfigResource, ...operations: ConfigOperation[]) {
  const [result] = fixture.controller.changeConfigs([{ resource, operations }], false)
  return [errorName(result?.errorCode ?? -1), result?.errorMessage]
}

function replace(fixture: ControllerFixture, resource: ConfigResource, configs: Record<string, string>) {
  const [result] = fixture.controller.replaceConfigs([{ resource, configs: new Map(Object.entries(configs)) }], false)
  return [errorName(result?.errorCode ?? -1), result?.errorMessage]
}

const NONE = ['NONE', null]

/** Values that no combination of makes wrong. */
const values: Readonly<Record<string, readonly string[]>> = {
  'retention.ms': ['1', '2', '-1'],
  'segment.ms': ['5', '6'],
  'cleanup.policy': ['delete', 'compact', 'delete,compact'],
}
const operation: fc.Arbitrary<ConfigOperation> = fc.constantFrom(...Object.keys(values)).chain((name) =>
  fc.record({
    name: fc.constant(name),
    configOperation:
      name === 'cleanup.policy' ? fc.constantFrom(SET, DELETE, APPEND, SUBTRACT) : fc.constantFrom(SET, DELETE),
    value: fc.constantFrom(...(values[name] ?? [])),
  }),
)
const request = fc.uniqueArray(operation, { selector: ({ name }) => name, minLength: 1 })

describe('changing configs', () => {
  test('does what the operations say, one after the other', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 6 }), (requests) => {
        const fixture = withTopics('a')
        const model = new Map<string, string>()
        for (const operations of requests) {
          expect(change(fixture, topic('a'), ...operations)).toEqual(NONE)
          for (const { name, configOperation, value } of operations) {
            const before = (model.get(name) ?? 'delete').split(',').filter((each) => each !== '')
            const asked = (value ?? '').split(',')
            if (configOperation === SET) model.set(name, value ?? '')
            else if (configOperation === DELETE) model.delete(name)
            else if (configOperation === APPEND) model.set(name, [...new Set([...before, ...asked])].join(','))
            else model.set(name, before.filter((each) => !asked.includes(each)).join(','))
          }
        }
        expect(new Map(fixture.image.topicConfigs('a'))).toEqual(model)
      }),
      { numRuns: 60 },
    )
  })

  test('is all in the log: an image that replays it has the same', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 6 }), (requests) => {
        const fixture = withTopics('a')
        for (const operations of requests) change(fixture, topic('a'), ...operations)
        const replayed = new MetadataImage()
        for (const record of fixture.follower(1).records) replayed.replay(record)
        expect(replayed.topicConfigs('a')).toEqual(fixture.image.topicConfigs('a'))
      }),
      { numRuns: 30 },
    )
  })

  test('writes a record for what is new, and none for what is as it was', () => {
    const fixture = withTopics('a')
    const { records } = fixture.follower(1)
    change(fixture, topic('a'), set('retention.ms', '5'))
    const before = records.length
    expect(
      change(fixture, topic('a'), set('retention.ms', '5'), {
        name: 'segment.ms',
        configOperation: DELETE,
        value: null,
      }),
    ).toEqual(NONE)
    expect(records).toHaveLength(before)
    // KAFKA-14136: for brokers it does, so that they read their files again.
    for (let i = 0; i < 2; i++) change(fixture, allBrokers, set('log.retention.ms', '5'))
    expect(records).toHaveLength(before + 2)
  })

  test('changes a resource as a whole or not at all, and the others all the same', () => {
    const fixture = withTopics('a', 'b')
    const results = fixture.controller.changeConfigs(
      [
        { resource: topic('a'), operations: [set('segment.ms', '5'), set('retention.ms', 'x')] },
        { resource: topic('b'), operations: [set('segment.ms', '6')] },
      ],
      false,
    )
    expect(results.map(({ errorCode }) => errorName(errorCode))).toEqual(['INVALID_CONFIG', 'NONE'])
    expect(fixture.image.topicConfigs('a').size).toBe(0)
    expect(fixture.image.topicConfigs('b').get('segment.ms')).toBe('6')
  })

  test('changes nothing when it is only to validate', () => {
    const fixture = withTopics('a')
    const operations = [set('retention.ms', '5')]
    expect(fixture.controller.changeConfigs([{ resource: topic('a'), operations }], true)).toEqual([
      { errorCode: 0, errorMessage: null },
    ])
    expect(fixture.image.topicConfigs('a').size).toBe(0)
  })

  test('refuses what is wrong, with the message that Kafka has for it', () => {
    const fixture = withTopics('a')
    expect(change(fixture, topic('a'), set('retention.ms', 'x'))).toEqual([
      'INVALID_CONFIG',
      'Invalid value x for configuration retention.ms: Not a number of type LONG',
    ])
    expect(change(fixture, topic('a'), set('no.such', '1'))).toEqual([
      'INVALID_CONFIG',
      'Unknown topic config name: no.such',
    ])
    expect(change(fixture, topic('missing'), set('retention.ms', '1'))).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
      "The topic 'missing' does not exist.",
    ])
    expect(change(fixture, topic(''), set('retention.ms', '1'))).toEqual([
      'INVALID_REQUEST',
      'Default topic resources are not allowed.',
    ])
    expect(change(fixture, topic('a b'), set('retention.ms', '1'))[0]).toBe('INVALID_TOPIC_EXCEPTION')
    // A value is checked before the topic is looked for.
    expect(change(fixture, topic('missing'), set('retention.ms', 'x'))[0]).toBe('INVALID_CONFIG')
    expect(change(fixture, allBrokers, set('my.own', 'x'.repeat(32_768)))).toEqual([
      'INVALID_CONFIG',
      'The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.',
    ])
    expect(change(fixture, topic('a'), { name: 'retention.ms', configOperation: 9, value: '1' })).toEqual([
      'UNKNOWN_SERVER_ERROR',
      null,
    ])
  })

  test('checks what is set before together with what is new', () => {
    const fixture = withTopics('a')
    change(fixture, topic('a'), set('max.compaction.lag.ms', '5'))
    expect(change(fixture, topic('a'), set('min.compaction.lag.ms', '6'))[0]).toBe('INVALID_CONFIG')
    expect(
      change(fixture, topic('a'), set('min.compaction.lag.ms', '6'), {
        name: 'max.compaction.lag.ms',
        configOperation: DELETE,
        value: null,
      }),
    ).toEqual(NONE)
  })

  test('checks topics against what is set for all brokers', () => {
    const fixture = withTopics('a')
    change(fixture, allBrokers, set('log.cleaner.max.compaction.lag.ms', '5'))
    expect(change(fixture, topic('a'), set('min.compaction.lag.ms', '6'))[0]).toBe('INVALID_CONFIG')
  })

  test('keeps the minimum of in-sync replicas where eligible leader replicas need it', () => {
    const elr = { name: 'eligible.leader.replicas.version', min: 0, max: 1, finalized: 1 }
    const fixture = new ControllerFixture(1, {}, [...newestFeatures, elr])
    expect(fixture.image.brokerConfigs(1).cluster.get('min.insync.replicas')).toBe('1')
    expect(change(fixture, { ...allBrokers, name: '1' }, set('min.insync.replicas', '2'))).toEqual([
      'INVALID_CONFIG',
      'Broker-level min.insync.replicas cannot be altered while ELR is enabled.',
    ])
    expect(replace(fixture, allBrokers, {})).toEqual([
      'INVALID_CONFIG',
      'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.',
    ])
  })
})

describe('replacing configs', () => {
  test('drops what the request does not name', () => {
    const fixture = withTopics('a')
    expect(replace(fixture, topic('a'), { 'retention.ms': '5', 'segment.ms': '6' })).toEqual(NONE)
    expect(replace(fixture, topic('a'), { 'retention.ms': '7' })).toEqual(NONE)
    expect(new Map(fixture.image.topicConfigs('a'))).toEqual(new Map([['retention.ms', '7']]))
    expect(replace(fixture, topic('a'), {})).toEqual(NONE)
    expect(fixture.image.topicConfigs('a').size).toBe(0)
  })

  test('leaves all as it was when something is wrong', () => {
    const fixture = withTopics('a')
    replace(fixture, topic('a'), { 'retention.ms': '5' })
    expect(replace(fixture, topic('a'), { 'segment.ms': 'x' })[0]).toBe('INVALID_CONFIG')
    expect(fixture.image.topicConfigs('a').get('retention.ms')).toBe('5')
  })
})
