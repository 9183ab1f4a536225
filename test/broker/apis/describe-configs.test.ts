import { describe, expect, test } from 'vitest'
import {
  brokerConfigTable,
  clientMetricsConfigTable,
  groupConfigTable,
  topicConfigTable,
} from '../../../src/broker/config/config-table.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { DescribeConfigs } from '../../../src/protocol/messages/describe-configs.ts'
import { AdminCluster, DONE, Op, Source, Type } from './admin-cluster.ts'

const VERSIONS = [0, 1, 2, 3, 4]
const topics = { a: { configs: { 'retention.ms': ' 5 ', 'cleanup.policy': 'compact, delete' } } }

/** Names that Kafka does not keep to itself. */
function told(table: Readonly<Record<string, readonly unknown[]>>): string[] {
  return Object.entries(table).flatMap(([name, row]) => (row[3] === undefined ? [name] : []))
}

describe('DescribeConfigs', () => {
  test.each(VERSIONS)('version %i tells of every config of a topic', async (version) => {
    await using admin = await AdminCluster.start({ topics })
    const configs = await admin.entries(Type.TOPIC, 'a', [], version > 0 ? { includeSynonyms: true } : {}, version)
    expect(configs.map(({ name }) => name)).toEqual(told(topicConfigTable))
    const retention = configs.find(({ name }) => name === 'retention.ms')
    expect(retention).toMatchObject({ value: '5', readOnly: false, isDefault: false, isSensitive: false })
    expect(retention?.configSource).toBe(version === 0 ? -1 : Source.TOPIC)
    expect(retention?.configType).toBe(version < 3 ? 0 : 5)
    // Lists without anything in them are empty, not null: the Java client throws on null.
    for (const { synonyms } of configs) expect(synonyms).toBeInstanceOf(Array)
    expect(retention?.synonyms).toEqual(
      version === 0 ? [] : [{ name: 'retention.ms', value: '5', source: Source.TOPIC }],
    )
  })

  test.each(VERSIONS)(
    'version %i tells of the configs that are asked for, and of none that there is not',
    async (version) => {
      await using admin = await AdminCluster.start({ topics })
      const configs = await admin.entries(Type.TOPIC, 'a', ['segment.ms', 'retention.ms', 'no.such'], {}, version)
      expect(configs.map(({ name }) => name).toSorted()).toEqual(['retention.ms', 'segment.ms'])
    },
  )

  test('tells what Kafka keeps to itself once it is set, as it was written', async () => {
    await using admin = await AdminCluster.start({ topics: { b: { configs: { 'internal.segment.bytes': ' 100 ' } } } })
    expect(await admin.describe(Type.TOPIC, 'b', 'internal.segment.bytes')).toEqual([
      ['internal.segment.bytes', ' 100 ', Source.TOPIC],
    ])
  })

  test('tells of a topic what it inherits, and from where', async () => {
    await using admin = await AdminCluster.start({
      topics,
      config: { 'log.segment.bytes': '2000000', 'log.retention.hours': '2' },
    })
    await admin.alter(Type.BROKER, '', ['log.roll.ms', Op.SET, '7'])
    await admin.alter(Type.BROKER, '1', ['log.index.interval.bytes', Op.SET, '8'])
    expect(
      await admin.describe(
        Type.TOPIC,
        'a',
        'segment.bytes',
        'segment.ms',
        'index.interval.bytes',
        'preallocate',
        'cleanup.policy',
      ),
    ).toEqual([
      ['segment.bytes', '2000000', Source.STATIC],
      ['segment.ms', '7', Source.ALL_BROKERS],
      ['index.interval.bytes', '8', Source.BROKER],
      ['cleanup.policy', 'compact,delete', Source.TOPIC],
      ['preallocate', 'false', Source.DEFAULT],
    ])
    await admin.alter(Type.TOPIC, 'a', ['retention.ms', Op.DELETE])
    // As in Kafka: hours stand behind milliseconds, and what stands before the config itself is not told.
    expect(await admin.describe(Type.TOPIC, 'a', 'retention.ms')).toEqual([['retention.ms', '7200000', Source.DEFAULT]])
  })

  test('tells all that is said of a broker config, what counts first', async () => {
    await using admin = await AdminCluster.start({ config: { 'log.retention.hours': '2' } })
    await admin.alter(Type.BROKER, '', ['log.retention.ms', Op.SET, ' 6 '])
    await admin.alter(Type.BROKER, '1', ['log.retention.ms', Op.SET, '5'])
    const [config] = await admin.entries(Type.BROKER, '1', ['log.retention.ms'], { includeSynonyms: true })
    expect(config).toMatchObject({ value: '5', configSource: Source.BROKER, readOnly: false })
    expect(config?.synonyms.map(({ name, value, source }) => [name, value, source])).toEqual([
      ['log.retention.ms', '5', Source.BROKER],
      ['log.retention.ms', ' 6 ', Source.ALL_BROKERS],
      ['log.retention.hours', '2', Source.STATIC],
      ['log.retention.hours', '168', Source.DEFAULT],
    ])
  })

  test('tells of every config of the broker, which of them can change, and no secret', async () => {
    await using admin = await AdminCluster.start({
      brokers: [{ nodeId: 7, rack: 'r' }],
      config: { 'ssl.key.password': 'hush-hush' },
    })
    const configs = await admin.entries(Type.BROKER, '7', [], { includeSynonyms: true })
    expect(configs.map(({ name }) => name)).toEqual(expect.arrayContaining(told(brokerConfigTable)))
    const config = (name: string) => configs.find((each) => each.name === name)
    expect(config('node.id')).toMatchObject({ value: '7', configSource: Source.STATIC, readOnly: true })
    expect(config('broker.rack')).toMatchObject({ value: 'r', configSource: Source.STATIC })
    expect(config('listeners')?.value).toBe(`PLAINTEXT://${admin.cluster.bootstrapServers[0]}`)
    expect(config('num.io.threads')).toMatchObject({ readOnly: false, configType: 3 })
    expect(config('log.cleaner.min.cleanable.ratio')).toMatchObject({ value: '0.5', configType: 6 })
    expect(config('ssl.key.password')).toMatchObject({
      value: null,
      isSensitive: true,
      configType: 9,
      synonyms: [{ name: 'ssl.key.password', value: null, source: Source.STATIC }],
    })
    expect(JSON.stringify(configs)).not.toContain('hush-hush')
  })

  test('tells of somebody own config that it is there, and keeps its value', async () => {
    await using admin = await AdminCluster.start()
    expect(await admin.alter(Type.BROKER, '1', ['my.own', Op.SET, 'x'])).toEqual(DONE)
    expect(await admin.entries(Type.BROKER, '1', ['my.own'])).toMatchObject([
      { name: 'my.own', value: null, readOnly: true, isSensitive: true, configType: 0, configSource: Source.BROKER },
    ])
  })

  test('tells what is set for all brokers, and nothing else', async () => {
    await using admin = await AdminCluster.start()
    // KIP-966: while eligible leader replicas are on, how many have to be in sync is a config of the cluster.
    const minIsr = ['min.insync.replicas', '1', Source.ALL_BROKERS]
    expect(await admin.describe(Type.BROKER, '')).toEqual([minIsr])
    await admin.alter(Type.BROKER, '', ['log.retention.ms', Op.SET, '6'])
    expect(await admin.describe(Type.BROKER, '')).toEqual([minIsr, ['log.retention.ms', '6', Source.ALL_BROKERS]])
  })

  test('tells nothing of all brokers where nothing is set, as before there were eligible leader replicas', async () => {
    await using admin = await AdminCluster.start({ version: '4.0' })
    expect(await admin.describe(Type.BROKER, '')).toEqual([])
  })

  test('knows nothing of the configs of groups before 4.0, and refuses the request', async () => {
    await using admin = await AdminCluster.start({ version: '3.9', topics: { a: {} } })
    const asked = [Type.GROUP, Type.TOPIC].map((resourceType) => ({ resourceType, resourceName: 'a' }))
    const { results } = await admin.client.send(DescribeConfigs, 4, { resources: asked })
    expect(results.map(({ errorCode }) => errorCode)).toEqual([42, 42])
    expect(await admin.alter(Type.GROUP, 'g', ['consumer.session.timeout.ms', Op.SET, '50000'])).toEqual([
      'INVALID_REQUEST',
      'Unknown resource type 32',
    ])
  })

  test('takes the minimum of in-sync replicas that all brokers have from what they were started with', async () => {
    await using admin = await AdminCluster.start({ config: { 'min.insync.replicas': '2' }, topics: { a: {} } })
    expect(await admin.describe(Type.TOPIC, 'a', 'min.insync.replicas')).toEqual([
      ['min.insync.replicas', '2', Source.ALL_BROKERS],
    ])
  })

  test('tells of a group, which need not be there', async () => {
    await using admin = await AdminCluster.start({ config: { 'group.consumer.session.timeout.ms': '50000' } })
    const configs = await admin.entries(Type.GROUP, 'g')
    expect(configs.map(({ name }) => name)).toEqual(told(groupConfigTable))
    await admin.alter(Type.GROUP, 'g', ['consumer.heartbeat.interval.ms', Op.SET, '6000'])
    expect(
      await admin.describe(
        Type.GROUP,
        'g',
        'consumer.session.timeout.ms',
        'consumer.heartbeat.interval.ms',
        'streams.assignor.name',
      ),
    ).toEqual([
      ['consumer.session.timeout.ms', '50000', Source.STATIC],
      ['consumer.heartbeat.interval.ms', '6000', Source.GROUP],
      ['streams.assignor.name', 'sticky', Source.DEFAULT],
    ])
  })

  test('tells of a subscription to the metrics of clients, which need not be there', async () => {
    await using admin = await AdminCluster.start()
    await admin.alter(Type.CLIENT_METRICS, 'm', ['interval.ms', Op.SET, '100'])
    expect(await admin.describe(Type.CLIENT_METRICS, 'm')).toEqual([
      ['metrics', '', Source.DEFAULT],
      ['interval.ms', '100', Source.METRICS],
      ['match', '', Source.DEFAULT],
    ])
    expect(await admin.entries(Type.CLIENT_METRICS, 'm', [], { includeSynonyms: true })).toMatchObject([
      { synonyms: [] },
      {},
      {},
    ])
  })

  test('tells of the loggers of the broker', async () => {
    await using admin = await AdminCluster.start()
    expect(await admin.describe(Type.BROKER_LOGGER, '1', 'root')).toEqual([['root', 'INFO', Source.LOGGER]])
  })

  test('documents each config when it is asked to, from version 3 on', async () => {
    await using admin = await AdminCluster.start({ topics })
    const asked = { includeDocumentation: true }
    for (const [type, name] of [
      [Type.TOPIC, 'a'],
      [Type.BROKER, '1'],
      [Type.GROUP, 'g'],
      [Type.CLIENT_METRICS, 'm'],
    ] as const) {
      for (const config of await admin.entries(type, name, [], asked)) {
        expect(config.documentation, config.name).toMatch(/^[A-Z].*\.$/)
      }
    }
    expect(await admin.entries(Type.TOPIC, 'a', ['retention.ms'])).toMatchObject([{ documentation: null }])
    expect(Object.keys(clientMetricsConfigTable)).toHaveLength(3)
  })

  test.each(VERSIONS)('version %i refuses what it cannot tell of', async (version) => {
    await using admin = await AdminCluster.start({ brokers: 2, topics })
    const ask = async (resourceType: number, resourceName: string) => {
      const resources = [{ resourceType, resourceName, configurationKeys: null }]
      const { results } = await admin.client.send(DescribeConfigs, version, { resources })
      expect(results[0]?.configs).toEqual([])
      return [errorName(results[0]?.errorCode ?? 0), results[0]?.errorMessage]
    }
    expect(await ask(Type.TOPIC, 'missing')).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', ''])
    expect(await ask(Type.TOPIC, '')).toEqual([
      'INVALID_TOPIC_EXCEPTION',
      'Topic name is invalid: the empty string is not allowed',
    ])
    expect(await ask(Type.BROKER, '2')).toEqual([
      'INVALID_REQUEST',
      'Unexpected broker id, expected 1 or empty string, but received 2',
    ])
    expect(await ask(Type.BROKER, 'x')).toEqual(['INVALID_REQUEST', 'Broker id must be an integer, but it is: x'])
    expect(await ask(Type.BROKER_LOGGER, '2')).toEqual([
      'INVALID_REQUEST',
      'Unexpected broker id, expected 1 but received 2',
    ])
    expect(await ask(Type.BROKER_LOGGER, '')).toEqual(['INVALID_REQUEST', 'Broker id must not be empty'])
    expect(await ask(Type.CLIENT_METRICS, '')).toEqual([
      'INVALID_REQUEST',
      'Client metrics subscription name must not be empty',
    ])
    expect(await ask(Type.GROUP, '')).toEqual(['INVALID_REQUEST', 'Group name must not be empty'])
    expect((await ask(99, 'x'))[0]).toBe('INVALID_REQUEST')
  })

  test('fails as a whole on a type that there is not', async () => {
    await using admin = await AdminCluster.start({ topics })
    const resources = [
      { resourceType: Type.TOPIC, resourceName: 'a' },
      { resourceType: 1, resourceName: 'x' },
    ]
    const { results } = await admin.client.send(DescribeConfigs, 4, { resources })
    expect(results.map(({ errorCode, configs }) => [errorName(errorCode), configs])).toEqual([
      ['INVALID_REQUEST', []],
      ['INVALID_REQUEST', []],
    ])
  })
})
