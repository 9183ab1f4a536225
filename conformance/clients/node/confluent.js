import confluent from '@confluentinc/kafka-javascript'
import { until } from './steps.js'
import { tell } from './story.js'

const { ConsumerGroupStates, ErrorCodes, KafkaJS } = { ...confluent, ...confluent.KafkaJS }

await tell(async (brokers) => {
  const quiet = { logLevel: KafkaJS.logLevel.NOTHING }
  const kafka = new KafkaJS.Kafka({ kafkaJS: { clientId: 'orders', brokers, ...quiet } })
  const admin = kafka.admin()
  await admin.connect()
  /** The codec is the producer's. */
  const producers = new Map()

  const produced = async ({ codec, idempotent }) => {
    const name = `${codec} ${idempotent}`
    const known = producers.get(name)
    if (known !== undefined) return known
    const compression = codec === 'none' ? {} : { compression: codec }
    const producer = kafka.producer({ kafkaJS: { acks: -1, idempotent, ...compression }, 'linger.ms': 5 })
    await producer.connect()
    producers.set(name, producer)
    return producer
  }

  const send = async (producer, topic, records) => {
    const answers = await producer.send({
      topic,
      messages: records.map(({ key, value, timestamp, partition, headers = [] }) => ({
        key,
        value,
        timestamp: String(timestamp),
        headers: Object.fromEntries(headers),
        ...(partition === undefined ? {} : { partition }),
      })),
    })
    // It tells where the first record of each partition lies; whoever did not choose the partition cannot tell more.
    const next = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]))
    return records.map((record) => {
      const offset = next.get(record.partition)
      if (offset !== undefined) next.set(record.partition, offset + 1)
      // An empty buffer has no address, and is sent as none at all.
      return { ...record, value: record.value === '' ? null : record.value, offset }
    })
  }

  return {
    no: {
      partition: 'it reads in groups alone',
      configs: 'it has no such admin calls',
      ...(confluent.features.includes('zstd') ? {} : { zstd: 'its librdkafka is built without zstd here' }),
    },
    createTopic: (topic, numPartitions, replicationFactor) =>
      admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor }] }),
    partitions: async (topic) => (await admin.fetchTopicMetadata({ topics: [topic] }))[0].partitions.length,
    produce: async (topic, records, how) => send(await produced(how), topic, records),
    async join(groupId, topic, read, { uncommitted: readUncommitted = false } = {}) {
      const timing = { sessionTimeout: 6000, heartbeatInterval: 300, maxWaitTimeInMs: 50 }
      const reading = { fromBeginning: true, autoCommit: false, allowAutoTopicCreation: false, readUncommitted }
      const consumer = kafka.consumer({
        kafkaJS: { groupId, ...reading, ...timing },
        'topic.metadata.refresh.fast.interval.ms': 50,
      })
      await consumer.connect()
      await consumer.subscribe({ topic })
      await consumer.run({
        eachMessage: async ({ partition, message: { offset, timestamp, key, value, headers } }) => {
          const texts = Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])
          const place = { partition, offset: Number(offset), timestamp: Number(timestamp) }
          read({ ...place, key: String(key), value: value === null ? null : String(value), headers: texts })
        },
      })
      return {
        consumer,
        owned: () => consumer.assignment().map(({ partition }) => partition),
        async commit(offsets) {
          const wanted = [...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }))
          await consumer.commitOffsets(wanted)
          // It resolves once the request is on its way: whoever asks for the offsets at once may be told of those before.
          await until('offsets to be committed', async () => {
            const told = await consumer.committed(wanted)
            return told.every(({ offset }, i) => offset === wanted[i].offset)
          })
        },
        leave: () => consumer.disconnect(),
      }
    },
    async writer({ id, timeoutMs = 60_000 } = {}) {
      const transactional = id === undefined ? {} : { transactionalId: id, transactionTimeout: timeoutMs }
      const producer = kafka.producer({ kafkaJS: { acks: -1, idempotent: true, ...transactional }, 'linger.ms': 1 })
      await producer.connect()
      return {
        send: (topic, records) => send(producer, topic, records),
        begin: () => producer.transaction(),
        sendOffsets({ consumer }, _, topic, offsets) {
          const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }))
          return producer.sendOffsets({ consumer, topics: [{ topic, partitions }] })
        },
        commit: () => producer.commit(),
        abort: () => producer.abort(),
        close: () => producer.disconnect(),
      }
    },
    async leadership(topic, partition) {
      // It asks the controller that it knew first, which may be dead: one that starts anew knows another.
      const asking = kafka.admin()
      await asking.connect()
      try {
        const [{ partitions }] = await asking.fetchTopicMetadata({ topics: [topic], timeout: 2000 })
        const { leader, isr } = partitions.find(({ partitionId }) => partitionId === partition)
        return { leader, inSync: isr }
      } finally {
        await asking.disconnect()
      }
    },
    async committed(groupId, topic) {
      const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] })
      return new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    },
    async offsetAt(topic, partition, timestamp) {
      const found = await admin.fetchTopicOffsetsByTimestamp(topic, timestamp)
      return Number(found.find((it) => it.partition === partition).offset)
    },
    groups: async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId),
    async describe(group) {
      const { state, members, error } = (await admin.describeGroups([group])).groups[0]
      if (error !== undefined && error.code !== ErrorCodes.ERR_NO_ERROR) throw error
      const name = Object.keys(ConsumerGroupStates).find((it) => ConsumerGroupStates[it] === state) ?? ''
      return { state: `${name[0]}${name.slice(1).toLowerCase()}`, members: members.length }
    },
    deleteGroup: (group) => admin.deleteGroups([group]),
    deleteRecords: (topic, partition, before) =>
      admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] }),
    async beginning(topic, partition) {
      const found = await admin.fetchTopicOffsets(topic)
      return Number(found.find((it) => it.partition === partition).low)
    },
    deleteTopic: (topic) => admin.deleteTopics({ topics: [topic] }),
    topics: () => admin.listTopics(),
    async close() {
      await admin.disconnect()
      for (const producer of producers.values()) await producer.disconnect()
    },
  }
})
