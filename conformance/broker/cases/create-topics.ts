import type { Input } from '../../../src/protocol/message.ts'
import { type CreatableTopic, CreateTopics } from '../../../src/protocol/messages/create-topics.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'
import { newTopic, seeTopics } from './admin-bodies.ts'

const TIMEOUT_MS = 5000

type Shape = Parameters<typeof newTopic>[1]

/** Topics by the names that the script gives them. */
function creating(
  world: World,
  topics: Readonly<Record<string, Shape>>,
): { topics: Input<CreatableTopic>[]; timeoutMs: number } {
  return {
    topics: Object.entries(topics).map(([name, shape]) => newTopic(world.name(name), shape)),
    timeoutMs: TIMEOUT_MS,
  }
}

/** Topics whose names are taken at their word. */
function named(...names: string[]): { topics: Input<CreatableTopic>[]; timeoutMs: number } {
  return { topics: names.map((name) => newTopic(name)), timeoutMs: TIMEOUT_MS }
}

const LONG_VALUE = '0:0,'.repeat(8192)

export const createTopics = casesOf(
  CreateTopics,
  [
    'INVALID_TOPIC_EXCEPTION',
    'INVALID_CONFIG',
    'INVALID_PARTITIONS',
    'INVALID_REPLICATION_FACTOR',
    'INVALID_REPLICA_ASSIGNMENT',
    'INVALID_REQUEST',
    'NOT_CONTROLLER',
    'POLICY_VIOLATION',
    'REQUEST_TIMED_OUT',
    'TOPIC_ALREADY_EXISTS',
  ],
  {
    'topics, and what is told of them afterwards': async (world) => {
      const topics = creating(world, {
        plain: {},
        more: { partitions: 3, configs: { 'retention.ms': ' 77777 ', 'cleanup.policy': 'compact, delete' } },
        assigned: { assigned: { 1: [1], 0: [1] } },
        defaults: { partitions: -1, replicas: -1 },
      })
      await world.ask(CreateTopics, topics)
      await seeTopics(
        world,
        ['plain', 'more', 'assigned', 'defaults'].map((name) => world.name(name)),
      )
    },
    'every config that there is': async (world) => {
      await world.ask(
        CreateTopics,
        creating(world, {
          orders: {
            configs: {
              'cleanup.policy': 'compact',
              'compression.type': 'gzip',
              'compression.gzip.level': '3',
              'delete.retention.ms': '1000',
              'file.delete.delay.ms': '0',
              'flush.messages': '1',
              'flush.ms': '+10',
              'index.interval.bytes': '0',
              'leader.replication.throttled.replicas': '0:1',
              'follower.replication.throttled.replicas': '*',
              'max.compaction.lag.ms': '9223372036854775807',
              'max.message.bytes': '0',
              'message.timestamp.type': 'LogAppendTime',
              'message.timestamp.before.max.ms': '5',
              'message.timestamp.after.max.ms': '6',
              'min.cleanable.dirty.ratio': '1',
              'min.compaction.lag.ms': '0',
              'min.insync.replicas': '7',
              preallocate: 'TRUE',
              'retention.bytes': '-1',
              'retention.ms': '-1',
              'segment.bytes': '1048576',
              'segment.index.bytes': '4',
              'segment.jitter.ms': '0',
              'segment.ms': '1',
              'unclean.leader.election.enable': 'False',
            },
          },
        }),
      )
    },
    'only validated': [
      { versions: '1+' },
      async (world) => {
        const good = creating(world, { orders: { partitions: 2 } })
        const bad = creating(world, { wrong: { partitions: 0 } })
        await world.ask(CreateTopics, { ...good, topics: [...good.topics, ...bad.topics], validateOnly: true })
        await seeTopics(world, [world.name('orders')])
      },
    ],
    'a topic that is there': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(CreateTopics, {
        topics: [newTopic(name, { partitions: 5 }), newTopic(world.name('more'))],
        timeoutMs: TIMEOUT_MS,
      })
    },
    'a name twice': async (world) => {
      const [orders, more] = [world.name('orders'), world.name('more')]
      await world.ask(CreateTopics, named(orders, more, orders))
      await world.ask(CreateTopics, named('__cluster_metadata', '__cluster_metadata'), { as: 'of the metadata log' })
    },
    'names that are wrong': async (world) => {
      await world.ask(
        CreateTopics,
        named('', '.', '..', 'or ders', 'órdenes', 'a'.repeat(250), 'a/b', '__cluster_metadata'),
      )
    },
    'names that differ in a dot': async (world) => {
      await world.topic('a.b_c')
      const [one, other] = [world.name('a_b.c'), world.name('d.e')]
      await world.ask(CreateTopics, named(one, other, world.name('d_e')))
    },
    'wrong numbers': async (world) => {
      await world.ask(
        CreateTopics,
        creating(world, {
          a: { partitions: 0 },
          b: { partitions: -2 },
          c: { replicas: 0 },
          d: { replicas: -2 },
          e: { replicas: 2 },
          f: { partitions: 0, replicas: 0 },
          g: { partitions: -1, replicas: 4 },
        }),
      )
    },
    'very many partitions': async (world) => {
      await world.ask(CreateTopics, creating(world, { a: { partitions: 10_001 }, b: {} }))
      await world.ask(CreateTopics, creating(world, { a: { partitions: 6000 }, b: { partitions: 6000 } }), {
        as: 'of two topics',
      })
    },
    'wrong assignments': async (world) => {
      const { topics, timeoutMs } = creating(world, {
        gap: { assigned: { 0: [1], 2: [1] } },
        late: { assigned: { 1: [1] } },
        negative: { assigned: { [-1]: [1] } },
        nobody: { assigned: { 0: [] } },
        twice: { assigned: { 0: [1, 1] } },
        unknown: { assigned: { 0: [99] } },
        unequal: { assigned: { 0: [1], 1: [1, 99] } },
      })
      const assignments = [{ partitionIndex: 0, brokerIds: [1] }]
      const both = [
        { ...newTopic(world.name('counted')), replicationFactor: -1, assignments },
        { ...newTopic(world.name('replicated')), numPartitions: -1, assignments },
        {
          ...newTopic(world.name('again'), { partitions: -1, replicas: -1 }),
          assignments: [...assignments, ...assignments],
        },
      ]
      await world.ask(CreateTopics, { topics: [...topics, ...both], timeoutMs })
    },
    'wrong configs': async (world) => {
      const topic = (name: string, configs: Record<string, string | null>): Record<string, Shape> => ({
        [name]: { configs },
      })
      await world.ask(
        CreateTopics,
        creating(world, {
          ...topic('unknown', { 'no.such': '1' }),
          ...topic('null', { 'retention.ms': null }),
          ...topic('number', { 'retention.ms': 'x' }),
          ...topic('small', { 'retention.ms': '-2' }),
          ...topic('segment', { 'segment.bytes': '1048575' }),
          ...topic('smallest', { 'segment.bytes': '13' }),
          ...topic('boolean', { preallocate: 'yes' }),
          ...topic('ratio', { 'min.cleanable.dirty.ratio': '1.5' }),
          ...topic('policy', { 'cleanup.policy': 'compact,keep' }),
          ...topic('no-policy', { 'cleanup.policy': '' }),
          ...topic('codec', { 'compression.type': 'brotli' }),
          ...topic('level', { 'compression.gzip.level': '0' }),
          ...topic('throttled', { 'leader.replication.throttled.replicas': 'x' }),
          ...topic('lags', { 'min.compaction.lag.ms': '10', 'max.compaction.lag.ms': '5' }),
          ...topic('isr', { 'min.insync.replicas': '0' }),
          ...topic('remote', { 'remote.storage.enable': 'true' }),
          ...topic('timestamps', { 'message.timestamp.difference.max.ms': '5' }),
          ...topic('format', { 'message.format.version': '2.0' }),
          ...topic('long', { 'follower.replication.throttled.replicas': LONG_VALUE }),
        }),
      )
    },
    'several configs of which one is wrong': async (world) => {
      const configs = { 'retention.ms': '5', 'segment.ms': '0', 'cleanup.policy': 'compact' }
      await world.ask(CreateTopics, creating(world, { orders: { configs } }))
      await seeTopics(world, [world.name('orders')])
    },
    'a config twice': async (world) => {
      const { topics, timeoutMs } = creating(world, { orders: {} })
      const configs = ['1', '2'].map((value) => ({ name: 'retention.ms', value }))
      await world.ask(CreateTopics, { topics: topics.map((topic) => ({ ...topic, configs })), timeoutMs })
    },
    'no time': async (world) => {
      await world.ask(CreateTopics, { ...creating(world, { orders: {} }), timeoutMs: 0 })
      await world.ask(CreateTopics, { ...creating(world, { more: {} }), timeoutMs: -1 }, { as: 'less than none' })
    },
    'no topics': async (world) => {
      await world.ask(CreateTopics, { topics: [], timeoutMs: TIMEOUT_MS })
    },
    'on several brokers': [
      { brokers: 3 },
      async (world) => {
        const topics = creating(world, {
          spread: { partitions: 2, replicas: 3 },
          assigned: { assigned: { 0: [1, 2, 3], 1: [3, 2, 1], 2: [2, 1, 3] } },
          many: { replicas: 4 },
          unequal: { assigned: { 0: [1, 2], 1: [3] } },
        })
        await world.ask(CreateTopics, topics, { from: world.client(2) })
        await seeTopics(world, [world.name('assigned')])
      },
    ],
  },
)
