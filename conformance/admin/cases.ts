import type { Api, Input } from '../../src/protocol/message.ts'
import { AlterConfigs } from '../../src/protocol/messages/alter-configs.ts'
import { CreatePartitions } from '../../src/protocol/messages/create-partitions.ts'
import { CreateTopics } from '../../src/protocol/messages/create-topics.ts'
import { DescribeCluster, type DescribeClusterRequest } from '../../src/protocol/messages/describe-cluster.ts'
import { DescribeConfigs } from '../../src/protocol/messages/describe-configs.ts'
import {
  DescribeTopicPartitions,
  type DescribeTopicPartitionsRequest,
} from '../../src/protocol/messages/describe-topic-partitions.ts'
import { IncrementalAlterConfigs } from '../../src/protocol/messages/incremental-alter-configs.ts'
import { ListConfigResources } from '../../src/protocol/messages/list-config-resources.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'

/** One request, in each of some versions of its API. */
export interface Case {
  readonly name: string
  readonly api: Api<unknown, unknown>
  readonly versions: readonly number[]
  readonly body: unknown
  /** The body where it differs between versions. */
  readonly bodyOf?: (version: number) => unknown
}

const TOPIC = 2
const BROKER = 4
const BROKER_LOGGER = 8
const CLIENT_METRICS = 16
const GROUP = 32

/** What IncrementalAlterConfigs does to a config. */
const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

type Operation = readonly [name: string, operation: number, value: string | null]

/** The cases in the order in which they are asked; brokers 0, 1 and 2, of which 0 is asked. */
export function cases(): Case[] {
  return [
    ...topics(),
    ...describing(),
    ...incremental(),
    ...legacy(),
    ...partitions(),
    ...listing(),
    ...cluster(),
    ...topicPartitions(),
  ]
}

function one<Request, Response>(
  name: string,
  api: Api<Request, Response>,
  versions: readonly number[],
  body: Input<Request>,
): Case {
  return { name, api: api as Api<unknown, unknown>, versions, body }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

function topics(): Case[] {
  const topic = (name: string, numPartitions: number, configs: Record<string, string> = {}) => ({
    name,
    numPartitions,
    replicationFactor: 1,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  })
  return [
    one('topics', CreateTopics, [4], {
      topics: [topic('plain', 1), topic('more', 5, { 'retention.ms': ' 77777 ', 'cleanup.policy': 'compact, delete' })],
      timeoutMs: 10_000,
    }),
  ]
}

function describe(
  name: string,
  versions: readonly number[],
  ...resources: [type: number, name: string, keys?: string[]][]
): Case {
  const asked = resources.map(([resourceType, resourceName, configurationKeys = null]) => ({
    resourceType,
    resourceName,
    configurationKeys,
  }))
  return {
    ...one(`describe ${name}`, DescribeConfigs, versions, { resources: asked }),
    bodyOf: (version) => ({ resources: asked, ...(version > 0 && { includeSynonyms: true }) }),
  }
}

function describing(): Case[] {
  const all = range(0, 4)
  return [
    describe('topic', all, [TOPIC, 'more']),
    describe('topic by keys', all, [TOPIC, 'more', ['retention.ms', 'segment.ms', 'no.such']]),
    describe('topic by no keys', all, [TOPIC, 'more', []]),
    describe('topic twice', all, [TOPIC, 'plain', ['retention.ms']], [TOPIC, 'plain', ['segment.ms']]),
    describe('no such topic', all, [TOPIC, 'missing'], [TOPIC, 'in valid'], [TOPIC, '']),
    describe('broker', all, [BROKER, '0']),
    describe('broker by keys', all, [
      BROKER,
      '0',
      [
        'log.retention.ms',
        'log.retention.hours',
        'message.max.bytes',
        'ssl.key.password',
        'unstable.api.versions.enable',
      ],
    ]),
    describe('all brokers', all, [BROKER, '', ['log.retention.ms']]),
    describe('another broker', all, [BROKER, '1'], [BROKER, 'x'], [BROKER, '99'], [BROKER, '-1'], [BROKER, '00']),
    describe(
      'loggers',
      all,
      [BROKER_LOGGER, '0', ['root']],
      [BROKER_LOGGER, '1'],
      [BROKER_LOGGER, ''],
      [BROKER_LOGGER, 'x'],
    ),
    describe('client metrics', all, [CLIENT_METRICS, 'none'], [CLIENT_METRICS, '']),
    describe('group', all, [GROUP, 'g'], [GROUP, '']),
    describe('unknown type', all, [TOPIC, 'plain'], [0, 'x'], [99, 'y']),
    describe('unknown type alone', all, [1, 'x']),
    describe('nothing', all),
  ]
}

function alter(
  name: string,
  resources: readonly (readonly [type: number, name: string, ...operations: Operation[]])[],
  versions: readonly number[] = [1],
  validateOnly = false,
): Case {
  return one(`incremental ${name}`, IncrementalAlterConfigs, versions, {
    resources: resources.map(([resourceType, resourceName, ...operations]) => ({
      resourceType,
      resourceName,
      configs: operations.map(([key, configOperation, value]) => ({ name: key, configOperation, value })),
    })),
    validateOnly,
  })
}

function incremental(): Case[] {
  const both = [0, 1]
  const after = (name: string, keys?: string[]): Case =>
    describe(`${name} afterwards`, [4], [TOPIC, 'more', ...(keys === undefined ? [] : [keys])] as [
      number,
      string,
      string[]?,
    ])
  return [
    alter('set', [[TOPIC, 'more', ['retention.ms', SET, '5'], ['segment.ms', SET, ' 6 ']]], both),
    after('set', ['retention.ms', 'segment.ms']),
    alter('validate only', [[TOPIC, 'more', ['retention.ms', SET, '9']]], both, true),
    after('validate', ['retention.ms']),
    alter('delete', [
      [
        TOPIC,
        'more',
        ['retention.ms', DELETE, null],
        ['segment.ms', DELETE, 'x'],
        ['flush.ms', DELETE, null],
        ['no.such', DELETE, null],
      ],
    ]),
    after('delete', ['retention.ms', 'segment.ms']),
    alter('append', [[TOPIC, 'plain', ['cleanup.policy', APPEND, 'compact']]]),
    describe('append afterwards', [4], [TOPIC, 'plain', ['cleanup.policy']]),
    alter('append again', [[TOPIC, 'plain', ['cleanup.policy', APPEND, 'compact,delete']]]),
    alter('subtract', [[TOPIC, 'plain', ['cleanup.policy', SUBTRACT, 'delete']]]),
    describe('subtract afterwards', [4], [TOPIC, 'plain', ['cleanup.policy']]),
    alter('subtract all', [[TOPIC, 'plain', ['cleanup.policy', SUBTRACT, 'compact']]]),
    alter('delete the list', [[TOPIC, 'plain', ['cleanup.policy', DELETE, null]]]),
    alter('append to no list', [
      [TOPIC, 'more', ['retention.ms', APPEND, '5']],
      [TOPIC, 'plain', ['no.such', SUBTRACT, '5']],
    ]),
    alter('throttled replicas', [
      [
        TOPIC,
        'plain',
        ['leader.replication.throttled.replicas', APPEND, '0:0'],
        ['follower.replication.throttled.replicas', SET, 'x'],
      ],
    ]),
    alter('a null', [[TOPIC, 'more', ['retention.ms', SET, null], ['segment.ms', APPEND, null]]], both),
    alter('unknown operation', [[TOPIC, 'more', ['retention.ms', 9, '1']]], both),
    alter('unknown config', [[TOPIC, 'more', ['no.such', SET, '1']]], both),
    alter(
      'wrong value',
      [
        [TOPIC, 'more', ['retention.ms', SET, 'x']],
        [TOPIC, 'plain', ['retention.ms', SET, '-2']],
      ],
      both,
    ),
    alter('wrong together', [
      [TOPIC, 'more', ['min.compaction.lag.ms', SET, '10'], ['max.compaction.lag.ms', SET, '5']],
    ]),
    alter('long value', [[TOPIC, 'more', ['follower.replication.throttled.replicas', SET, '0:0,'.repeat(10_000)]]]),
    alter('remote storage', [[TOPIC, 'more', ['remote.storage.enable', SET, 'true']]]),
    alter(
      'missing topics',
      [
        [TOPIC, 'missing', ['retention.ms', SET, '1']],
        [TOPIC, '', ['retention.ms', SET, '1']],
        [TOPIC, 'in valid', ['retention.ms', SET, '1']],
        [TOPIC, 'gone', ['retention.ms', SET, 'x']],
      ],
      both,
    ),
    alter(
      'a resource twice',
      [
        [TOPIC, 'more', ['retention.ms', SET, '1']],
        [TOPIC, 'more', ['retention.ms', SET, '2']],
        [TOPIC, 'plain', ['retention.ms', SET, '100']],
      ],
      both,
    ),
    alter('a key twice', [[TOPIC, 'more', ['retention.ms', SET, '1'], ['retention.ms', DELETE, null]]], both),
    alter('nothing of a topic', [[TOPIC, 'more']]),
    alter('nothing', [], both),
    alter(
      'unknown type',
      [
        [99, 'x', ['a', SET, '1']],
        [0, 'x', ['a', SET, '1']],
      ],
      both,
    ),

    alter(
      'all brokers',
      [[BROKER, '', ['log.retention.ms', SET, '60000'], ['message.max.bytes', SET, '2000000']]],
      both,
    ),
    describe(
      'all brokers afterwards',
      range(0, 4),
      [BROKER, ''],
      [BROKER, '0', ['log.retention.ms', 'log.retention.hours', 'message.max.bytes']],
      [TOPIC, 'plain', ['retention.ms', 'max.message.bytes']],
    ),
    alter(
      'one broker',
      [[BROKER, '0', ['log.retention.ms', SET, '50000'], ['log.cleanup.policy', APPEND, 'compact']]],
      both,
    ),
    describe(
      'one broker afterwards',
      range(0, 4),
      [BROKER, ''],
      [BROKER, '0', ['log.retention.ms', 'log.retention.hours', 'message.max.bytes', 'log.cleanup.policy']],
      [TOPIC, 'plain', ['retention.ms', 'max.message.bytes', 'cleanup.policy']],
    ),
    alter('one broker deleted', [
      [BROKER, '0', ['log.retention.ms', DELETE, null], ['log.cleanup.policy', SUBTRACT, 'compact']],
    ]),
    describe('one broker deleted afterwards', [4], [BROKER, '0', ['log.retention.ms', 'log.cleanup.policy']]),
    alter('broker list deleted', [[BROKER, '0', ['log.cleanup.policy', DELETE, null]]]),
    alter('brokers reset', [[BROKER, '', ['log.retention.ms', DELETE, null], ['message.max.bytes', DELETE, null]]]),
    alter(
      'another broker',
      [
        [BROKER, '1', ['log.retention.ms', SET, '1']],
        [BROKER, 'x', ['log.retention.ms', SET, '1']],
        [BROKER, '99', ['log.retention.ms', SET, '1']],
      ],
      both,
    ),
    alter('unknown values of a broker', [
      [BROKER, '0', ['no.such.2', SET, ' x ']],
      [BROKER, '', ['no.such.3', SET, 'y']],
    ]),
    describe('unknown values afterwards', range(1, 4), [BROKER, '0', ['no.such.2', 'no.such.3']], [BROKER, '']),
    alter(
      'read-only',
      [
        [BROKER, '0', ['num.partitions', SET, '3']],
        [BROKER, '', ['auto.create.topics.enable', SET, 'false']],
      ],
      both,
    ),
    alter('read-only deleted', [[BROKER, '0', ['num.partitions', DELETE, null]]]),
    alter('two read-only', [[BROKER, '', ['num.partitions', SET, '3'], ['node.id', SET, '3']]]),
    alter('unknown broker config', [
      [BROKER, '0', ['no.such', SET, 'x']],
      [BROKER, '', ['no.such', SUBTRACT, 'x']],
    ]),
    describe('unknown broker config afterwards', range(1, 4), [BROKER, '0', ['no.such']]),
    alter('unknown broker config deleted', [[BROKER, '0', ['no.such', DELETE, null]]]),
    alter('unknown operation on a broker', [[BROKER, '0', ['log.retention.ms', 9, '1']]]),
    alter(
      'wrong broker value',
      [
        [BROKER, '0', ['log.retention.ms', SET, 'x']],
        [BROKER, '', ['log.retention.ms', SET, '0']],
      ],
      both,
    ),
    alter('wrong broker value 2', [
      [BROKER, '0', ['message.max.bytes', SET, '-1']],
      [BROKER, '', ['log.cleanup.policy', SET, 'x']],
    ]),
    alter('wrong broker value 3', [
      [BROKER, '0', ['log.roll.ms', SET, '0']],
      [BROKER, '', ['log.segment.bytes', SET, '10']],
    ]),
    alter('wrong broker value 4', [
      [BROKER, '0', ['log.local.retention.ms', SET, '-1']],
      [BROKER, '', ['log.local.retention.bytes', SET, '-3']],
    ]),
    alter('wrong broker value 5', [[BROKER, '', ['log.local.retention.ms', SET, '999999999999']]]),
    alter('append to no list of a broker', [
      [BROKER, '0', ['log.retention.ms', APPEND, '1']],
      [BROKER, '', ['log.retention.ms', SUBTRACT, '1']],
    ]),
    alter('security without a listener', [[BROKER, '0', ['ssl.keystore.location', SET, '/x']]]),
    alter('per-broker for all', [[BROKER, '', ['listener.security.protocol.map', SET, 'PLAINTEXT:PLAINTEXT']]]),
    alter('listener prefix for all', [[BROKER, '', ['listener.name.plaintext.ssl.keystore.location', SET, '/x']]]),
    alter('threads', [
      [BROKER, '0', ['num.io.threads', SET, '100']],
      [BROKER, '', ['num.io.threads', SET, '1']],
    ]),
    alter('threads 2', [
      [BROKER, '0', ['num.io.threads', SET, '0']],
      [BROKER, '', ['background.threads', SET, '21']],
    ]),
    alter('threads 3', [
      [BROKER, '0', ['num.network.threads', SET, '100']],
      [BROKER, '', ['num.replica.fetchers', SET, '3']],
    ]),
    alter('cleaner', [
      [BROKER, '0', ['log.cleaner.threads', SET, '5']],
      [BROKER, '', ['log.cleaner.io.buffer.size', SET, '-1']],
    ]),
    alter('quota', [
      [BROKER, '0', ['leader.replication.throttled.rate', SET, '5']],
      [BROKER, '', ['follower.replication.throttled.rate', SET, '-5']],
    ]),
    describe('quota afterwards', [4], [BROKER, '0', ['leader.replication.throttled.rate']]),
    alter('quota deleted', [[BROKER, '0', ['leader.replication.throttled.rate', DELETE, null]]]),
    alter('remote', [[BROKER, '', ['remote.log.manager.copy.max.bytes.per.second', SET, '0']]]),
    alter('producer expiration', [
      [BROKER, '', ['producer.id.expiration.ms', SET, '0']],
      [BROKER, '0', ['producer.id.expiration.ms', SET, '5']],
    ]),
    alter('producer expiration deleted', [
      [BROKER, '', ['producer.id.expiration.ms', DELETE, null]],
      [BROKER, '0', ['producer.id.expiration.ms', DELETE, null]],
    ]),
    alter('broker null', [[BROKER, '0', ['log.retention.ms', SET, null]]]),
    alter('password', [[BROKER, '0', ['listener.name.plaintext.ssl.key.password', SET, 'secret']]]),
    describe('password afterwards', [4], [BROKER, '0', ['listener.name.plaintext.ssl.key.password']]),
    alter('password deleted', [[BROKER, '0', ['listener.name.plaintext.ssl.key.password', DELETE, null]]]),
    alter('max connections', [
      [BROKER, '', ['max.connections.per.ip.overrides', SET, 'x:y']],
      [BROKER, '0', ['max.connections', SET, '-1']],
    ]),
    alter('a dynamic list', [[BROKER, '', ['metric.reporters', SET, 'no.such.Class']]]),

    alter('logger', [[BROKER_LOGGER, '0', ['root', SET, 'DEBUG']]], both, true),
    alter('logger level', [[BROKER_LOGGER, '0', ['root', SET, 'LOUD']]], both),
    alter('logger unknown', [[BROKER_LOGGER, '0', ['no.such', SET, 'INFO']]], both),
    alter('logger operations', [[BROKER_LOGGER, '0', ['root', APPEND, 'INFO']]]),
    alter('logger operations 2', [[BROKER_LOGGER, '0', ['root', SUBTRACT, 'INFO']]]),
    alter('logger operations 3', [[BROKER_LOGGER, '0', ['root', 9, 'INFO']]]),
    alter('logger root deleted', [[BROKER_LOGGER, '0', ['root', DELETE, null]]]),
    alter('logger of another', [
      [BROKER_LOGGER, '1', ['root', SET, 'INFO']],
      [BROKER_LOGGER, '', ['root', SET, 'INFO']],
      [BROKER_LOGGER, 'x', ['root', SET, 'INFO']],
    ]),
    alter('logger null', [[BROKER_LOGGER, '0', ['root', SET, null]]]),

    alter(
      'client metrics',
      [[CLIENT_METRICS, 'm', ['metrics', SET, 'a,b'], ['interval.ms', SET, '100'], ['match', SET, 'client_id=x']]],
      both,
    ),
    describe('client metrics afterwards', range(0, 4), [CLIENT_METRICS, 'm']),
    alter('client metrics appended', [
      [CLIENT_METRICS, 'm', ['metrics', APPEND, 'c'], ['match', SUBTRACT, 'client_id=x']],
    ]),
    describe('client metrics appended afterwards', [4], [CLIENT_METRICS, 'm']),
    alter('client metrics wrong', [
      [CLIENT_METRICS, 'm', ['interval.ms', SET, '1']],
      [CLIENT_METRICS, 'n', ['interval.ms', SET, 'x']],
      [CLIENT_METRICS, 'o', ['match', SET, 'x']],
      [CLIENT_METRICS, 'p', ['match', SET, 'client_id=[']],
      [CLIENT_METRICS, 'q', ['no.such', SET, '1']],
      [CLIENT_METRICS, '', ['metrics', SET, '']],
    ]),
    alter('client metrics deleted', [
      [CLIENT_METRICS, 'm', ['metrics', DELETE, null], ['interval.ms', DELETE, null], ['match', DELETE, null]],
    ]),

    alter(
      'group',
      [[GROUP, 'g', ['consumer.session.timeout.ms', SET, '50000'], ['share.auto.offset.reset', SET, 'earliest']]],
      both,
    ),
    describe('group afterwards', range(0, 4), [GROUP, 'g']),
    alter('group wrong', [
      [GROUP, 'g', ['consumer.session.timeout.ms', SET, '5']],
      [GROUP, 'h', ['consumer.session.timeout.ms', SET, 'x']],
      [GROUP, 'i', ['consumer.heartbeat.interval.ms', SET, '0']],
      [GROUP, 'j', ['no.such', SET, '0']],
      [GROUP, '', ['consumer.session.timeout.ms', SET, '50000']],
    ]),
    alter('group wrong 2', [
      [GROUP, 'g', ['share.auto.offset.reset', SET, 'x']],
      [GROUP, 'h', ['share.isolation.level', SET, 'x']],
      [GROUP, 'i', ['streams.assignor.name', SET, 'x']],
      [GROUP, 'j', ['streams.rack.aware.assignment.tags', SET, 'a,a']],
      [GROUP, 'k', ['streams.num.standby.replicas', SET, '3']],
      [GROUP, 'l', ['errors.deadletterqueue.topic.name', SET, '__x']],
    ]),
    alter('group wrong 3', [
      [GROUP, 'g', ['share.auto.offset.reset', SET, 'by_duration:P1D']],
      [GROUP, 'h', ['share.auto.offset.reset', SET, 'by_duration:-P1D']],
      [GROUP, 'i', ['share.auto.offset.reset', SET, 'none']],
      [GROUP, 'j', ['share.auto.offset.reset', SET, 'EARLIEST']],
      [GROUP, 'k', ['share.delivery.count.limit', SET, '11']],
      [GROUP, 'l', ['streams.num.warmup.replicas', SET, '21']],
      [GROUP, 'm', ['streams.task.offset.interval.ms', SET, '5']],
    ]),
    describe(
      'group afterwards 2',
      [4],
      [GROUP, 'g', ['share.auto.offset.reset']],
      [GROUP, 'j', ['share.auto.offset.reset']],
    ),
  ]
}

function replace(
  name: string,
  resources: readonly (readonly [type: number, name: string, configs: Record<string, string | null>])[],
  versions: readonly number[] = [2],
  validateOnly = false,
): Case {
  return one(`alter ${name}`, AlterConfigs, versions, {
    resources: resources.map(([resourceType, resourceName, configs]) => ({
      resourceType,
      resourceName,
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
    validateOnly,
  })
}

function legacy(): Case[] {
  const all = [0, 1, 2]
  return [
    replace('topic', [[TOPIC, 'more', { 'retention.ms': '123' }]], all),
    describe('alter afterwards', [4], [TOPIC, 'more', ['retention.ms', 'cleanup.policy']]),
    replace('validate only', [[TOPIC, 'more', {}]], all, true),
    replace('null', [[TOPIC, 'more', { 'retention.ms': null, 'segment.ms': null }]], all),
    replace(
      'wrong',
      [
        [TOPIC, 'more', { 'retention.ms': 'x' }],
        [TOPIC, 'missing', {}],
        [TOPIC, '', {}],
        [TOPIC, 'plain', { 'no.such': '1' }],
      ],
      all,
    ),
    replace(
      'twice',
      [
        [TOPIC, 'more', {}],
        [TOPIC, 'more', {}],
      ],
      all,
    ),
    replace('nothing left', [[TOPIC, 'more', {}]], all),
    describe('nothing left afterwards', [4], [TOPIC, 'more', ['retention.ms', 'cleanup.policy']]),
    replace('broker', [[BROKER, '0', { 'log.retention.ms': '5000' }]], all),
    describe('broker afterwards', [4], [BROKER, '0', ['log.retention.ms']]),
    replace('broker reset', [[BROKER, '0', {}]], all),
    replace('all brokers reset', [[BROKER, '', {}]], [2]),
    replace(
      'brokers wrong',
      [
        [BROKER, '1', {}],
        [BROKER, 'x', {}],
        [BROKER, '0', { 'num.partitions': '3' }],
      ],
      all,
    ),
    replace('logger', [[BROKER_LOGGER, '0', { root: 'INFO' }]], all),
    replace('unknown type', [[99, '0', { root: 'INFO' }]], all),
    replace(
      'group',
      [
        [GROUP, 'g', {}],
        [GROUP, 'j', {}],
        [CLIENT_METRICS, 'm', { metrics: 'x' }],
      ],
      all,
    ),
    replace('nothing', [], all),
  ]
}

function partitions(): Case[] {
  const all = range(0, 3)
  const create = (
    name: string,
    versions: readonly number[],
    topicsToGrow: { name: string; count: number; brokers?: number[][] }[],
    validateOnly = false,
    timeoutMs = 10_000,
  ): Case =>
    one(`create partitions ${name}`, CreatePartitions, versions, {
      topics: topicsToGrow.map(({ name: topic, count, brokers }) => ({
        name: topic,
        count,
        assignments: brokers?.map((brokerIds) => ({ brokerIds })) ?? null,
      })),
      timeoutMs,
      validateOnly,
    })
  return [
    create('validated', all, [{ name: 'more', count: 7 }], true),
    create('fewer', all, [
      { name: 'more', count: 5 },
      { name: 'plain', count: 0 },
      { name: 'missing', count: 3 },
      { name: 'in valid', count: 3 },
      { name: '', count: 3 },
    ]),
    create('negative', all, [{ name: 'more', count: -1 }]),
    create('twice', all, [
      { name: 'more', count: 8 },
      { name: 'more', count: 9 },
      { name: 'plain', count: 1 },
    ]),
    create('assigned', [3], [{ name: 'more', count: 7, brokers: [[0], [1]] }]),
    create('assigned wrongly', all, [
      { name: 'more', count: 9, brokers: [[0]] },
      { name: 'plain', count: 2, brokers: [[99]] },
    ]),
    create('assigned wrongly 2', all, [
      { name: 'more', count: 8, brokers: [[]] },
      { name: 'plain', count: 2, brokers: [[0, 1]] },
    ]),
    create('assigned wrongly 3', all, [
      { name: 'more', count: 8, brokers: [[0, 0]] },
      { name: 'plain', count: 2, brokers: [] },
    ]),
    create('no time', all, [{ name: 'more', count: 8 }], true, 0),
    create('negative time', all, [{ name: 'more', count: 8 }], true, -1),
    create('very many', all, [{ name: 'more', count: 20_000 }], true),
    create('nothing', all, []),
    one('partitions afterwards', Metadata, [12], { topics: [{ name: 'more' }], allowAutoTopicCreation: false }),
  ]
}

function listing(): Case[] {
  const list = (name: string, versions: readonly number[], resourceTypes: number[]): Case =>
    one(`list ${name}`, ListConfigResources, versions, resourceTypes.length === 0 ? {} : { resourceTypes })
  return [
    list('all', [0, 1], []),
    list('topics', [1], [TOPIC]),
    list('brokers', [1], [BROKER]),
    list('loggers', [1], [BROKER_LOGGER]),
    list('metrics and groups', [1], [CLIENT_METRICS, GROUP]),
    list('topics twice', [1], [TOPIC, TOPIC]),
    list('unknown', [1], [TOPIC, 1]),
    alter('metrics gone', [[CLIENT_METRICS, 'm', ['metrics', DELETE, null]]]),
    list('gone', [0, 1], []),
  ]
}

function cluster(): Case[] {
  const ask = (name: string, versions: readonly number[], body: Input<DescribeClusterRequest>): Case =>
    one(`cluster ${name}`, DescribeCluster, versions, body)
  return [
    ask('plain', [0, 1, 2], {}),
    ask('operations', [0, 1, 2], { includeClusterAuthorizedOperations: true }),
    ask('fenced', [2], { includeFencedBrokers: true }),
    ask('controllers', [1, 2], { endpointType: 2 }),
    ask('no type', [1, 2], { endpointType: 0 }),
    ask('unknown type', [1, 2], { endpointType: 9 }),
    one('metadata operations', Metadata, [8, 9, 10], {
      topics: [{ name: 'plain' }, { name: 'missing' }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    }),
    one('metadata topic operations', Metadata, [11, 12, 13], {
      topics: [{ name: 'plain' }, { name: 'missing' }],
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: true,
    }),
  ]
}

function topicPartitions(): Case[] {
  const ask = (name: string, body: Input<DescribeTopicPartitionsRequest>): Case =>
    one(`topic partitions ${name}`, DescribeTopicPartitions, [0], body)
  const named = (...names: string[]) => names.map((name) => ({ name }))
  return [
    ask('all', { topics: [] }),
    ask('named', { topics: named('plain', 'missing', 'in valid', 'more', 'plain') }),
    ask('limited', { topics: [], responsePartitionLimit: 3 }),
    ask('limited on the border', { topics: [], responsePartitionLimit: 7 }),
    ask('limit of zero', { topics: named('more'), responsePartitionLimit: 0 }),
    ask('cursor', {
      topics: named('more', 'plain'),
      responsePartitionLimit: 3,
      cursor: { topicName: 'more', partitionIndex: 3 },
    }),
    ask('cursor at the end', {
      topics: [],
      responsePartitionLimit: 3,
      cursor: { topicName: 'plain', partitionIndex: 0 },
    }),
    ask('cursor beyond', { topics: [], cursor: { topicName: 'more', partitionIndex: 99 } }),
    ask('cursor of a missing topic', { topics: [], cursor: { topicName: 'n', partitionIndex: 1 } }),
    ask('cursor not among the topics', { topics: named('plain'), cursor: { topicName: 'more', partitionIndex: 1 } }),
    ask('negative cursor', { topics: named('plain'), cursor: { topicName: 'plain', partitionIndex: -1 } }),
    ask('missing alone', { topics: named('missing'), responsePartitionLimit: 1 }),
    ask('missing then more', { topics: named('missing', 'more', 'plain'), responsePartitionLimit: 1 }),
  ]
}
