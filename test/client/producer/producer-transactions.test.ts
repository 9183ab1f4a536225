import { describe, expect, test } from 'vitest'
import {
  type AsyncProducer,
  type Config,
  ErrOutOfOrderSequenceNumber,
  ErrTransactionNotReady,
  newAsyncProducer,
  newConfig,
  newManualPartitioner,
  ProducerTxnFlagAbortableError,
  ProducerTxnFlagInTransaction,
  ProducerTxnFlagReady,
  WaitForAll,
} from '../../../src/client/index.ts'
import { ErrorCode, KafkaCluster } from '../../../src/index.ts'
import { AddPartitionsToTxn, Produce, respond } from '../../../src/testing/index.ts'
import { settled } from './settled.ts'

async function producerOf(cluster: KafkaCluster, change: (config: Config) => void = () => {}): Promise<AsyncProducer> {
  const config = newConfig(cluster.clientConfig())
  config.producer.return.successes = true
  config.producer.requiredAcks = WaitForAll
  config.producer.idempotent = true
  config.producer.transaction.id = 'billing'
  config.producer.partitioner = newManualPartitioner
  change(config)
  return newAsyncProducer(cluster.bootstrapServers, config)
}

/** How often an error was answered to Produce. */
function refuse(cluster: KafkaCluster, code: number): void {
  cluster.use(
    respond(
      Produce,
      ({ request }) => ({
        responses: request.topicData.map(({ name, topicId, partitionData }) => ({
          name,
          topicId,
          partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: code, logStartOffset: 0 })),
        })),
      }),
      { once: true },
    ),
  )
}

/** The values that readers of committed messages see. */
function committed(cluster: KafkaCluster, partition: number): number {
  return cluster.partition('orders', partition).lastStableOffset
}

describe.each(['3.9', '4.1'])('a transactional producer of brokers of %s', (version) => {
  const start = (): Promise<KafkaCluster> =>
    KafkaCluster.start({ clock: 'virtual', version, topics: { orders: { partitions: 3 } } })

  test('commits what was sent, whole', async () => {
    await using cluster = await start()
    await using producer = await producerOf(cluster)
    let added = 0
    cluster.use(
      respond(AddPartitionsToTxn, () => {
        added++
        return undefined
      }),
    )
    expect(producer.isTransactional).toBe(true)
    expect(producer.txnStatus).toBe(ProducerTxnFlagReady)
    await producer.beginTxn()
    expect(producer.txnStatus).toBe(ProducerTxnFlagInTransaction)
    for (let i = 0; i < 30; i++) await producer.input.send({ topic: 'orders', partition: i % 3, value: `${i}` })
    await producer.addMessageToTxn({ topic: 'orders', partition: 0, offset: 41 }, 'billing-group')
    await producer.commitTxn()
    expect(producer.successes.length).toBe(30)
    expect(producer.txnStatus).toBe(ProducerTxnFlagReady)
    expect(cluster.group('billing-group').committed).toMatchObject([{ offset: 42 }])
    for (const partition of [0, 1, 2]) expect(committed(cluster, partition)).toBe(11)
    // Transactions v2 (KIP-890) need no request for it.
    expect(added).toBe(version === '3.9' ? 1 : 0)
  })

  test('takes no message outside of a transaction', async () => {
    await using cluster = await start()
    await using producer = await producerOf(cluster)
    await producer.input.send({ topic: 'orders', partition: 0, value: 'early' })
    expect((await producer.errors.receive())?.err).toBeInstanceOf(ErrTransactionNotReady)
    await producer.beginTxn()
    await producer.input.send({ topic: 'orders', partition: 0, value: 'a' })
    const commit = producer.commitTxn()
    await producer.input.send({ topic: 'orders', partition: 0, value: 'late' })
    await commit
    expect((await producer.errors.receive())?.msg.value).toBe('late')
    expect(committed(cluster, 0)).toBe(2)
  })

  test('cannot commit when a message was not written, and goes on after the abort', async () => {
    await using cluster = await start()
    await using producer = await producerOf(cluster)
    await producer.beginTxn()
    refuse(cluster, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
    await producer.input.send({ topic: 'orders', partition: 0, value: 'a' })
    expect((await producer.errors.receive())?.msg.value).toBe('a')
    expect(producer.txnStatus & ProducerTxnFlagAbortableError).not.toBe(0)
    await producer.input.send({ topic: 'orders', partition: 1, value: 'b' })
    expect((await producer.errors.receive())?.msg.value).toBe('b')
    await expect(producer.commitTxn()).rejects.toThrow()
    await producer.abortTxn()
    await producer.beginTxn()
    await producer.input.send({ topic: 'orders', partition: 0, value: 'c' })
    await producer.commitTxn()
    expect(await producer.successes.receive()).toMatchObject({ value: 'c' })
  })

  test('fails a message whose sequence number has a gap before it, and starts anew after the abort', async () => {
    await using cluster = await start()
    await using producer = await producerOf(cluster)
    await producer.beginTxn()
    await producer.input.send({ topic: 'orders', partition: 0, value: 'a' })
    await producer.successes.receive()
    refuse(cluster, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    await producer.input.send({ topic: 'orders', partition: 0, value: 'b' })
    expect((await producer.errors.receive())?.err).toBeInstanceOf(ErrOutOfOrderSequenceNumber)
    await producer.abortTxn()
    for (let round = 0; round < 3; round++) {
      await producer.beginTxn()
      await producer.input.send({ topic: 'orders', partition: 0, value: `${round}` })
      await producer.commitTxn()
      expect(await producer.successes.receive()).toMatchObject({ value: `${round}` })
    }
  })

  test('tries again within the transaction after what passes', async () => {
    await using cluster = await start()
    await using producer = await producerOf(cluster)
    await producer.beginTxn()
    refuse(cluster, ErrorCode.NOT_ENOUGH_REPLICAS)
    await producer.input.send({ topic: 'orders', partition: 0, value: 'a' })
    await settled(cluster, producer.commitTxn())
    expect(committed(cluster, 0)).toBe(2)
  })

  test('aborts at close what nobody has ended', async () => {
    await using cluster = await start()
    const producer = await producerOf(cluster)
    await producer.beginTxn()
    await producer.input.send({ topic: 'orders', partition: 0, value: 'a' })
    await settled(cluster, producer.close())
    expect(cluster.transaction('billing').state).toMatch(/Abort/)
    expect(cluster.partition('orders', 0).lastStableOffset).toBe(2)
  })
})
