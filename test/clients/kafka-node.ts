import { createRequire, Module } from 'node:module'
import { promisify } from 'node:util'
import type { ConsumerGroup, ConsumerGroupOptions, KafkaClient, KafkaClientOptions, Message } from 'kafka-node'
import type { Client, Codec, ConsumedRecord, Member, MemberEvents } from './client.ts'
import { snappy } from './codecs.ts'

const require = createRequire(import.meta.url)

// kafka-node wants two functions of the native snappy 6, which has no binaries for today's Node. It finds them here,
// under that name; the client itself is as published.
type Done = (error: Error | null, result: Buffer) => void
const snappy6 = new Module(require.resolve('snappy'))
snappy6.exports = {
  compress: (data: Buffer, done: Done) => done(null, snappy.compress(data)),
  uncompress: (data: Buffer, done: Done) => done(null, snappy.uncompress(data)),
}
snappy6.loaded = true
require.cache[snappy6.id] = snappy6

const kafkaNode: typeof import('kafka-node') = require('kafka-node')
const TimeoutError: new (message: string) => Error = require('kafka-node/lib/errors/TimeoutError')

/** What kafka-node writes and reads: the message sets of Kafka 0.9 and before, or those of 0.10. */
type MessageSets = 'v0' | 'v1'

const attributes: Partial<Record<Codec, number>> = { none: 0, gzip: 1, snappy: 2 }
const KEYED_PARTITIONER = 3

export function kafkaNodeWith(messageSets: MessageSets): Client {
  return {
    name: `kafka-node with message sets ${messageSets}`,
    codecs: ['none', 'gzip', 'snappy'],
    headers: false,

    async unavailable([broker]) {
      const client = new kafkaNode.KafkaClient({ kafkaHost: broker ?? '' })
      await ready(client)
      const oldest = oldestFetch(client)
      await promisify(client.close).call(client)
      return oldest <= 2 ? undefined : `it speaks Fetch 0 to 2, and the brokers serve none below ${oldest}`
    },

    async start(bootstrapServers) {
      const kafkaHost = bootstrapServers.join(',')
      const plain = await startProducer(messageSets, kafkaHost)
      // kafka-node puts messages of v1 into every compressed set. Kafka refuses them in a set of v0 (INVALID_RECORD),
      // so that what is compressed can only be read in v0, and is written in v1.
      const compressing = messageSets === 'v1' ? plain : await startProducer('v1', kafkaHost)
      return {
        createTopic: (topic, partitions, replicas) => createTopic(kafkaHost, topic, partitions, replicas),
        async produce(topic, codec, records) {
          const { client, producer } = codec === 'none' ? plain : compressing
          await promisify(client.refreshMetadata).call(client, [topic])
          const payloads = records.map(({ key, value }) => {
            return { topic, key, messages: [value], attributes: attributes[codec] ?? 0 }
          })
          await promisify(producer.send).call(producer, payloads)
        },
        join: (groupId, topic, events) => join(messageSets, kafkaHost, groupId, topic, events),
        async close() {
          for (const { client } of new Set([plain, compressing])) await promisify(client.close).call(client)
        },
      }
    },
  }
}

async function startProducer(messageSets: MessageSets, kafkaHost: string) {
  const client = speaking(messageSets, new kafkaNode.KafkaClient({ kafkaHost, clientId: 'orders' }))
  await ready(client)
  const options = { requireAcks: -1, ackTimeoutMs: 10_000, partitionerType: KEYED_PARTITIONER }
  return { client, producer: new kafkaNode.HighLevelProducer(client, options) }
}

/** Against a broker that leaves ApiVersions without an answer, as 0.9 did, kafka-node speaks as to a broker of that age. */
function speaking<Speaker extends KafkaClient>(messageSets: MessageSets, client: Speaker): Speaker {
  if (messageSets === 'v1') return client
  return Object.assign(client, {
    getApiVersions: (_broker: unknown, done: (error: Error) => void) => setImmediate(done, new TimeoutError('0.9')),
  })
}

/** The oldest Fetch that the brokers serve, as kafka-node was told; its types do not mention it. */
function oldestFetch(client: KafkaClient): number {
  const { brokers } = client as KafkaClient & { brokers: Record<string, { apiSupport?: { fetch: { min: number } } }> }
  return Math.max(...Object.values(brokers).map(({ apiSupport }) => apiSupport?.fetch.min ?? 0))
}

function ready(client: KafkaClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.on('error', reject)
    client.on('ready', resolve)
  })
}

/** Asks for versions whatever it speaks otherwise: CreateTopics came after 0.9. */
async function createTopic(
  kafkaHost: string,
  topic: string,
  partitions: number,
  replicationFactor: number,
): Promise<void> {
  const client = new kafkaNode.KafkaClient({ kafkaHost })
  await ready(client)
  await promisify(client.createTopics).call(client, [{ topic, partitions, replicationFactor }])
  await promisify(client.close).call(client)
}

async function join(
  messageSets: MessageSets,
  kafkaHost: string,
  groupId: string,
  topic: string,
  events: MemberEvents,
): Promise<Member> {
  const options: ConsumerGroupOptions & KafkaClientOptions = {
    kafkaHost,
    groupId,
    fromOffset: 'earliest',
    autoCommit: false,
    encoding: 'buffer',
    keyEncoding: 'buffer',
    sessionTimeout: 6000,
    // kafka-node takes a heartbeat that is not answered before the next is due for a lost one, and joins anew.
    heartbeatInterval: 500,
    retryMinTimeout: 50,
    fetchMaxWaitMs: 50,
  }
  const group = new kafkaNode.ConsumerGroup(options, topic)
  speaking(messageSets, group.client)
  group.on('rebalancing', () => events.assigned([]))
  // kafka-node skips records that it has had already, but not while it still unpacks the answer they came in: with
  // several brokers it may have fetched them once more by then. The same rule, one step later, makes up for it.
  const next = new Map<number, number>()
  group.on('rebalanced', () => {
    next.clear()
    events.assigned(assigned(group))
  })
  group.on('message', (message: Message) => {
    const record = consumed(message)
    if (record.offset < (next.get(record.partition) ?? 0)) return
    next.set(record.partition, record.offset + 1)
    events.consumed(record)
  })
  group.on('error', (error: unknown) => events.failed(error))
  return {
    async commit(offsets) {
      const commits = [...offsets].map(([partition, offset]) => ({ topic, partition, offset, metadata: '' }))
      await promisify(group.sendOffsetCommitRequest).call(group, commits)
    },
    leave: () => promisify((done: (error: Error) => void) => group.close(done))(),
  }
}

/** The partitions that kafka-node fetches; its types do not mention them. */
function assigned(group: ConsumerGroup): number[] {
  const { topicPayloads } = group as ConsumerGroup & { topicPayloads: { partition: number }[] }
  return topicPayloads.map(({ partition }) => partition)
}

function consumed({ partition, offset, key, value }: Message): ConsumedRecord {
  return { partition: partition ?? -1, offset: offset ?? -1, key: String(key), value: Buffer.from(value), headers: {} }
}
