import { describe, expect, test } from 'vitest'
import { autoTopic } from '../../../src/broker/controller/auto-topics.ts'
import { MetadataLog } from '../../../src/broker/controller/metadata-log.ts'
import type { MetadataRecord } from '../../../src/broker/controller/metadata-record.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { CreatableTopic } from '../../../src/protocol/messages/create-topics.ts'
import { ControllerFixture, contents, newestFeatures } from './metadata-fixture.ts'

function topic(name: string, more: Partial<CreatableTopic> = {}): CreatableTopic {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...more }
}

/** Creates topics, and tells of each the error and the message. */
function create(fixture: ControllerFixture, ...topics: CreatableTopic[]) {
  return fixture.controller
    .createTopics({ topics, validateOnly: false })
    .map(({ name, errorCode, errorMessage }) => [name, errorName(errorCode), errorMessage])
}

function types(records: readonly MetadataRecord[]): string[] {
  return records.map(({ type }) => type)
}

describe('the metadata log', () => {
  test('gives each record the next offset', () => {
    const log = new MetadataLog()
    const record: MetadataRecord = { type: 'RemoveTopicRecord', version: 0, value: { topicId: 'a' } }
    expect(log.append([record, record])).toBe(0)
    expect(log.append([record])).toBe(2)
    expect(log.endOffset).toBe(3)
    expect(log.read(2)).toEqual([record])
    expect(log.read(3)).toEqual([])
  })

  test('begins with the features of the cluster, in a metadata transaction', () => {
    const { records } = new ControllerFixture(1).follower(1)
    expect(types(records)).toEqual([
      'BeginTransactionRecord',
      'FeatureLevelRecord',
      'EndTransactionRecord',
      'RegisterBrokerRecord',
      'BrokerRegistrationChangeRecord',
    ])
  })

  test('begins with no transaction, and older records, at an older metadata.version', () => {
    const features = [{ name: 'metadata.version', min: 1, max: 7, finalized: 7 }]
    const fixture = new ControllerFixture(1, {}, features)
    create(fixture, topic('a'))
    const { records } = fixture.follower(1)
    expect(records.map(({ type, version }) => [type, version])).toEqual([
      ['FeatureLevelRecord', 0],
      ['RegisterBrokerRecord', 1],
      ['BrokerRegistrationChangeRecord', 0],
      ['TopicRecord', 0],
      ['PartitionRecord', 0],
    ])
    expect(fixture.image.partition('a', 0)?.directories).toEqual([])
  })

  test('says how many replicas must be in sync for the whole cluster, where there are eligible leader replicas', () => {
    const elr = { name: 'eligible.leader.replicas.version', min: 0, max: 1, finalized: 1 }
    const { image } = new ControllerFixture(1, { 'min.insync.replicas': '2' }, [...newestFeatures, elr])
    expect(image.configs(4, '')).toEqual(new Map([['min.insync.replicas', '2']]))
    expect(image.features()).toEqual(
      new Map([
        ['metadata.version', 33],
        [elr.name, 1],
      ]),
    )
  })
})

describe('a broker that registers', () => {
  test('is unfenced, with the offset of its registration as its epoch', () => {
    const { image, follower } = bind(new ControllerFixture(2))
    expect(image.broker(1)).toMatchObject({ id: 1, epoch: 3, fenced: false, rack: null })
    expect(image.broker(1)?.endPoints).toMatchObject([{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }])
    expect(image.broker(2)).toMatchObject({ id: 2, epoch: 5 })
    expect(follower(1).records[5]).toMatchObject({ type: 'RegisterBrokerRecord', value: { brokerId: 2, fenced: true } })
  })

  test('hears of all that was before it', () => {
    const fixture = new ControllerFixture(1)
    create(fixture, topic('a'))
    fixture.register(2, 'rack')
    expect(contents(fixture.follower(2).image)).toEqual(contents(fixture.image))
    expect(fixture.image.broker(2)?.rack).toBe('rack')
  })
})

describe('the controller', () => {
  test('makes a topic of a TopicRecord, its configs and its partitions, which every broker has before it answers', () => {
    const fixture = new ControllerFixture(2)
    const before = fixture.image.offset
    const configs = [{ name: 'retention.ms', value: '5' }]
    create(fixture, topic('a', { numPartitions: 2, replicationFactor: 2, configs }))
    expect(types(fixture.follower(1).records.slice(before + 1))).toEqual([
      'TopicRecord',
      'ConfigRecord',
      'PartitionRecord',
      'PartitionRecord',
    ])
    const { image } = fixture.follower(2)
    expect(image.topicConfigs('a')).toEqual(new Map([['retention.ms', '5']]))
    for (const index of [0, 1]) {
      const partition = image.partition('a', index)
      expect(partition).toMatchObject({ leaderEpoch: 0, partitionEpoch: 0, leader: partition?.replicas[0] })
      expect(partition?.isr).toEqual(partition?.replicas)
      expect(partition?.directories).toHaveLength(2)
    }
  })

  test('gives -1 partitions and replicas the defaults of the brokers', () => {
    const fixture = new ControllerFixture(3, { 'num.partitions': '4', 'default.replication.factor': '3' })
    create(fixture, topic('a', { numPartitions: -1, replicationFactor: -1 }))
    expect(fixture.image.topic('a')?.partitions.map(({ replicas }) => replicas.length)).toEqual([3, 3, 3, 3])
  })

  test('writes nothing when it is only asked whether it would', () => {
    const fixture = new ControllerFixture(1)
    const before = fixture.image.offset
    const [result] = fixture.controller.createTopics({ topics: [topic('a')], validateOnly: true })
    expect(result).toMatchObject({ errorCode: 0, numPartitions: 1 })
    expect(fixture.image.offset).toBe(before)
  })

  test('draws the same topics from the same seed', () => {
    const make = (seed: number) => {
      const fixture = new ControllerFixture(3, {}, newestFeatures, seed)
      create(fixture, topic('a', { numPartitions: 20, replicationFactor: 2 }))
      return contents(fixture.image)
    }
    expect(make(1)).toEqual(make(1))
    expect(make(1)).not.toEqual(make(2))
  })

  test('tells whoever listens of topics that come and go', () => {
    const fixture = new ControllerFixture(1)
    const heard: unknown[] = []
    fixture.events.on('topic:create', (event) => heard.push(event))
    fixture.events.on('topic:delete', (event) => heard.push(event))
    create(fixture, topic('a', { numPartitions: 2 }))
    const topicId = fixture.image.topic('a')?.id
    fixture.controller.deleteTopics({ topics: [], topicNames: ['a'] })
    expect(heard).toEqual([
      { name: 'a', topicId, partitions: 2 },
      { name: 'a', topicId },
    ])
  })

  test('creates the topics to begin with, or says which of them is wrong', () => {
    const { controller, image } = bind(new ControllerFixture(1))
    controller.createFirstTopics([['a', { partitions: 3, configs: { 'cleanup.policy': 'compact' } }]])
    expect(image.topic('a')?.partitions).toHaveLength(3)
    expect(image.topicConfigs('a').get('cleanup.policy')).toBe('compact')
    expect(() => controller.createFirstTopics([['b', { replicationFactor: 2 }]])).toThrow(
      "topic 'b': Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached",
    )
  })

  test('takes no config that is longer than a string of the protocol', () => {
    const configs = [{ name: 'retention.ms', value: 'x'.repeat(32_768) }]
    expect(create(new ControllerFixture(1), topic('a', { configs }))).toEqual([
      [
        'a',
        'INVALID_CONFIG',
        'The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.',
      ],
    ])
  })

  test('gives each broker that asks a block of a thousand producer ids of its own', () => {
    const { controller, image } = bind(new ControllerFixture(2))
    const epoch = (nodeId: number): number => image.broker(nodeId)?.epoch ?? -1
    expect(controller.allocateProducerIds(1, epoch(1))).toEqual({ start: 0, length: 1000 })
    expect(controller.allocateProducerIds(2, epoch(2))).toEqual({ start: 1000, length: 1000 })
    expect(image.nextProducerId).toBe(2000)
    expect(() => controller.allocateProducerIds(3, 0)).toThrow(
      expect.objectContaining({ error: 'BROKER_ID_NOT_REGISTERED' }),
    )
    expect(() => controller.allocateProducerIds(1, 0)).toThrow(expect.objectContaining({ error: 'STALE_BROKER_EPOCH' }))
  })
})

describe('a topic that Kafka creates of itself', () => {
  test('is as the coordinator of the internal topic wants it', () => {
    const fixture = new ControllerFixture(2)
    const wanted = ['__consumer_offsets', '__transaction_state', '__share_group_state'].map((name) =>
      autoTopic(name, fixture.config),
    )
    expect(create(fixture, ...wanted).map(([name, error]) => [name, error])).toEqual([
      ['__consumer_offsets', 'NONE'],
      ['__transaction_state', 'NONE'],
      ['__share_group_state', 'NONE'],
    ])
    const { image } = fixture
    expect(image.topic('__consumer_offsets')?.partitions).toHaveLength(50)
    expect(image.partition('__consumer_offsets', 0)?.replicas).toHaveLength(2)
    expect(Object.fromEntries(image.topicConfigs('__consumer_offsets'))).toEqual({
      'cleanup.policy': 'compact',
      'compression.type': 'producer',
      'segment.bytes': '104857600',
    })
    expect(Object.fromEntries(image.topicConfigs('__transaction_state'))).toEqual({
      'cleanup.policy': 'compact',
      'compression.type': 'uncompressed',
      'min.insync.replicas': '2',
      'segment.bytes': '104857600',
      'unclean.leader.election.enable': 'false',
    })
  })

  test('has the defaults of the brokers where it is an ordinary one', () => {
    const fixture = new ControllerFixture(1, { 'num.partitions': '3' })
    create(fixture, autoTopic('a', fixture.config))
    expect(fixture.image.topic('a')?.partitions).toHaveLength(3)
  })
})

/** The parts of a fixture, to take by name. */
function bind(fixture: ControllerFixture) {
  return {
    controller: fixture.controller,
    image: fixture.image,
    follower: (nodeId: number) => fixture.follower(nodeId),
  }
}
