/**
 * kafkajs as one of the two clients under which the peers are measured. A task is a line of JSON at the standard input, and its
 * figures, or why there are none, a line at the standard output; it ends with its input.
 */
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { type Consumer, Kafka, logLevel, type Producer } from 'kafkajs'
import type { Task, TaskAnswer } from './task.ts'

/** About a megabyte a request, as kgo makes them. */
const BATCH_BYTES = 900_000
/** What stands around a value in a batch, at most. */
const RECORD_OVERHEAD_BYTES = 20
/** Requests under way: as many as Kafka's own producer has. */
const IN_FLIGHT = 5

const tasks: Partial<Record<Task['task'], (kafka: Kafka, task: Task) => Promise<number[]>>> = {
  produce,
  consume,
  latency,
  assign,
  delete: deleteTopic,
}

for await (const line of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Task))}\n`)
}

async function answer(task: Task): Promise<TaskAnswer> {
  const doIt = tasks[task.task]
  if (doIt === undefined) return { failure: `kafkajs knows no task ${task.task}` }
  const kafka = new Kafka({
    brokers: [task.address],
    logLevel: logLevel.NOTHING,
    // What is measured is the broker, and not how long a client waits before it asks again.
    retry: { initialRetryTime: 5, maxRetryTime: 20, retries: 1000 },
  })
  try {
    return { values: await doIt(kafka, task) }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

/** MB of values a second into a new topic of one partition, which stays. */
async function produce(kafka: Kafka, { topic, recordBytes = 0, records = 0 }: Task): Promise<number[]> {
  await createTopic(kafka, topic, 1)
  const value = randomBytes(recordBytes)
  const perBatch = Math.floor(BATCH_BYTES / (recordBytes + RECORD_OVERHEAD_BYTES))
  return withProducer(kafka, async (producer) => {
    await producer.send({ topic, messages: [{ value }] })
    let left = records - 1
    const sendUntilNoneIsLeft = async (): Promise<void> => {
      while (left > 0) {
        const count = Math.min(perBatch, left)
        left -= count
        await producer.send({ topic, messages: Array.from({ length: count }, () => ({ value })) })
      }
    }
    const begun = performance.now()
    await Promise.all(Array.from({ length: IN_FLIGHT }, sendUntilNoneIsLeft))
    return [megabytesPerSecond((records - 1) * recordBytes, performance.now() - begun)]
  })
}

/** MB of values a second, of all that a topic holds, from when its one consumer has joined its group. */
async function consume(kafka: Kafka, { topic, recordBytes = 0, records = 0 }: Task): Promise<number[]> {
  const consumer = kafka.consumer({ groupId: topic })
  const joined = new Promise<number>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve(performance.now()))
  })
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    let [seen, bytes] = [0, 0]
    const end = await new Promise<number>((resolve, reject) => {
      onEnd(consumer, reject)
      const eachBatch = async ({ batch }: { batch: { messages: { value: Buffer | null }[] } }): Promise<void> => {
        for (const { value } of batch.messages) bytes += value?.length ?? 0
        seen += batch.messages.length
        if (seen >= records) resolve(performance.now())
      }
      consumer.run({ eachBatch }).catch(reject)
    })
    if (bytes !== records * recordBytes) throw new Error(`${bytes} bytes came, not ${records * recordBytes}`)
    return [megabytesPerSecond(bytes, end - (await joined))]
  } finally {
    await leave([consumer])
  }
}

/** Microseconds until one record is acknowledged by all, with nothing else going on: the median and the 99th percentile. */
async function latency(kafka: Kafka, { topic, recordBytes = 0, records = 0 }: Task): Promise<number[]> {
  await createTopic(kafka, topic, 1)
  const value = randomBytes(recordBytes)
  return withProducer(kafka, async (producer) => {
    const times = new Float64Array(records)
    for (let i = -1; i < records; i++) {
      const begun = performance.now()
      await producer.send({ topic, acks: -1, messages: [{ value }] })
      if (i >= 0) times[i] = performance.now() - begun
    }
    times.sort()
    return [0.5, 0.99].map((part) => (times[Math.floor(records * part)] as number) * 1000)
  })
}

/** Milliseconds until members that come all at once have a partition each. */
async function assign(kafka: Kafka, { topic, members = 0 }: Task): Promise<number[]> {
  await createTopic(kafka, topic, members)
  const held = new Map<number, number>()
  const consumers = Array.from({ length: members }, () => kafka.consumer({ groupId: topic }))
  const begun = performance.now()
  try {
    await new Promise<void>((resolve, reject) => {
      consumers.forEach((consumer, member) => {
        consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
          held.set(member, payload.memberAssignment[topic]?.length ?? 0)
          if (held.size === members && [...held.values()].every((count) => count === 1)) resolve()
        })
        onEnd(consumer, reject)
        run(consumer, topic).catch(reject)
      })
    })
    return [performance.now() - begun]
  } finally {
    await leave(consumers)
    await deleteTopic(kafka, { topic })
  }
}

async function run(consumer: Consumer, topic: string): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topics: [topic] })
  await consumer.run({ eachMessage: async () => {} })
}

/** Tells of an error that a consumer does not begin anew after. */
function onEnd(consumer: Consumer, tell: (error: Error) => void): void {
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) tell(error)
  })
}

/** Ends consumers, whose group is of no use any more. */
async function leave(consumers: readonly Consumer[]): Promise<void> {
  await Promise.all(consumers.map((consumer) => consumer.disconnect()))
}

async function deleteTopic(kafka: Kafka, { topic }: Pick<Task, 'topic'>): Promise<number[]> {
  await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topic] }))
  return []
}

async function createTopic(kafka: Kafka, topic: string, numPartitions: number): Promise<void> {
  await withAdmin(kafka, (admin) =>
    admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1 }], waitForLeaders: true }),
  )
}

async function withAdmin(kafka: Kafka, use: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    await use(admin)
  } finally {
    await admin.disconnect()
  }
}

async function withProducer(kafka: Kafka, use: (producer: Producer) => Promise<number[]>): Promise<number[]> {
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  try {
    return await use(producer)
  } finally {
    await producer.disconnect()
  }
}

function megabytesPerSecond(bytes: number, ms: number): number {
  return bytes / 1e6 / (ms / 1000)
}
