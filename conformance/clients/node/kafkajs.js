import { setTimeout as after } from 'node:timers/promises'
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'
import { lz4, snappy } from './codecs.js'
import { tell } from './story.js'

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel, Partitioners } = kafkajs

// It brings gzip along and has the others registered by its user. It hands its own encoder to `compress`.
const codecs = {
  [CompressionTypes.Snappy]: { compress: snappy.compress, decompress: snappy.uncompress },
  [CompressionTypes.LZ4]: { compress: lz4.compress, decompress: lz4.uncompress },
  [CompressionTypes.ZSTD]: { compress: promisify(zstdCompress), decompress: promisify(zstdDecompress) },
}
for (const [type, { compress, decompress }] of Object.entries(codecs)) {
  CompressionCodecs[type] = () => ({
    compress: async ({ buffer }) => compress(buffer),
    decompress: async (buffer) => decompress(buffer),
  })
}
const types = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

// Its default gives up before a dead broker is found to be dead, or each broker of a busy cluster knows a new topic.
const retry = { retries: 60, initialRetryTime: 50, maxRetryTime: 500 }

/** So many answers of brokers at random that each of three is hardly left out. */
const ENOUGH = 15

await tell(async (brokers) => {
  const kafka = new Kafka({ clientId: 'orders', brokers, retry, logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const choosing = { createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false }
  const plain = kafka.producer(choosing)
  const idempotent = kafka.producer({ ...choosing, idempotent: true })
  await Promise.all([plain.connect(), idempotent.connect()])
  const offsets = async (topic, partition) =>
    (await admin.fetchTopicOffsets(topic)).find((it) => it.partition === partition)
  const partitions = async (topic) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0].partitions.filter(({ leader }) => leader >= 0).length
  }
  const send = async (producer, topic, records, compression) => {
    const answers = await producer.send({
      topic,
      acks: -1,
      compression,
      messages: records.map(({ key, value, timestamp, partition, headers = [] }) => {
        return { key, value, partition, timestamp: String(timestamp), headers: Object.fromEntries(headers) }
      }),
    })
    // It tells where the first record of each partition lies; whoever did not choose the partition cannot tell more.
    const next = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]))
    return records.map((record) => {
      const offset = next.get(record.partition)
      if (offset !== undefined) next.set(record.partition, offset + 1)
      return { ...record, offset }
    })
  }
  // Not every broker of a real cluster knows a new topic at once, and it does not ask again when it adds it to a transaction.
  const known = async (does) => {
    for (;;) {
      try {
        return await does()
      } catch (error) {
        if (error.type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
        await after(10)
      }
    }
  }

  return {
    no: { partition: 'it reads in groups alone' },
    async createTopic(topic, numPartitions, replicationFactor) {
      await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions, replicationFactor }] })
      // It gives up when it meets a broker that does not know the topic yet, and asks one at random: so many know it.
      for (let known = 0; known < ENOUGH; ) {
        known = (await partitions(topic).catch(() => 0)) === numPartitions ? known + 1 : 0
        if (known === 0) await after(10)
      }
    },
    partitions,
    produce: (topic, records, how) => send(how.idempotent ? idempotent : plain, topic, records, types[how.codec]),
    async join(groupId, topic, read, { uncommitted: readUncommitted = false } = {}) {
      const timing = { sessionTimeout: 6000, heartbeatInterval: 100, maxWaitTimeInMs: 50 }
      const consumer = kafka.consumer({ groupId, readUncommitted, ...timing })
      let owned = []
      consumer.on('consumer.group_join', ({ payload }) => {
        owned = payload.memberAssignment[topic] ?? []
      })
      consumer.on('consumer.rebalancing', () => {
        owned = []
      })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ partition, message: { offset, timestamp, key, value, headers } }) => {
          const texts = Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])
          const text = value === null ? null : String(value)
          const place = { partition, offset: Number(offset), timestamp: Number(timestamp) }
          read({ ...place, key: String(key), value: text, headers: texts })
        },
      })
      return {
        owned: () => owned,
        commit: (offsets) =>
          consumer.commitOffsets(
            [...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
          ),
        leave: () => consumer.disconnect(),
      }
    },
    async writer({ id, timeoutMs } = {}) {
      const transactional = id === undefined ? {} : { transactionalId: id, transactionTimeout: timeoutMs }
      const producer = kafka.producer({
        ...choosing,
        idempotent: true,
        maxInFlightRequests: 1,
        retry,
        ...transactional,
      })
      await producer.connect()
      let transaction
      return {
        // One partition at a time: when one of several leaders refuses, it sends once more what the others are still to answer,
        // with new sequences, and leaves out what has moved to a leader that has answered.
        async send(topic, records) {
          const placed = []
          for (const some of Object.values(Object.groupBy(records, ({ partition }) => partition))) {
            placed.push(...(await known(() => send(transaction ?? producer, topic, some))))
          }
          return placed
        },
        begin: async () => {
          transaction = await producer.transaction()
        },
        sendOffsets: (_, consumerGroupId, topic, offsets) => {
          const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }))
          return transaction.sendOffsets({ consumerGroupId, topics: [{ topic, partitions }] })
        },
        commit: () => transaction.commit(),
        abort: () => transaction.abort(),
        close: () => producer.disconnect(),
      }
    },
    async leadership(topic, partition) {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const { leader, isr } = topics[0].partitions.find(({ partitionId }) => partitionId === partition)
      return { leader, inSync: isr }
    },
    async committed(groupId, topic) {
      const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] })
      return new Map(answer.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    },
    async offsetAt(topic, partition, timestamp) {
      const found = await admin.fetchTopicOffsetsByTimestamp(topic, timestamp)
      return Number(found.find((it) => it.partition === partition).offset)
    },
    setConfig: (name, config, value) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries: [{ name: config, value }] }],
      }),
    async config(name, config) {
      const resources = [{ type: ConfigResourceTypes.TOPIC, name, configNames: [config] }]
      const answer = await admin.describeConfigs({ includeSynonyms: false, resources })
      return answer.resources[0].configEntries[0].configValue
    },
    addPartitions: (topic, count) => admin.createPartitions({ topicPartitions: [{ topic, count }] }),
    groups: async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId),
    async describe(group) {
      const [{ state, members }] = (await admin.describeGroups([group])).groups
      return { state, members: members.length }
    },
    deleteGroup: (group) => admin.deleteGroups([group]),
    deleteRecords: (topic, partition, before) =>
      admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] }),
    beginning: async (topic, partition) => Number((await offsets(topic, partition)).low),
    deleteTopic: (topic) => admin.deleteTopics({ topics: [topic] }),
    topics: () => admin.listTopics(),
    close: () => Promise.all([admin.disconnect(), plain.disconnect(), idempotent.disconnect()]),
  }
})
