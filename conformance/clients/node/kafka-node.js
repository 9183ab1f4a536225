import { createRequire, Module } from 'node:module'
import { promisify } from 'node:util'
import snappyjs from 'snappyjs'
import { until } from './steps.js'
import { tell } from './story.js'

const require = createRequire(import.meta.url)

// It wants two functions of the native snappy 6, which has no binaries for today's Node.js. It finds them here, under that name;
// the client itself is as published.
const snappy6 = new Module(require.resolve('snappy'))
snappy6.exports = {
  compress: (data, done) => done(null, Buffer.from(snappyjs.compress(Uint8Array.from(data)))),
  uncompress: (data, done) => done(null, Buffer.from(snappyjs.uncompress(Uint8Array.from(data)))),
}
snappy6.loaded = true
require.cache[snappy6.id] = snappy6
const { Admin, Consumer, ConsumerGroup, HighLevelProducer, KafkaClient, KeyedMessage, Offset } = require('kafka-node')

const attributes = { none: 0, gzip: 1, snappy: 2 }
const KEYED_PARTITIONER = 3

const ready = (client) =>
  new Promise((resolve, reject) => {
    client.once('error', reject)
    client.once('ready', resolve)
  })

await tell(async (bootstrapServers) => {
  const kafkaHost = bootstrapServers.join(',')
  const client = new KafkaClient({ kafkaHost, clientId: 'orders' })
  await ready(client)
  const admin = new Admin(client)
  const offset = new Offset(client)
  const options = { requireAcks: -1, ackTimeoutMs: 10_000, partitionerType: KEYED_PARTITIONER }
  const producer = new HighLevelProducer(client, options)
  const call = (it, name, ...args) => promisify(it[name]).apply(it, args)

  const topics = async () => {
    const [, { metadata }] = await call(admin, 'listTopics')
    return metadata
  }
  const consumed = ({ partition, offset, timestamp, key, value }) => ({
    partition,
    offset,
    timestamp: timestamp?.getTime(),
    key: String(key),
    value: value === null ? null : String(value),
  })
  const buffers = { encoding: 'buffer', keyEncoding: 'buffer', fetchMaxWaitMs: 50 }

  return {
    no: {
      headers: 'its message sets have none',
      lz4: 'it writes with gzip and snappy alone',
      zstd: 'it writes with gzip and snappy alone',
      idempotent: 'its producer is not idempotent',
      time: 'the version that it speaks knows the beginnings of segments alone',
      configs: 'it reads those of brokers and topics, and changes none',
      delete: 'it has no such calls',
    },
    async createTopic(topic, partitions, replicationFactor) {
      await call(client, 'createTopics', [{ topic, partitions, replicationFactor }])
      // It does not ask again when a broker of a real cluster has not heard yet that it leads a partition. Each leader tells
      // where its partitions end once it knows.
      await until('every leader to know the topic', async () => {
        const ends = (await call(offset, 'fetchLatestOffsets', [topic]))[topic]
        return Object.values(ends).filter((end) => end === 0).length === partitions
      })
    },
    partitions: async (topic) => Object.keys((await topics())[topic] ?? {}).length,
    async produce(topic, records, { codec }) {
      await call(client, 'refreshMetadata', [topic])
      const messages = records.map(({ key, value, timestamp }) => {
        return Object.assign(new KeyedMessage(key, value), { timestamp })
      })
      const payloads = records.map(({ key, partition }, index) => ({
        topic,
        key,
        messages: [messages[index]],
        attributes: attributes[codec],
        ...(partition === undefined ? {} : { partition }),
      }))
      const answer = (await call(producer, 'send', payloads))[topic]
      // It tells where the first record of each partition lies; whoever did not choose the partition cannot tell more.
      const next = new Map(Object.entries(answer).map(([partition, offset]) => [Number(partition), offset]))
      return records.map((record) => {
        const offset = next.get(record.partition)
        if (offset !== undefined) next.set(record.partition, offset + 1)
        return { ...record, offset }
      })
    },
    async read(topic, partition, from, read) {
      const reading = new KafkaClient({ kafkaHost })
      await ready(reading)
      const start = { beginning: 'fetchEarliestOffsets', end: 'fetchLatestOffsets' }[from]
      const at = start === undefined ? from : (await call(offset, start, [topic]))[topic][partition]
      const consumer = new Consumer(reading, [{ topic, partition, offset: at }], {
        ...buffers,
        groupId: 'unused',
        autoCommit: false,
        fromOffset: true,
      })
      consumer.on('message', (message) => read(consumed(message)))
      return { close: () => call(consumer, 'close', false) }
    },
    async join(groupId, topic, read) {
      const group = new ConsumerGroup(
        {
          ...buffers,
          kafkaHost,
          groupId,
          fromOffset: 'earliest',
          autoCommit: false,
          sessionTimeout: 6000,
          // It takes a heartbeat that is not answered before the next is due for a lost one, and joins anew.
          heartbeatInterval: 500,
          retryMinTimeout: 50,
        },
        topic,
      )
      let owned = []
      // It skips records that it has had already, but not while it still unpacks the answer they came in: with several brokers
      // it may have fetched them once more by then. The same rule, one step later, makes up for it.
      const next = new Map()
      group.on('rebalancing', () => {
        owned = []
      })
      group.on('rebalanced', () => {
        next.clear()
        owned = group.topicPayloads.map(({ partition }) => partition)
      })
      group.on('message', (message) => {
        if (message.offset < (next.get(message.partition) ?? 0)) return
        next.set(message.partition, message.offset + 1)
        read(consumed(message))
      })
      group.on('error', () => {})
      return {
        owned: () => owned,
        commit: (offsets) =>
          call(
            group,
            'sendOffsetCommitRequest',
            [...offsets].map(([partition, offset]) => ({ topic, partition, offset, metadata: '' })),
          ),
        leave: () => call(group, 'close'),
      }
    },
    async committed(group, topic) {
      const partitions = Object.keys((await topics())[topic])
      const answer = await call(
        offset,
        'fetchCommits',
        group,
        partitions.map((it) => ({ topic, partition: Number(it) })),
      )
      return new Map(Object.entries(answer[topic]).map(([partition, offset]) => [Number(partition), offset]))
    },
    groups: async () => Object.keys(await call(admin, 'listGroups')),
    async describe(group) {
      const { state, members } = (await call(admin, 'describeGroups', [group]))[group]
      return { state, members: members.length }
    },
    topics: async () => Object.keys(await topics()),
    close: () => call(client, 'close'),
  }
})
