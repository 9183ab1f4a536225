import { describe, expect, test } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { CreateTopics } from '../../../src/protocol/messages/create-topics.ts'
import { DescribeConfigs } from '../../../src/protocol/messages/describe-configs.ts'
import { IncrementalAlterConfigs } from '../../../src/protocol/messages/incremental-alter-configs.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { WireClient } from '../../wire-client.ts'
import { batchOf } from '../batches.ts'
import { AdminCluster, DONE, Op, type Operation, Source, Type } from './admin-cluster.ts'

const VERSIONS = [0, 1]

describe('IncrementalAlterConfigs', () => {
  test.each(VERSIONS)('version %i changes what it names, and leaves the rest', async (version) => {
    await using admin = await AdminCluster.start({
      topics: { a: { configs: { 'retention.ms': '5', 'segment.ms': '6' } } },
    })
    const configs = [
      { name: 'retention.ms', configOperation: Op.DELETE, value: null },
      { name: 'flush.ms', configOperation: Op.SET, value: '7' },
      { name: 'cleanup.policy', configOperation: Op.APPEND, value: 'compact' },
    ]
    const resources = [{ resourceType: Type.TOPIC, resourceName: 'a', configs }]
    const validated = await admin.client.send(IncrementalAlterConfigs, version, { resources, validateOnly: true })
    expect(validated.responses).toMatchObject([
      { errorCode: 0, errorMessage: null, resourceType: 2, resourceName: 'a' },
    ])
    expect(await admin.describe(Type.TOPIC, 'a', 'flush.ms')).toEqual([
      ['flush.ms', '9223372036854775807', Source.DEFAULT],
    ])
    await admin.client.send(IncrementalAlterConfigs, version, { resources })
    expect(await admin.describe(Type.TOPIC, 'a', 'retention.ms', 'segment.ms', 'flush.ms', 'cleanup.policy')).toEqual([
      ['segment.ms', '6', Source.TOPIC],
      ['flush.ms', '7', Source.TOPIC],
      ['retention.ms', '604800000', Source.DEFAULT],
      ['cleanup.policy', 'delete,compact', Source.TOPIC],
    ])
  })

  test.each<[string, number, string, Operation[], unknown[]]>([
    [
      'a value that is not one',
      Type.TOPIC,
      'a',
      [['retention.ms', Op.SET, 'x']],
      ['INVALID_CONFIG', 'Invalid value x for configuration retention.ms: Not a number of type LONG'],
    ],
    [
      'no value',
      Type.TOPIC,
      'a',
      [
        ['retention.ms', Op.SET],
        ['segment.ms', Op.APPEND],
      ],
      ['INVALID_REQUEST', 'Null value not supported for : retention.ms, segment.ms'],
    ],
    [
      'a config twice',
      Type.TOPIC,
      'a',
      [
        ['retention.ms', Op.SET, '1'],
        ['retention.ms', Op.DELETE],
      ],
      ['INVALID_REQUEST', 'Error due to duplicate config keys'],
    ],
    ['an operation that there is not', Type.TOPIC, 'a', [['retention.ms', 9, '1']], ['UNKNOWN_SERVER_ERROR', null]],
    [
      'a type that there is not',
      99,
      'a',
      [['retention.ms', Op.SET, '1']],
      ['INVALID_REQUEST', 'Unknown resource type 99'],
    ],
    [
      'what only a start can set',
      Type.BROKER,
      '',
      [
        ['num.partitions', Op.SET, '3'],
        ['node.id', Op.SET, '3'],
      ],
      ['INVALID_REQUEST', 'Cannot update these configs dynamically: [node.id, num.partitions]'],
    ],
    [
      'a wrong value of a broker',
      Type.BROKER,
      '1',
      [['log.retention.ms', Op.SET, 'x']],
      ['INVALID_REQUEST', 'Invalid value x for configuration log.retention.ms: Not a number of type LONG'],
    ],
    [
      'a value that goes with no other',
      Type.BROKER,
      '',
      [['log.retention.ms', Op.SET, '0']],
      ['INVALID_REQUEST', 'requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1'],
    ],
    [
      'an operation on a broker that there is not',
      Type.BROKER,
      '1',
      [['log.retention.ms', 9, '1']],
      ['INVALID_REQUEST', 'Unknown operations type 9'],
    ],
    [
      'to append to what is no list',
      Type.BROKER,
      '1',
      [['log.retention.ms', Op.APPEND, '1']],
      ['INVALID_CONFIG', 'Config value append is not allowed for config key: log.retention.ms'],
    ],
    [
      'to subtract from what nobody knows',
      Type.BROKER,
      '1',
      [['no.such', Op.SUBTRACT, '1']],
      ['INVALID_CONFIG', 'Unknown config name: no.such'],
    ],
    [
      'a key store without a listener',
      Type.BROKER,
      '1',
      [['ssl.keystore.location', Op.SET, '/x']],
      [
        'INVALID_REQUEST',
        'These security configs can be dynamically updated only per-listener using the listener prefix: [ssl.keystore.location]',
      ],
    ],
    [
      "one broker's config for all",
      Type.BROKER,
      '',
      [['listener.name.x.ssl.keystore.location', Op.SET, '/x']],
      [
        'INVALID_REQUEST',
        'Cannot update these configs at default cluster level, broker id must be specified: [listener.name.x.ssl.keystore.location]',
      ],
    ],
    [
      'more than double the threads',
      Type.BROKER,
      '',
      [['num.io.threads', Op.SET, '17']],
      [
        'INVALID_REQUEST',
        'Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation failed for num.io.threads=17, value should not be greater than double the current value 8 for configuration Invalid dynamic configuration',
      ],
    ],
    [
      'a limit that is no number',
      Type.BROKER,
      '',
      [['max.connections.per.ip.overrides', Op.SET, 'x:y']],
      ['INVALID_REQUEST', 'For input string: "y"'],
    ],
    [
      "another broker's config",
      Type.BROKER,
      '2',
      [['log.retention.ms', Op.SET, '1']],
      ['INVALID_REQUEST', 'Unexpected broker id, expected 1, but received 2'],
    ],
    [
      'a level that there is not',
      Type.BROKER_LOGGER,
      '1',
      [['root', Op.SET, 'LOUD']],
      [
        'INVALID_CONFIG',
        'Cannot set the log level of root to LOUD as it is not a supported log level. Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN',
      ],
    ],
    [
      'a logger that there is not',
      Type.BROKER_LOGGER,
      '1',
      [['no.such', Op.SET, 'INFO']],
      ['INVALID_CONFIG', 'Logger no.such does not exist!'],
    ],
    [
      'to take the level of the root away',
      Type.BROKER_LOGGER,
      '1',
      [['root', Op.DELETE]],
      ['INVALID_REQUEST', 'Removing the log level of the root logger is not allowed'],
    ],
    [
      'to append to a level',
      Type.BROKER_LOGGER,
      '1',
      [['root', Op.APPEND, 'INFO']],
      ['INVALID_REQUEST', 'APPEND operation is not allowed for the BROKER_LOGGER resource'],
    ],
    [
      'an operation on a logger that there is not',
      Type.BROKER_LOGGER,
      '1',
      [['root', 9, 'INFO']],
      ['INVALID_REQUEST', 'Unknown operation type 9 is not allowed for the BROKER_LOGGER resource'],
    ],
    [
      "another broker's logger",
      Type.BROKER_LOGGER,
      '2',
      [['root', Op.SET, 'INFO']],
      ['INVALID_REQUEST', 'Unexpected node id. Expected 1, but received 2'],
    ],
    [
      'an interval that is too short',
      Type.CLIENT_METRICS,
      'm',
      [['interval.ms', Op.SET, '1']],
      ['INVALID_REQUEST', 'Invalid value 1 for interval.ms, interval must be between 100 and 3600000 (1 hour)'],
    ],
    [
      'a subscription without a name',
      Type.CLIENT_METRICS,
      '',
      [['interval.ms', Op.SET, '100']],
      ['INVALID_REQUEST', "Subscription name can't be empty"],
    ],
    [
      'a session that is too short',
      Type.GROUP,
      'g',
      [['consumer.session.timeout.ms', Op.SET, '5']],
      ['INVALID_CONFIG', 'consumer.session.timeout.ms must be in the range 45000 to 60000 inclusive.'],
    ],
    [
      'a group without a name',
      Type.GROUP,
      '',
      [['consumer.session.timeout.ms', Op.SET, '50000']],
      ['INVALID_REQUEST', 'Default group resources are not allowed.'],
    ],
  ])('refuses %s', async (_, type, name, operations, refusal) => {
    await using admin = await AdminCluster.start({ brokers: 2, topics: { a: {} } })
    expect(await admin.alter(type, name, ...operations)).toEqual(refusal)
  })

  test.each(VERSIONS)('version %i refuses a resource that is named twice, and takes the others', async (version) => {
    await using admin = await AdminCluster.start({ topics: { a: {}, b: {} } })
    const configs = [{ name: 'retention.ms', configOperation: Op.SET, value: '5' }]
    const resources = ['a', 'b', 'a'].map((resourceName) => ({ resourceType: Type.TOPIC, resourceName, configs }))
    const { responses } = await admin.client.send(IncrementalAlterConfigs, version, { resources })
    expect(responses.map(({ errorCode, errorMessage }) => [errorName(errorCode), errorMessage])).toEqual([
      ['INVALID_REQUEST', 'Each resource must appear at most once.'],
      DONE,
      ['INVALID_REQUEST', 'Each resource must appear at most once.'],
    ])
  })

  test('trips, as Kafka 3.9 does, over what later releases have an answer to', async () => {
    await using admin = await AdminCluster.start({ version: '3.9' })
    const TRIPPED = ['UNKNOWN_SERVER_ERROR', null]
    expect(await admin.alter(Type.BROKER, '', ['no.such', Op.SUBTRACT, 'x'])).toEqual(TRIPPED)
    expect(await admin.alter(Type.BROKER_LOGGER, '1', ['root', 9, 'INFO'])).toEqual(TRIPPED)
    expect(await admin.alter(Type.CLIENT_METRICS, 'm', ['interval.ms', Op.SET, 'x'])).toEqual(TRIPPED)
    expect(await admin.alter(Type.BROKER_LOGGER, '2', ['root', Op.SET, 'INFO'])).toEqual([
      'INVALID_REQUEST',
      'Unexpected node id. Expected 1, but received 1',
    ])
  })

  test('keeps the level of a logger', async () => {
    await using admin = await AdminCluster.start()
    expect(await admin.alter(Type.BROKER_LOGGER, '1', ['kafka', Op.SET, 'DEBUG'])).toEqual(DONE)
    expect(await admin.describe(Type.BROKER_LOGGER, '1', 'kafka')).toEqual([['kafka', 'DEBUG', Source.LOGGER]])
    expect(await admin.alter(Type.BROKER_LOGGER, '1', ['kafka', Op.DELETE])).toEqual(DONE)
    expect(await admin.describe(Type.BROKER_LOGGER, '1', 'kafka')).toEqual([['kafka', 'INFO', Source.LOGGER]])
  })

  test('reaches every broker', async () => {
    await using admin = await AdminCluster.start({ brokers: 3, topics: { a: {} } })
    await admin.alter(Type.BROKER, '', ['log.retention.ms', Op.SET, '5'])
    for (const server of admin.cluster.bootstrapServers) {
      const client = await WireClient.to(server)
      const resources = [{ resourceType: Type.TOPIC, resourceName: 'a', configurationKeys: ['retention.ms'] }]
      const { results } = await client.send(DescribeConfigs, 4, { resources })
      expect(results[0]?.configs).toMatchObject([{ value: '5', configSource: Source.ALL_BROKERS }])
      client.close()
    }
  })
})

describe('a config that changes', () => {
  /** The error of producing a small batch. */
  async function produce({ client }: AdminCluster, name: string): Promise<string> {
    const records = [batchOf(50)]
    const topicData = [{ name, partitionData: [{ index: 0, records }] }]
    const { responses } = await client.send(Produce, 9, { acks: -1, timeoutMs: 1000, topicData })
    return errorName(responses[0]?.partitionResponses[0]?.errorCode ?? -1)
  }

  test('of a topic takes effect at once', async () => {
    await using admin = await AdminCluster.start({ topics: { a: {} } })
    expect(await produce(admin, 'a')).toBe('NONE')
    await admin.alter(Type.TOPIC, 'a', ['max.message.bytes', Op.SET, '100'])
    expect(await produce(admin, 'a')).toBe('MESSAGE_TOO_LARGE')
    await admin.alter(Type.TOPIC, 'a', ['max.message.bytes', Op.DELETE])
    expect(await produce(admin, 'a')).toBe('NONE')
  })

  test('of a broker takes effect on every topic that does not override it', async () => {
    await using admin = await AdminCluster.start({
      topics: { a: {}, b: { configs: { 'max.message.bytes': '100000' } } },
    })
    await admin.alter(Type.BROKER, '1', ['message.max.bytes', Op.SET, '100'])
    expect(await produce(admin, 'a')).toBe('MESSAGE_TOO_LARGE')
    expect(await produce(admin, 'b')).toBe('NONE')
    await admin.client.send(CreateTopics, 7, { topics: [{ name: 'c', numPartitions: 1, replicationFactor: 1 }] })
    expect(await produce(admin, 'c')).toBe('MESSAGE_TOO_LARGE')
    // What is set for all counts less than what is set for one.
    await admin.alter(Type.BROKER, '', ['message.max.bytes', Op.SET, '100000'])
    expect(await produce(admin, 'a')).toBe('MESSAGE_TOO_LARGE')
    await admin.alter(Type.BROKER, '1', ['message.max.bytes', Op.DELETE])
    expect(await produce(admin, 'a')).toBe('NONE')
  })
})
