import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import kafkajs, { type EachMessagePayload } from 'kafkajs'
import type { Client, Codec, Member, MemberEvents } from './client.ts'
import { lz4, xerialSnappy } from './codecs.ts'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel, Partitioners } = kafkajs

const types: Record<Codec, kafkajs.CompressionTypes> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

// kafkajs brings gzip along and has the others registered by its user. It hands its own encoder to `compress`.
CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: async ({ buffer }: { buffer: Buffer }) => xerialSnappy.compress(buffer),
  decompress: async (buffer: Buffer) => xerialSnappy.uncompress(buffer),
})
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async ({ buffer }: { buffer: Buffer }) => lz4.compress(buffer),
  decompress: async (buffer: Buffer) => lz4.uncompress(buffer),
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: ({ buffer }: { buffer: Buffer }) => promisify(zstdCompress)(buffer),
  decompress: (buffer: Buffer) => promisify(zstdDecompress)(buffer),
})

export const kafkaJs: Client = {
  name: 'kafkajs',
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  headers: true,

  async start(bootstrapServers) {
    const kafka = new Kafka({ clientId: 'orders', brokers: [...bootstrapServers], logLevel: logLevel.NOTHING })
    const producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    })
    await producer.connect()
    return {
      async createTopic(topic, numPartitions, replicationFactor) {
        const admin = kafka.admin()
        await admin.connect()
        await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions, replicationFactor }] })
        await admin.disconnect()
      },
      async produce(topic, codec, records) {
        await producer.send({
          topic,
          acks: -1,
          compression: types[codec],
          messages: records.map((each) => ({ ...each })),
        })
      },
      join: (groupId, topic, events) => join(kafka, groupId, topic, events),
      close: () => producer.disconnect(),
    }
  },
}

async function join(kafka: kafkajs.Kafka, groupId: string, topic: string, events: MemberEvents): Promise<Member> {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 100, maxWaitTimeInMs: 50 })
  consumer.on('consumer.group_join', ({ payload }) => events.assigned(payload.memberAssignment[topic] ?? []))
  consumer.on('consumer.crash', ({ payload }) => {
    if (!payload.restart) events.failed(payload.error)
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachMessage: async (payload) => events.consumed(consumed(payload)) })
  return {
    commit: (offsets) =>
      consumer.commitOffsets([...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }))),
    leave: () => consumer.disconnect(),
  }
}

function consumed({ partition, message }: EachMessagePayload) {
  return {
    partition,
    offset: Number(message.offset),
    key: String(message.key),
    value: message.value ?? Buffer.of(),
    headers: Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])),
  }
}
