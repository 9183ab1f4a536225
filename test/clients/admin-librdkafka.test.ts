import type { KafkaClient, RecordMetadata } from 'kafka-crab-js'
import { expect, type TestContext, test } from 'vitest'
import { connect, partitions } from './admin-kafkajs.ts'
import { type AdminCluster, describeAdmin, named } from './describe-admin.ts'
import { librdkafka } from './librdkafka.ts'

const PARTITIONS = 3

/**
 * Of librdkafka's admin client kafka-crab-js shows two calls: it creates topics, for a consumer that subscribes, and
 * deletes records. It has none for groups, their offsets, configs, partitions or the cluster.
 */
describeAdmin(`what ${librdkafka.name} has for admins`, async () => {}, theTests, { staysConnected: true })

function theTests(theCluster: () => AdminCluster): void {
  test('creates a topic for who subscribes to it, once', async (context) => {
    const cluster = theCluster()
    const client = await start(cluster, context)
    const admin = await connect(cluster, context)
    const topic = named('topic')

    await create(client, topic, cluster.size)
    await cluster.knows(topic)

    const created = await partitions(admin, topic)
    expect(created.map(({ isr }) => isr.length)).toEqual(Array(PARTITIONS).fill(cluster.size))
    await create(client, topic, cluster.size)
    expect(await partitions(admin, topic)).toEqual(created)
  })

  test('is told that a topic cannot be named so', async (context) => {
    const cluster = theCluster()
    const client = await start(cluster, context)

    await expect(create(client, 'not a name', 1)).rejects.toThrow('not a name: InvalidTopic')
  })

  test('deletes the records before an offset, partition by partition', async (context) => {
    const cluster = theCluster()
    const client = await start(cluster, context)
    const admin = await connect(cluster, context)
    const topic = named('topic')
    await create(client, topic, cluster.size)
    await cluster.knows(topic)
    const ends = endsOf(await produce(client, topic))
    const remove = async (offsets: ReadonlyMap<number, number>) => {
      const partitionOffset = [...offsets].map(([partition, offset]) => ({ partition, offset: { offset } }))
      const answers = await client.deleteRecords([{ topic, partitionOffset }])
      expect(new Set(answers.map((answer) => answer.topic))).toEqual(new Set([topic]))
      const marks = answers.flatMap((answer) => answer.partitionOffset)
      return new Map(marks.map(({ partition, offset }) => [partition, offset.offset]))
    }
    expect(ends.size).toBe(PARTITIONS)
    const halves = new Map([...ends].map(([partition, end]) => [partition, Math.floor(end / 2)]))

    expect(await remove(halves)).toEqual(halves)

    const offsets = await admin.fetchTopicOffsets(topic)
    expect(new Map(offsets.map(({ partition, low }) => [partition, Number(low)]))).toEqual(halves)
    expect(new Map(offsets.map(({ partition, high }) => [partition, Number(high)]))).toEqual(ends)
    const [[partition, end] = [0, 0]] = ends
    expect(await remove(new Map([[partition, 0]]))).toEqual(new Map([[partition, halves.get(partition)]]))
    await expect(remove(new Map([[partition, end + 1]]))).rejects.toThrow('OffsetOutOfRange')
    expect(await remove(ends)).toEqual(ends)
  })
}

async function start(cluster: AdminCluster, { skip }: TestContext): Promise<KafkaClient> {
  const reason = await librdkafka.unavailable?.(cluster.bootstrapServers)
  if (reason) skip(reason)
  const { KafkaClient } = await import('kafka-crab-js')
  return new KafkaClient({
    brokers: cluster.bootstrapServers.join(','),
    clientId: 'admin',
    logLevel: 'off',
    brokerAddressFamily: 'v4',
    diagnostics: false,
  })
}

async function create(client: KafkaClient, topic: string, replicas: number): Promise<void> {
  const consumer = client.createConsumer({ groupId: named('creator'), enableAutoCommit: false })
  try {
    await consumer.subscribe([{ topic, createTopic: true, numPartitions: PARTITIONS, replicas }])
  } finally {
    await consumer.disconnect()
  }
}

async function produce(client: KafkaClient, topic: string): Promise<RecordMetadata[]> {
  const producer = client.createProducer({ configuration: { 'linger.ms': 0 } })
  const messages = Array.from({ length: 40 }, (_, index) => ({
    key: Buffer.from(`key ${index}`),
    payload: Buffer.from(`record ${index}`),
  }))
  return await producer.send({ topic, messages })
}

/** For each partition, the offset after its last record. */
function endsOf(records: readonly RecordMetadata[]): Map<number, number> {
  const ends = new Map<number, number>()
  for (const { partition, offset } of records) ends.set(partition, Math.max(ends.get(partition) ?? 0, offset + 1))
  return ends
}
