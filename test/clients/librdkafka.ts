import type { KafkaClient, KafkaConsumer, KafkaProducer } from 'kafka-crab-js'
import type { Client, Codec, Member, MemberEvents } from './client.ts'

/** librdkafka, in the build that kafka-crab-js ships: without zstd. */
export const librdkafka: Client = {
  name: 'librdkafka (kafka-crab-js)',
  codecs: ['none', 'gzip', 'snappy', 'lz4'],
  headers: true,
  // Its producers have no way to be closed, and its closed consumers keep their connections.
  staysConnected: true,

  async unavailable() {
    try {
      await import('kafka-crab-js')
      return undefined
    } catch (error) {
      return `kafka-crab-js has no binary for ${process.platform} on ${process.arch}: ${error}`
    }
  },

  async start(bootstrapServers) {
    const { KafkaClient } = await import('kafka-crab-js')
    const client = new KafkaClient({
      brokers: bootstrapServers.join(','),
      clientId: 'orders',
      logLevel: 'error',
      brokerAddressFamily: 'v4',
      diagnostics: false,
    })
    const producers = new Map<Codec, KafkaProducer>()
    return {
      createTopic: (topic, partitions, replicas) => createTopic(client, topic, partitions, replicas),
      async produce(topic, codec, records) {
        const producer = producers.get(codec) ?? createProducer(client, codec)
        producers.set(codec, producer)
        await producer.send({
          topic,
          messages: records.map(({ key, value, headers }) => ({
            key: Buffer.from(key),
            payload: value,
            headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
          })),
        })
      },
      join: (groupId, topic, events) => join(client, groupId, topic, events),
      close: async () => producers.clear(),
    }
  },
}

/** The codec is the producer's. One is idempotent, and one is enough: librdkafka takes half a second to ask for an id. */
function createProducer(client: KafkaClient, codec: Codec): KafkaProducer {
  return client.createProducer({
    configuration: { 'compression.type': codec, 'enable.idempotence': codec === 'lz4', 'linger.ms': 5 },
  })
}

/** The admin client of kafka-crab-js is behind its consumer: a subscription can ask for the topic to be created. */
async function createTopic(client: KafkaClient, topic: string, numPartitions: number, replicas: number): Promise<void> {
  const consumer = client.createConsumer({ groupId: `${topic}-creator`, enableAutoCommit: false })
  await consumer.subscribe([{ topic, createTopic: true, numPartitions, replicas }])
  await consumer.disconnect()
}

async function join(client: KafkaClient, groupId: string, topic: string, events: MemberEvents): Promise<Member> {
  const consumer = client.createConsumer({
    groupId,
    enableAutoCommit: false,
    configuration: {
      'auto.offset.reset': 'earliest',
      'session.timeout.ms': 6000,
      // Long enough for a new member to have its first offsets: librdkafka goes on fetching a partition that is taken
      // from it while it asks for them, and hands out a stale record when the partition comes back.
      'heartbeat.interval.ms': 300,
      'fetch.wait.max.ms': 50,
      'topic.metadata.refresh.fast.interval.ms': 50,
    },
  })
  const revoked = Promise.withResolvers<void>()
  let leaving = false
  consumer.onEvents((error, event) => {
    if (error) events.failed(error)
    else if (event.name === 'PreRebalance') events.assigned([])
    else if (event.name === 'PostRebalance') {
      const partitions = assigned(consumer, topic)
      events.assigned(partitions)
      if (leaving && partitions.length === 0) revoked.resolve()
    }
  })
  await consumer.subscribe(topic)
  const reading = read(consumer, events)
  return {
    async commit(offsets) {
      for (const [partition, offset] of offsets) await consumer.commit(topic, partition, offset, 'Sync')
    },
    // librdkafka leaves the group once the loss of its partitions has been polled for, and a disconnected consumer
    // no longer polls: the broker would wait for its session to time out.
    async leave() {
      leaving = assigned(consumer, topic).length > 0
      consumer.unsubscribe()
      if (leaving) await revoked.promise
      await consumer.disconnect()
      await reading
    },
  }
}

async function read(consumer: KafkaConsumer, events: MemberEvents): Promise<void> {
  try {
    for (;;) {
      const message = await consumer.recv()
      if (!message) return
      const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])
      events.consumed({
        partition: message.partition,
        offset: message.offset,
        key: String(message.key),
        value: message.payload,
        headers: Object.fromEntries(headers),
      })
    }
  } catch (error) {
    events.failed(error)
  }
}

function assigned(consumer: KafkaConsumer, topic: string): number[] {
  return consumer
    .assignment()
    .flatMap((each) => (each.topic === topic ? each.partitionOffset.map(({ partition }) => partition) : []))
}
