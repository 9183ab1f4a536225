/** kafkajs as the benchmark of clients runs it. */
import { randomBytes } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { BATCH_RECORDS, IN_FLIGHT, type Task } from '../task.ts'
import { inBatches, serve, Tally } from './serve.ts'

await serve({ produce, consume })

function kafka({ address }: Task): Kafka {
  return new Kafka({ brokers: [address], logLevel: logLevel.NOTHING })
}

async function produce(task: Task): Promise<readonly number[]> {
  const { topic, recordBytes } = task
  const value = randomBytes(recordBytes)
  const producer = kafka(task).producer({ allowAutoTopicCreation: false })
  await producer.connect()
  try {
    await producer.send({ topic, acks: -1, messages: [{ value: Buffer.alloc(0), partition: 0 }] })
    return await inBatches(task, { batch: BATCH_RECORDS, inFlight: IN_FLIGHT }, (partition, count) => {
      return producer.send({ topic, acks: -1, messages: Array.from({ length: count }, () => ({ value, partition })) })
    })
  } finally {
    await producer.disconnect()
  }
}

async function consume(task: Task): Promise<readonly number[]> {
  const consumer = kafka(task).consumer({ groupId: `${task.topic}-kafkajs` })
  await consumer.connect()
  try {
    const tally = new Tally(task)
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (!restart) tally.fail(error)
    })
    await consumer.subscribe({ topics: [task.topic], fromBeginning: true })
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) if (value !== null && value.length > 0) tally.add(1, value.length)
      },
    })
    return await tally.done
  } finally {
    await consumer.disconnect()
  }
}
