/** @platformatic/kafka as the benchmark of clients runs it. */
import { randomBytes } from 'node:crypto'
import { Consumer, ProduceAcks, Producer } from '@platformatic/kafka'
import { BATCH_RECORDS, IN_FLIGHT, type Task } from '../task.ts'
import { inBatches, serve, Tally } from './serve.ts'

await serve({ produce, consume })

async function produce(task: Task): Promise<readonly number[]> {
  const { address, topic, recordBytes } = task
  const value = randomBytes(recordBytes)
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [address] })
  try {
    await producer.send({ acks: ProduceAcks.ALL, messages: [{ topic, value: Buffer.alloc(0), partition: 0 }] })
    return await inBatches(task, { batch: BATCH_RECORDS, inFlight: IN_FLIGHT }, (partition, count) => {
      const messages = Array.from({ length: count }, () => ({ topic, value, partition }))
      return producer.send({ acks: ProduceAcks.ALL, messages })
    })
  } finally {
    await producer.close()
  }
}

async function consume(task: Task): Promise<readonly number[]> {
  const { address, topic } = task
  const consumer = new Consumer({
    clientId: 'bench',
    bootstrapBrokers: [address],
    groupId: `${topic}-platformatic`,
  })
  try {
    const tally = new Tally(task)
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
    stream.on('error', (error: Error) => tally.fail(error))
    stream.on('data', ({ value }: { value: Buffer | null | undefined }) => {
      if (value !== null && value !== undefined && value.length > 0) tally.add(1, value.length)
    })
    return await tally.done
  } finally {
    await consumer.close(true)
  }
}
