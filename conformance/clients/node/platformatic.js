import { Admin, Consumer, FetchIsolationLevels, ProduceAcks, Producer } from '@platformatic/kafka'
import { tell } from './story.js'

const TOPIC = 2
const SET = 0
const EARLIEST = -2n
/** So often a member reads on when its stream has ended with an error. */
const MOST_FAILURES = 3

await tell(async (bootstrapBrokers) => {
  // A real cluster that has just been started needs a while until it has coordinators.
  const base = { clientId: 'orders', bootstrapBrokers, retries: 50, retryDelay: 100 }
  const admin = new Admin(base)
  const plain = new Producer(base)
  const idempotent = new Producer({ ...base, idempotent: true })
  // Brokers are asked anew each time: what was read before would be answered from memory.
  const metadata = (topic) => admin.metadata({ topics: [topic], forceUpdate: true })
  const offset = async (name, partitionIndex, timestamp) => {
    const topics = [{ name, partitions: [{ partitionIndex, timestamp }] }]
    return Number((await admin.listOffsets({ topics }))[0].partitions[0].offset)
  }

  const send = async (producer, topic, records, compression = 'none') => {
    const messages = records.map(({ key, value, timestamp, partition, headers = [] }) => ({
      topic,
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      timestamp: BigInt(timestamp),
      headers: new Map(headers.map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
      ...(partition === undefined ? {} : { partition }),
    }))
    const options = { messages, compression, acks: ProduceAcks.ALL }
    const { offsets = [] } = await producer.send(options)
    // It tells where the first record of each partition lies; whoever did not choose the partition cannot tell more.
    const next = new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]))
    return records.map((record) => {
      const offset = next.get(record.partition)
      if (offset !== undefined) next.set(record.partition, offset + 1)
      return { ...record, offset }
    })
  }

  return {
    no: { partition: 'it reads in groups alone' },
    createTopic: (topic, partitions, replicas) => admin.createTopics({ topics: [topic], partitions, replicas }),
    partitions: async (topic) => (await metadata(topic)).topics.get(topic)?.partitions.length ?? 0,
    produce: (topic, records, how) => send(how.idempotent ? idempotent : plain, topic, records, how.codec),
    async join(groupId, topic, read, { uncommitted = false } = {}) {
      const timing = { sessionTimeout: 6000, rebalanceTimeout: 6000, heartbeatInterval: 100 }
      const consumer = new Consumer({ ...base, ...timing, groupId, groupProtocol: 'classic' })
      let owned = []
      // After a rebalance it still hands out what it had asked for before, which is another member's by then, or its own once more.
      const next = new Map()
      consumer.on('consumer:group:rebalance', () => {
        owned = []
      })
      /** The last of each partition: what a transaction commits is told by messages. */
      const last = new Map()
      const hear = (message) => {
        const { partition, offset, timestamp, key, value, headers } = message
        if (!owned.includes(partition) || Number(offset) < (next.get(partition) ?? 0)) return
        next.set(partition, Number(offset) + 1)
        last.set(partition, message)
        const place = { partition, offset: Number(offset), timestamp: Number(timestamp) }
        const texts = [...headers].map(([name, text]) => [String(name), String(text)])
        // A null value is undefined to it.
        read({ ...place, key: String(key), value: value == null ? null : String(value), headers: texts })
      }
      let stream
      let isLeaving = false
      let failures = 0
      const listen = async () => {
        stream = await consumer.consume({
          topics: [topic],
          mode: 'committed',
          fallbackMode: 'earliest',
          autocommit: false,
          maxWaitTime: 50,
          isolationLevel: uncommitted ? FetchIsolationLevels.READ_UNCOMMITTED : FetchIsolationLevels.READ_COMMITTED,
        })
        // The stream takes up the committed offsets only after the consumer has told that it joined: it owns its partitions once
        // it knows where to read on.
        stream.on('offsets', () => {
          next.clear()
          owned = (consumer.assignments ?? []).flatMap((each) => (each.topic === topic ? each.partitions : []))
        })
        stream.on('data', hear)
        // It gives up while a broker that it reads from is dead, when the metadata has it no more before it has another leader.
        stream.on('error', (error) => {
          if (isLeaving) return
          if (++failures > MOST_FAILURES) throw error
          listen()
        })
      }
      await listen()
      return {
        consumer,
        last,
        owned: () => owned,
        commit: (offsets) =>
          consumer.commit({
            offsets: [...offsets].map(([partition, offset]) => {
              return { topic, partition, offset: BigInt(offset), leaderEpoch: -1 }
            }),
          }),
        async leave() {
          isLeaving = true
          await stream.close()
          await consumer.close()
        },
      }
    },
    async writer({ id, timeoutMs = 30_000 } = {}) {
      // Without these it asks for the producer id 0 of epoch 0 to go on, which is another's.
      const anew = { producerId: -1n, producerEpoch: -1 }
      const transactional = id === undefined ? {} : { transactionalId: id, timeout: timeoutMs, ...anew }
      const producer = new Producer({ ...base, idempotent: true, ...transactional })
      let transaction
      return {
        send: (topic, records) => send(transaction ?? producer, topic, records),
        begin: async () => {
          transaction = await producer.beginTransaction()
        },
        async sendOffsets({ consumer, last }) {
          await transaction.addConsumer(consumer)
          for (const message of last.values()) await transaction.addOffset(message)
        },
        commit: () => transaction.commit(),
        abort: () => transaction.abort(),
        close: () => producer.close(true),
      }
    },
    async leadership(topic, partition) {
      const { leader, isr } = (await metadata(topic)).topics.get(topic).partitions[partition]
      return { leader, inSync: isr }
    },
    async committed(groupId, topic) {
      const [{ topics }] = await admin.listConsumerGroupOffsets({ groups: [groupId] })
      const { partitions } = topics.find(({ name }) => name === topic)
      return new Map(partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]))
    },
    offsetAt: (topic, partition, timestamp) => offset(topic, partition, BigInt(timestamp)),
    setConfig(resourceName, name, value) {
      const configs = [{ name, configOperation: SET, value }]
      return admin.incrementalAlterConfigs({ resources: [{ resourceType: TOPIC, resourceName, configs }] })
    },
    async config(resourceName, name) {
      const resources = [{ resourceType: TOPIC, resourceName, configurationKeys: [name] }]
      const [{ configs }] = await admin.describeConfigs({ resources })
      return configs[0].value
    },
    addPartitions: (name, count) => admin.createPartitions({ topics: [{ name, count, assignments: null }] }),
    groups: async () => [...(await admin.listGroups()).keys()],
    async describe(group) {
      const { state, members } = (await admin.describeGroups({ groups: [group] })).get(group)
      return { state: `${state[0]}${state.slice(1).toLowerCase()}`, members: members.size }
    },
    deleteGroup: (group) => admin.deleteGroups({ groups: [group] }),
    deleteRecords: (name, partition, before) =>
      admin.deleteRecords({ topics: [{ name, partitions: [{ partition, offset: BigInt(before) }] }] }),
    beginning: (topic, partition) => offset(topic, partition, EARLIEST),
    deleteTopic: (topic) => admin.deleteTopics({ topics: [topic] }),
    topics: () => admin.listTopics(),
    close: () => Promise.all([admin.close(), plain.close(), idempotent.close()]),
  }
})
