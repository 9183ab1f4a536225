import { describe, expect, test } from 'vitest'
import { groupProtocols } from '../../../conformance/kafka/group-protocols.ts'
import { type Node, properties, propertiesText } from '../../../conformance/kafka/properties.ts'
import { KafkaStartError, releaseOf } from '../../../conformance/kafka/release.ts'

const nodes = [1, 2, 3, 4].map(
  (nodeId): Node => ({
    nodeId,
    brokerPort: 21000 + nodeId,
    controllerPort: 21100 + nodeId,
    directoryId: `directory-${nodeId}`,
    folder: `/data/${nodeId}`,
  }),
)
const plain = { authorizer: false, earlyAccess: false }

function configsOf(version: string, brokers: number, options = plain, configs = {}): Record<string, string> {
  return properties(releaseOf(version), nodes[0] as Node, nodes.slice(0, brokers), options, configs)
}

describe('a release of Kafka to run', () => {
  test.each(['3.9.0', '3.9.2', '4.0.0', '4.4.0', '4.4.0-rc1', '10.0.0'])('is %s', (version) => {
    expect(releaseOf(version).version).toBe(version)
  })

  test.each(['', '4', '4.4', 'latest', '4.4.0 ', '4.4.0;', '../4.4.0'])('is not «%s»', (version) => {
    expect(() => releaseOf(version)).toThrow(KafkaStartError)
  })

  test.each(['0.10.0', '2.8.2', '3.8.1'])('is none before 3.9: %s', (version) => {
    expect(() => releaseOf(version)).toThrow('3.9.0 and later can')
  })
})

describe('the configs of a broker', () => {
  test.each([
    [1, '1', '1'],
    [2, '2', '2'],
    [3, '3', '2'],
    [4, '3', '2'],
  ])('let the internal topics of %i brokers be made', (brokers, replicas, inSync) => {
    const configs = configsOf('4.4.0', brokers)
    expect(configs['offsets.topic.replication.factor']).toBe(replicas)
    expect(configs['transaction.state.log.replication.factor']).toBe(replicas)
    expect(configs['share.coordinator.state.topic.replication.factor']).toBe(replicas)
    expect(configs['transaction.state.log.min.isr']).toBe(inSync)
    expect(configs['share.coordinator.state.topic.min.isr']).toBe(inSync)
  })

  test('name share groups only where there are some', () => {
    expect(Object.keys(configsOf('3.9.2', 1)).filter((name) => name.startsWith('share.'))).toEqual([])
  })

  test('let the brokers elect a controller when ACLs count', () => {
    const configs = configsOf('4.4.0', 3, { ...plain, authorizer: true })
    expect(configs['authorizer.class.name']).toBe('org.apache.kafka.metadata.authorizer.StandardAuthorizer')
    expect(configs['super.users']).toBe('User:ANONYMOUS')
    expect(configsOf('4.4.0', 3)['authorizer.class.name']).toBeUndefined()
  })

  test('are won by those of the caller', () => {
    const own = { 'group.initial.rebalance.delay.ms': '100', 'num.partitions': '3' }
    expect(configsOf('4.4.0', 1, plain, own)).toMatchObject(own)
  })

  test('keep their backslashes in a file of properties', () => {
    expect(propertiesText({ a: 'b\\c=d', e: '' })).toBe('a=b\\\\c=d\ne=\n')
  })
})

describe('the group protocols of a release', () => {
  test.each([
    ['3.9.2', false, 'classic,consumer', []],
    ['4.0.0', false, undefined, []],
    ['4.0.0', true, 'classic,consumer,share', []],
    ['4.1.2', false, undefined, ['share.version=1']],
    ['4.1.2', true, 'classic,consumer,streams', ['share.version=1', 'streams.version=1']],
    ['4.2.0', true, undefined, []],
    ['4.4.0', false, undefined, []],
  ])('%s, early access %s: %s, %s', (version, earlyAccess, protocols, features) => {
    const told = groupProtocols(releaseOf(version), earlyAccess)
    expect(told.configs['group.coordinator.rebalance.protocols']).toBe(protocols)
    expect(told.features).toEqual(features)
  })
})
