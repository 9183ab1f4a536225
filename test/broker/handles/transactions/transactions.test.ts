import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster, type TransactionStateName } from '../../../../src/index.ts'
import { buildBatch } from '../../../../src/protocol/records/batch-builder.ts'
import { AddPartitionsToTxn, EndTxn, InitProducerId, Produce, type TestCluster } from '../../../../src/testing/index.ts'
import { aCluster, onMemkafka } from '../../../testing/a-cluster.ts'
import { connectToCoordinator } from '../../../testing/coordinator.ts'

/** A transactional producer that does what it is told, request by request. */
async function startProducer() {
  return producerOf(await aCluster({ topics: { orders: {} }, waitTimeout: 10_000 }))
}

/** Of memkafka, for what that alone can do. */
async function startOnMemkafka(brokers = 1) {
  const cluster = await KafkaCluster.start({ brokers, topics: { orders: {} } })
  onTestFinished(() => cluster.stop())
  return { ...(await producerOf(cluster)), cluster, transaction: cluster.transaction('tx-1') }
}

async function producerOf<Cluster extends TestCluster>(cluster: Cluster) {
  const [topic, transactionalId] = [cluster.name('orders'), cluster.name('tx-1')]
  const client = await connectToCoordinator(cluster, 'transaction', transactionalId)
  const { producerId, producerEpoch } = await client.send(InitProducerId, 1, {
    transactionalId,
    transactionTimeoutMs: 10_000,
  })
  let baseSequence = 0
  const transaction = cluster.transaction(transactionalId)
  const begin = () =>
    client.send(AddPartitionsToTxn, 1, {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [0] }],
    })
  const write = async (...values: string[]) => {
    const batch = buildBatch(
      values.map((value) => ({ value, timestamp: 5 })),
      { producerId, producerEpoch, baseSequence, isTransactional: true, compression: 'gzip' },
    )
    baseSequence += values.length
    const topicData = [{ name: topic, partitionData: [{ index: 0, records: [batch] }] }]
    await client.send(Produce, 3, { transactionalId, acks: -1, topicData })
  }
  /** Kafka answers when it is decided, and lets readers know a little later. */
  const end = async (committed: boolean) => {
    await client.send(EndTxn, 1, { transactionalId, producerId, producerEpoch, committed })
    return transaction.waitFor(committed ? 'CompleteCommit' : 'CompleteAbort')
  }
  const orders = cluster.topic(topic)
  return { cluster, orders, transaction, groupId: cluster.name('billing'), begin, write, end }
}

/** What readers of everything and readers of what is committed see. */
async function seen({ orders }: Awaited<ReturnType<typeof startProducer>>) {
  const [all, committed] = await Promise.all([orders.records(), orders.records({ isolation: 'read_committed' })])
  return [all, committed].map((records) => records.map(({ value }) => value).join(''))
}

describe('the records of transactions', () => {
  test('are seen by readers of committed records when they are, and those that were aborted are not', async () => {
    const producer = await startProducer()
    const { orders, begin, write, end } = producer
    const all = orders.waitFor(5)
    const committed = orders.waitFor(3, { isolation: 'read_committed' })
    await begin()
    await write('a', 'b')
    expect(await seen(producer)).toEqual(['ab', ''])
    await orders.append({ value: 'c' })
    expect(await seen(producer)).toEqual(['abc', ''])
    await end(false)
    expect(await seen(producer)).toEqual(['abc', 'c'])
    await begin()
    await write('d', 'e')
    expect((await all).map(({ value, offset }) => `${offset}${value}`)).toEqual(['0a', '1b', '2c', '4d', '5e'])
    await end(true)
    expect(await seen(producer)).toEqual(['abcde', 'cde'])
    expect((await committed).map(({ value }) => value)).toEqual(['c', 'd', 'e'])
  })

  test('are told to be undecided where they are waited for', async () => {
    const { orders, begin, write } = await startProducer()
    await begin()
    await write('a', 'b')
    await expect(orders.waitFor(1, { isolation: 'read_committed', timeout: 1 })).rejects.toThrow(
      `${orders.name}-0: none; from offset 0 on a transaction is open`,
    )
  })

  test('do not keep a group behind once they are all read: their markers need not be', async () => {
    const { cluster, orders, groupId, begin, write, end } = await startProducer()
    await begin()
    await write('a', 'b')
    await end(true)
    const group = cluster.group(groupId)
    await group.setOffset(orders.name, 0, 1)
    await expect(group.waitUntilCaughtUp({ timeout: 1 })).rejects.toThrow('orders-0: 1 of 3, 2 behind')
    await group.setOffset(orders.name, 0, 2)
    expect(await group.lag()).toBe(1)
    await group.waitUntilCaughtUp()
  })
})

describe('a group that has read what is committed', () => {
  test('is not behind for what was aborted, and is for what is undecided', async () => {
    const { cluster, orders, groupId, begin, write, end } = await startProducer()
    await orders.append({ value: 'a' })
    const group = cluster.group(groupId)
    await group.setOffset(orders.name, 0, 1)
    await begin()
    await write('b', 'c')
    await expect(group.waitUntilCaughtUp({ timeout: 1 })).rejects.toThrow('orders-0: 1 of 3, 2 behind')
    await end(false)
    await group.waitUntilCaughtUp()
    await orders.append({ value: 'd' })
    await expect(group.waitUntilCaughtUp({ timeout: 1 })).rejects.toThrow('orders-0: 1 of 5, 4 behind')
  })

  test('is found by a consumer of kafkajs to have caught up, whose last records were aborted', async () => {
    const cluster = await aCluster({ topics: { orders: {} } })
    const [topic, groupId] = [cluster.name('orders'), cluster.name('billing')]
    const kafka = new Kafka({ brokers: [...cluster.bootstrapServers], logLevel: logLevel.NOTHING })
    const producer = kafka.producer({ transactionalId: cluster.name('tx-1'), maxInFlightRequests: 1, idempotent: true })
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })
    await Promise.all([producer.connect(), consumer.connect()])
    await producer.send({ topic, messages: [{ value: 'a' }] })
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: 'b' }] })
    await transaction.abort()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async () => {} })
    await cluster.group(groupId).waitUntilCaughtUp({ timeout: 20_000 })
    expect(await cluster.group(groupId).offsets()).toMatchObject([{ offset: 1 }])
    await Promise.all([producer.disconnect(), consumer.disconnect()])
  })
})

describe('a transactional id whose coordinator is loading it', () => {
  onMemkafka('its coordinator is moved')(
    'is told of once it is loaded, and not told to be used by nobody',
    async () => {
      const { cluster, transaction, begin } = await startOnMemkafka(2)
      await begin()
      const next = cluster.broker(3 - (transaction.coordinator ?? 0))
      const load = next.holdCoordinatorLoads()
      transaction.moveCoordinator(next)
      const untold = `Of the transactional id tx-1 its coordinator, broker ${next.nodeId}, says COORDINATOR_LOAD_IN_PROGRESS.`
      await expect(transaction.waitFor('Ongoing', { timeout: 1 })).rejects.toThrow(untold)
      const described = transaction.describe()
      load()
      expect(await described).toMatchObject({ state: 'Ongoing', coordinator: next.nodeId })
    },
  )
})

describe('a transactional id that a test waits for', () => {
  test('tells where its transaction is', async () => {
    const { transaction, orders, begin, write, end } = await startProducer()
    const ongoing = transaction.waitFor('Ongoing')
    expect(await transaction.describe()).toMatchObject({
      state: 'Empty',
      coordinator: expect.any(Number),
      partitions: [],
    })
    await begin()
    const partitions = [{ topic: orders.name, partition: 0 }]
    expect(await ongoing).toMatchObject({
      transactionalId: transaction.id,
      state: 'Ongoing',
      producerEpoch: 0,
      partitions,
    })
    await write('a')
    const done = transaction.waitFor('CompleteCommit')
    await end(true)
    expect(await done).toMatchObject({ state: 'CompleteCommit', partitions: [] })
  })

  test('says where it is instead', async () => {
    const { cluster, transaction, begin } = await startProducer()
    await begin()
    await expect(transaction.waitFor('CompleteAbort', { timeout: 1 })).rejects.toThrow(
      /waited 1 ms for the transaction of .*tx-1 to be CompleteAbort, in vain\.\nIt is Ongoing, of producer \d+ in epoch 0, in .*orders-0\./,
    )
    const unused = cluster.name('tx-2')
    await expect(cluster.transaction(unused).waitFor('Ongoing', { timeout: 1 })).rejects.toThrow(
      `Nobody has used the transactional id ${unused}.`,
    )
    await expect(transaction.waitFor('Comitted' as TransactionStateName)).rejects.toThrow(
      "waitFor: a transaction is never 'Comitted'",
    )
    await expect(transaction.waitFor('ongoing' as TransactionStateName)).rejects.toThrow(', Ongoing is meant?')
  })
})
