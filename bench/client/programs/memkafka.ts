/** memkafka's own client as the benchmark of clients runs it. Its argument is the URL of the module to measure. */
import { randomBytes } from 'node:crypto'
import type * as MemkafkaClient from '../../../src/client/index.ts'
import { BATCH_RECORDS, IN_FLIGHT, type Task } from '../task.ts'
import { inBatches, rate, serve, Tally } from './serve.ts'

const client = (await import(process.argv[2] as string)) as typeof MemkafkaClient

const MIB = 2 ** 20
const PARTS = 10

await serve({ produce, send, consume, endure })

function config(): MemkafkaClient.ConfigOptions {
  return { producer: { requiredAcks: client.WaitForAll, partitioner: client.newManualPartitioner } }
}

async function produce(task: Task): Promise<readonly number[]> {
  const { address, topic, recordBytes } = task
  const value = randomBytes(recordBytes)
  const producer = await client.newSyncProducer([address], config())
  try {
    await producer.sendMessage({ topic, value: '', partition: 0 })
    return await inBatches(task, { batch: BATCH_RECORDS, inFlight: IN_FLIGHT }, (partition, count) => {
      return producer.sendMessages(Array.from({ length: count }, () => ({ topic, value, partition })))
    })
  } finally {
    await producer.close()
  }
}

async function send({ address, topic, recordBytes, records, partitions }: Task): Promise<readonly number[]> {
  const value = randomBytes(recordBytes)
  const producer = await client.newAsyncProducer([address], config())
  const begun = performance.now()
  for (let i = 0; i < records; i++) {
    await producer.input.send({ topic, value, partition: Math.floor(i / BATCH_RECORDS) % partitions })
  }
  // What failed would be thrown here.
  await producer.close()
  return [rate(records, performance.now() - begun)]
}

async function consume(task: Task): Promise<readonly number[]> {
  const consumer = await client.newConsumer([task.address])
  try {
    const tally = new Tally(task)
    for (const partition of await consumer.partitions(task.topic)) {
      read(await consumer.consumePartition(task.topic, partition, client.OffsetOldest), tally).catch(tally.fail)
    }
    return await tally.done
  } finally {
    await consumer.close()
  }
}

async function read({ messages }: MemkafkaClient.PartitionConsumer, tally: Tally): Promise<void> {
  for await (const { value } of messages) {
    // The warm-up's record is empty.
    if (value !== null && value.length > 0) tally.add(1, value.length)
  }
}

/** MiB of the process after each tenth of the records, then MiB of what is alive in it. */
async function endure({ address, topic, recordBytes, records, partitions }: Task): Promise<readonly number[]> {
  const shared = await client.newClient([address], config())
  const producer = await client.newAsyncProducerFromClient(shared)
  const consumer = client.newConsumerFromClient(shared)
  const admin = await client.newClusterAdminFromClient(shared)
  const value = randomBytes(recordBytes)
  const read = Array.from({ length: partitions }, () => 0)
  let seen = 0
  let wake = (): void => {}
  const reading = Array.from({ length: partitions }, async (_, partition) => {
    const { messages } = await consumer.consumePartition(topic, partition, client.OffsetOldest)
    for await (const { offset } of messages) {
      read[partition] = offset + 1
      seen++
      if (seen % (records / PARTS) === 0) wake()
    }
  })
  const [whole, alive]: [number[], number[]] = [[], []]
  for (let part = 1; part <= PARTS; part++) {
    const isRead = new Promise<void>((resolve) => {
      wake = resolve
    })
    for (let i = 0; i < records / PARTS; i++) {
      await producer.input.send({ topic, value, partition: Math.floor(i / BATCH_RECORDS) % partitions })
    }
    await isRead
    await admin.deleteRecords(topic, Object.fromEntries(read.entries()))
    globalThis.gc?.()
    const { rss, heapUsed, external } = process.memoryUsage()
    whole.push(rss / MIB)
    alive.push((heapUsed + external) / MIB)
  }
  await producer.close()
  await consumer.close()
  await Promise.all(reading)
  await shared.close()
  return [...whole, ...alive]
}
