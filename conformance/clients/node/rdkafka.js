import rdkafka from 'node-rdkafka'
import { tell } from './story.js'

/** How long a call of a transaction may take. */
const CALL_MS = 30_000

await tell(async (bootstrapServers) => {
  const base = { 'metadata.broker.list': bootstrapServers.join(',') }
  const admin = rdkafka.AdminClient.create(base)
  /** The codec is the producer's. */
  const producers = new Map()

  /** Calls that end with a callback. */
  const call = (it, name, ...args) =>
    new Promise((resolve, reject) => {
      it[name](...args, (error, answer) => (error ? reject(error) : resolve(answer)))
    })
  const connected = async (client) => {
    await call(client, 'connect', {})
    return client
  }
  const opened = async (config) => {
    const producer = await connected(new rdkafka.Producer({ ...base, 'linger.ms': 5, dr_cb: true, ...config }))
    producer.setPollInterval(10)
    producer.on('delivery-report', (error, { partition, offset, opaque }) => {
      if (error) opaque.reject(error)
      else opaque.resolve({ partition, offset })
    })
    return producer
  }
  const produced = async ({ codec, idempotent }) => {
    const name = `${codec} ${idempotent}`
    const known = producers.get(name)
    if (known !== undefined) return known
    const producer = await opened({ 'compression.codec': codec, 'enable.idempotence': idempotent })
    producers.set(name, producer)
    return producer
  }
  const consumer = async (group, { uncommitted = false } = {}) => {
    const reading = {
      'enable.auto.commit': false,
      'fetch.wait.max.ms': 50,
      'topic.metadata.refresh.fast.interval.ms': 50,
    }
    const timing = { 'session.timeout.ms': 6000, 'heartbeat.interval.ms': 300 }
    const isolation = { 'isolation.level': uncommitted ? 'read_uncommitted' : 'read_committed' }
    const config = { ...base, ...reading, ...timing, ...isolation, 'group.id': group }
    return connected(new rdkafka.KafkaConsumer(config, { 'auto.offset.reset': 'earliest' }))
  }
  const consumed = ({ partition, offset, timestamp, key, value, headers = [] }) => ({
    partition,
    offset,
    timestamp,
    key: String(key),
    value: value === null ? null : String(value),
    headers: headers.flatMap((each) => Object.entries(each).map(([name, text]) => [name, String(text)])),
  })
  const asking = await consumer('unused')
  const topics = async () => (await call(asking, 'getMetadata', { timeout: 5000 })).topics

  const send = (producer, topic, records) =>
    Promise.all(
      records.map(async (record) => {
        const { partition = null, value, key, timestamp, headers = [] } = record
        const texts = headers.map(([name, text]) => ({ [name]: text }))
        const where = await new Promise((resolve, reject) => {
          const body = value === null ? null : Buffer.from(value)
          producer.produce(topic, partition, body, key, timestamp, { resolve, reject }, texts)
        })
        // An empty buffer has no address, and is sent as none at all.
        return { ...record, value: value === '' ? null : value, ...where }
      }),
    )

  return {
    no: {
      groups: 'it has no such admin calls',
      ...(rdkafka.features.includes('zstd') ? {} : { zstd: 'its librdkafka is built without zstd here' }),
    },
    createTopic: (topic, num_partitions, replication_factor) =>
      call(admin, 'createTopic', { topic, num_partitions, replication_factor }, 10_000),
    partitions: async (topic) => (await topics()).find(({ name }) => name === topic)?.partitions.length ?? 0,
    produce: async (topic, records, how) => send(await produced(how), topic, records),
    async read(topic, partition, from, read) {
      const reader = await consumer('unused')
      reader.on('data', (message) => read(consumed(message)))
      const offset = { beginning: -2, end: -1 }[from] ?? from
      reader.assign([{ topic, partition, offset }])
      reader.consume()
      return { close: () => call(reader, 'disconnect') }
    },
    async join(group, topic, read, how) {
      const member = await consumer(group, how)
      member.on('data', (message) => read(consumed(message)))
      member.subscribe([topic])
      member.consume()
      return {
        consumer: member,
        owned: () => member.assignments().map(({ partition }) => partition),
        commit: async (offsets) =>
          member.commitSync([...offsets].map(([partition, offset]) => ({ topic, partition, offset }))),
        leave: () => call(member, 'disconnect'),
      }
    },
    async writer({ id, timeoutMs = 60_000 } = {}) {
      const transactional = id === undefined ? {} : { 'transactional.id': id, 'transaction.timeout.ms': timeoutMs }
      const producer = await opened({ 'enable.idempotence': true, ...transactional })
      if (id !== undefined) await call(producer, 'initTransactions', CALL_MS)
      return {
        send: (topic, records) => send(producer, topic, records),
        begin: () => call(producer, 'beginTransaction'),
        sendOffsets({ consumer }, _, topic, offsets) {
          const all = [...offsets].map(([partition, offset]) => ({ topic, partition, offset }))
          return call(producer, 'sendOffsetsToTransaction', all, consumer, CALL_MS)
        },
        commit: () => call(producer, 'commitTransaction', CALL_MS),
        abort: () => call(producer, 'abortTransaction', CALL_MS),
        close: () => call(producer, 'disconnect'),
      }
    },
    async leadership(topic, partition) {
      const { partitions } = (await topics()).find(({ name }) => name === topic)
      const { leader, isrs } = partitions.find(({ id }) => id === partition)
      return { leader, inSync: isrs }
    },
    async committed(group, topic) {
      const member = await consumer(group)
      const partitions = Array.from({ length: 4 }, (_, partition) => ({ topic, partition }))
      const found = await call(member, 'committed', partitions, 5000)
      await call(member, 'disconnect')
      return new Map(found.map(({ partition, offset }) => [partition, offset]))
    },
    async offsetAt(topic, partition, timestamp) {
      const [found] = await call(asking, 'offsetsForTimes', [{ topic, partition, offset: timestamp }], 5000)
      return found.offset
    },
    addPartitions: (topic, total) => call(admin, 'createPartitions', topic, total, 10_000),
    deleteTopic: (topic) => call(admin, 'deleteTopic', topic, 10_000),
    topics: async () => (await topics()).map(({ name }) => name),
    async close() {
      admin.disconnect()
      for (const client of [asking, ...producers.values()]) await call(client, 'disconnect')
    },
  }
})
