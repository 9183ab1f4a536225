import kafkajs, { type Consumer, type Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'

const { Kafka, logLevel, Partitioners } = kafkajs

/** What kafkajs does with transactions, which it writes as Kafka before 4.0 does: it adds partitions itself. */
describe('A transactional producer of kafkajs', () => {
  let cluster: KafkaCluster
  let kafka: kafkajs.Kafka

  beforeAll(async () => {
    cluster = await KafkaCluster.start({ brokers: 3, topics: { orders: { partitions: 2 }, bills: { partitions: 1 } } })
    kafka = new Kafka({
      brokers: cluster.bootstrapServers,
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 20 },
    })
  })
  afterAll(() => cluster.stop())

  async function producer(transactionalId: string): Promise<Producer> {
    const made = kafka.producer({
      transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    onTestFinished(() => made.disconnect())
    await made.connect()
    return made
  }

  /** Reads a topic from its beginning; resolves with the values so far once `enough` of them are there. */
  async function reader(groupId: string, topic: string, readUncommitted = false): Promise<Reader> {
    const consumer = kafka.consumer({ groupId, readUncommitted, maxWaitTimeInMs: 20, heartbeatInterval: 100 })
    onTestFinished(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const seen: string[] = []
    let told: () => void = () => {}
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        seen.push(String(message.value))
        told()
      },
    })
    return {
      consumer,
      async until(value) {
        while (!seen.includes(value)) {
          await new Promise<void>((resolve) => {
            told = resolve
          })
        }
        return seen
      },
    }
  }

  test('shows what it commits, never what it aborts', async () => {
    const tx = await producer('till')
    const aborted = await tx.transaction()
    await aborted.send({ topic: 'orders', messages: [{ key: 'a', value: 'wrong' }] })
    expect(cluster.transaction('till').state).toBe('Ongoing')
    await aborted.abort()
    expect(cluster.transaction('till').state).toBe('CompleteAbort')
    const committed = await tx.transaction()
    await committed.send({ topic: 'orders', messages: [{ key: 'a', value: 'right' }] })
    await committed.commit()
    const careful = await reader('careful', 'orders')
    expect(await careful.until('right')).toEqual(['right'])
    const careless = await reader('careless', 'orders', true)
    expect(await careless.until('right')).toEqual(['wrong', 'right'])
  })

  test('is fenced by the next one with its id, which aborts what it has begun', async () => {
    const zombie = await producer('ledger')
    const open = await zombie.transaction()
    await open.send({ topic: 'bills', messages: [{ value: 'lost' }] })
    const successor = await producer('ledger')
    const next = await successor.transaction()
    await next.send({ topic: 'bills', messages: [{ value: 'kept' }] })
    await next.commit()
    await expect(open.commit()).rejects.toThrow()
    const auditor = await reader('auditors', 'bills')
    expect(await auditor.until('kept')).toEqual(['kept'])
  })

  test('reads, writes, and tells what it has read in one transaction', async () => {
    const plain = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    onTestFinished(() => plain.disconnect())
    await plain.connect()
    await plain.send({ topic: 'orders', messages: [{ key: 'b', value: 'order' }] })
    const tx = await producer('transform')
    const attempt = async (end: 'abort' | 'commit') => {
      const transaction = await tx.transaction()
      await transaction.send({ topic: 'bills', messages: [{ value: `bill, ${end}` }] })
      await transaction.sendOffsets({
        consumerGroupId: 'billing',
        topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: '1' }] }],
      })
      await transaction[end]()
    }
    await attempt('abort')
    expect(cluster.group('billing').committed).toEqual([])
    await attempt('commit')
    expect(cluster.group('billing').committed).toMatchObject([{ topic: 'orders', partition: 0, offset: 1 }])
    const payers = await reader('payers', 'bills')
    expect(await payers.until('bill, commit')).not.toContain('bill, abort')
  })
})

interface Reader {
  readonly consumer: Consumer
  until(value: string): Promise<readonly string[]>
}
