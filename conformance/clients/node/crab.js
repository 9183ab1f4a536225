import { KafkaClient } from 'kafka-crab-js'
import { until } from './steps.js'
import { tell } from './story.js'

/** Its headers are in maps without order, both ways. */
const sorted = (headers) => headers.toSorted(([one], [other]) => (one < other ? -1 : 1))

await tell(async (bootstrapServers) => {
  const client = new KafkaClient({
    brokers: bootstrapServers.join(','),
    clientId: 'orders',
    logLevel: 'error',
    brokerAddressFamily: 'v4',
    diagnostics: false,
  })
  const configuration = {
    'auto.offset.reset': 'earliest',
    'session.timeout.ms': 6000,
    // Long enough for a new member to have its first offsets: librdkafka goes on fetching a partition that is taken from it while
    // it asks for them, and hands out a stale record when the partition comes back.
    'heartbeat.interval.ms': 300,
    'fetch.wait.max.ms': 50,
    'topic.metadata.refresh.fast.interval.ms': 50,
    'allow.auto.create.topics': false,
  }
  const consumer = (groupId) => client.createConsumer({ groupId, enableAutoCommit: false, configuration })
  /** The codec is the producer's. */
  const producers = new Map()

  const assigned = (consumer, topic) =>
    consumer
      .assignment()
      .flatMap((each) => (each.topic === topic ? each.partitionOffset.map(({ partition }) => partition) : []))

  const reading = async (consumer, read) => {
    for (;;) {
      const message = await consumer.recv()
      if (!message) return
      const { partition, offset, key, payload, isTombstone } = message
      const headers = Object.entries(message.headers ?? {}).map(([name, text]) => [name, String(text)])
      read({
        partition,
        offset,
        key: String(key),
        value: isTombstone ? null : String(payload),
        headers: sorted(headers),
      })
    }
  }

  async function join(group, topic, read) {
    const member = consumer(group)
    let owned = []
    let leaving = false
    member.onEvents((_, event) => {
      if (event.name === 'PreRebalance') owned = []
      else if (event.name === 'PostRebalance') owned = assigned(member, topic)
    })
    await member.subscribe(topic)
    const ended = reading(member, (record) => leaving || read(record))
    return {
      owned: () => owned,
      async commit(offsets) {
        for (const [partition, offset] of offsets) await member.commit(topic, partition, offset, 'Sync')
      },
      // librdkafka leaves the group once the loss of its partitions has been polled for, and a disconnected consumer no longer
      // polls: the broker would wait for its session to time out.
      async leave() {
        leaving = true
        member.unsubscribe()
        await until('the partitions to be given back', () => assigned(member, topic).length === 0)
        await member.disconnect()
        await ended
      },
    }
  }

  return {
    no: {
      zstd: 'its librdkafka is built without zstd',
      time: 'it has no call for offsets by time',
      configs: 'it has no such admin calls',
      groups: 'it has no such admin calls',
    },
    // Its admin client is behind its consumer: a subscription can ask for the topic to be created.
    async createTopic(topic, numPartitions, replicas) {
      const creator = consumer(`${topic}-creator`)
      await creator.subscribe([{ topic, createTopic: true, numPartitions, replicas }])
      await creator.disconnect()
    },
    // What a lone member is given is all there is.
    async partitions(topic) {
      const member = await join(`${topic}-${Date.now()}`, topic, () => {})
      await until('a lone member to be given partitions', () => member.owned().length > 0)
      const { length } = member.owned()
      await member.leave()
      return length
    },
    async produce(topic, records, { codec, idempotent }) {
      const name = `${codec} ${idempotent}`
      const configuration = { 'compression.type': codec, 'enable.idempotence': idempotent, 'linger.ms': 5 }
      const producer = producers.get(name) ?? client.createProducer({ configuration })
      producers.set(name, producer)
      await producer.send({
        topic,
        messages: records.map(({ key, value, headers = [] }) => ({
          key: Buffer.from(key),
          headers: Object.fromEntries(headers.map(([name, text]) => [name, Buffer.from(text)])),
          ...(value === null ? { isTombstone: true } : { payload: Buffer.from(value) }),
        })),
      })
      // It sends to partitions of its own choice, and its answers do not say which record is where.
      return records.map(({ key, value, headers = [] }) => ({ key, value, headers: sorted(headers) }))
    },
    async read(topic, partition, from, read) {
      const reader = consumer('unused')
      const offset = typeof from === 'number' ? { offset: from } : { position: from === 'end' ? 'End' : 'Beginning' }
      await reader.subscribe([{ topic, partitionOffset: [{ partition, offset }] }])
      const ended = reading(reader, read)
      return {
        async close() {
          await reader.disconnect()
          await ended
        },
      }
    },
    join,
    deleteRecords: (topic, partition, before) =>
      client.deleteRecords([{ topic, partitionOffset: [{ partition, offset: { offset: before } }] }]),
    topics: async () => [],
    close: async () => {},
  }
})
