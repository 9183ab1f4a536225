import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type BrokerHandle, KafkaCluster } from '../../src/index.ts'

/** Three brokers, and kafkajs with what it takes to be told quickly. */
async function started(connections: 'sockets' | 'memory', config: Record<string, string> = {}, requestTimeout = 1000) {
  const topic = { partitions: 3, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } }
  const topics = { orders: topic, bills: topic }
  const cluster = await KafkaCluster.start({ brokers: 3, topics, config })
  onTestFinished(() => cluster.stop())
  const kafka = new Kafka({
    brokers: cluster.bootstrapServers,
    ...(connections === 'memory' ? { socketFactory: cluster.socketFactory } : {}),
    logLevel: logLevel.NOTHING,
    requestTimeout,
    connectionTimeout: 1000,
    retry: { initialRetryTime: 20, retries: 20, maxRetryTime: 200 },
  })
  return { cluster, kafka }
}

/** A consumer of orders that tells what it has consumed. */
async function consuming(kafka: Kafka, groupId = 'billing') {
  const consumer = kafka.consumer({ groupId, heartbeatInterval: 50, maxWaitTimeInMs: 50, sessionTimeout: 6000 })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const values: string[] = []
  let hear = () => {}
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(String(message.value))
      hear()
    },
  })
  /** Done when all of these have been consumed. */
  const all = (wanted: readonly string[]) =>
    new Promise<void>((resolve) => {
      hear = () => {
        if (wanted.every((value) => values.includes(value))) resolve()
      }
      hear()
    })
  return { consumer, values, all }
}

const failures: Record<string, (broker: BrokerHandle, cluster: KafkaCluster) => Promise<void>> = {
  'is stopped and started': async (broker) => {
    await broker.stop()
    await broker.start()
  },
  'is killed and started': async (broker) => {
    await broker.kill()
    await broker.start()
  },
  'is killed and started without its disk': async (broker) => {
    await broker.kill()
    await broker.start({ wipe: true })
  },
  'is given up and comes back': (broker, cluster) =>
    untilGivenUp(
      broker,
      cluster,
      () => broker.pause(),
      () => broker.resume(),
    ),
  'is cut off from the others, and from the controller': (broker, cluster) =>
    untilGivenUp(
      broker,
      cluster,
      () => cluster.network.split([broker], othersThan(broker, cluster)),
      () => cluster.network.heal(),
    ),
  'is cut off from everything': (broker, cluster) =>
    untilGivenUp(
      broker,
      cluster,
      () => cluster.network.split([broker], [...othersThan(broker, cluster), cluster.network.clients]),
      () => cluster.network.heal(),
    ),
}

function othersThan(broker: BrokerHandle, { brokers }: KafkaCluster): BrokerHandle[] {
  return brokers.filter((other) => other !== broker)
}

/** Has a broker fail until the controller has given it up, and waits until it is back. */
async function untilGivenUp(
  broker: BrokerHandle,
  cluster: KafkaCluster,
  fail: () => void,
  end: () => void,
): Promise<void> {
  const hear = (type: 'broker:fence' | 'broker:unfence') =>
    new Promise<void>((resolve) => {
      cluster.events.on(type, ({ nodeId }) => {
        if (nodeId === broker.nodeId) resolve()
      })
    })
  const [fenced, unfenced] = [hear('broker:fence'), hear('broker:unfence')]
  fail()
  await fenced
  end()
  await unfenced
}

describe.each(['sockets', 'memory'] as const)(
  'kafkajs over %s loses nothing that was acknowledged with acks=all',
  (connections) => {
    test.each(Object.entries(failures))('while one broker after the other %s', async (_, fail) => {
      const { cluster, kafka } = await started(connections, { 'broker.session.timeout.ms': '100' })
      const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
      await producer.connect()
      const { consumer, all, values } = await consuming(kafka)
      const sent: string[] = []
      const send = async () => {
        const value = `order-${sent.length}`
        await producer.send({ topic: 'orders', acks: -1, messages: [{ key: value, value }] })
        sent.push(value)
      }
      for (const broker of cluster.brokers) {
        await send()
        await Promise.all([send(), fail(broker, cluster)])
        await send()
      }
      await all(sent)
      expect(new Set(values)).toEqual(new Set(sent))
      const stored = cluster.topic('orders').partitions.flatMap((partition) => {
        const leader = cluster.broker(partition.leader)
        return (partition.log(leader)?.records ?? []).map(({ value }) => String(value))
      })
      expect(stored.sort()).toEqual([...sent].sort())
      await Promise.all([producer.disconnect(), consumer.disconnect()])
    })
  },
)

test('kafkajs writes each record once where a network loses what it sends, or what it is answered', async () => {
  const { cluster, kafka } = await started('sockets', {}, 100)
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (const broker of cluster.brokers) cluster.network.link(cluster.network.clients, broker).set({ drop: 0.1 })
  const sent = Array.from({ length: 10 }, (_, i) => `order-${i}`)
  for (const value of sent) await producer.send({ topic: 'orders', acks: -1, messages: [{ key: value, value }] })
  cluster.network.heal()
  const stored = cluster.topic('orders').partitions.flatMap((partition) => {
    const leader = cluster.broker(partition.leader)
    return (partition.log(leader)?.records ?? []).map(({ value }) => String(value))
  })
  expect(stored.sort()).toEqual([...sent].sort())
  await producer.disconnect()
})

test('a service on kafkajs bills every order once, though coordinators move and leaders die in its transactions', async () => {
  const { cluster, kafka } = await started('memory')
  const shop = kafka.producer()
  const biller = kafka.producer({ transactionalId: 'billing-1', idempotent: true, maxInFlightRequests: 1 })
  await Promise.all([shop.connect(), biller.connect()])
  const orders = Array.from({ length: 9 }, (_, i) => `order-${i}`)
  await shop.send({ topic: 'orders', messages: orders.map((value) => ({ key: value, value })) })

  const nextTo = (nodeId: number | undefined) => cluster.broker((Number(nodeId) % 3) + 1)
  const misfortunes: Record<number, () => void | Promise<void>> = {
    1: () => cluster.transaction('billing-1').moveCoordinator(nextTo(cluster.transaction('billing-1').coordinator)),
    3: () => cluster.group('billing').moveCoordinator(nextTo(cluster.group('billing').coordinator)),
    5: () => cluster.broker(cluster.partition('bills', 0).leader).kill(),
    7: async () => {
      for (const broker of cluster.brokers) await broker.start()
      cluster.topic('bills').shuffleLeaders()
    },
  }
  let tries = 0
  const consumer = kafka.consumer({ groupId: 'billing', heartbeatInterval: 50, maxWaitTimeInMs: 50 })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ topic, partition, message }) => {
      const transaction = await biller.transaction()
      try {
        await transaction.send({ topic: 'bills', messages: [{ key: message.key, value: `${message.value} billed` }] })
        await misfortunes[tries++]?.()
        const offset = String(Number(message.offset) + 1)
        await transaction.sendOffsets({
          consumerGroupId: 'billing',
          topics: [{ topic, partitions: [{ partition, offset }] }],
        })
        await transaction.commit()
      } catch (error) {
        await transaction.abort()
        throw error
      }
    },
  })
  const committed = () => cluster.group('billing').committed.reduce((sum, { offset }) => sum + offset, 0)
  await expect.poll(committed, { timeout: 20_000 }).toBe(orders.length)
  const reader = kafka.consumer({ groupId: 'accounting', maxWaitTimeInMs: 50 })
  await reader.subscribe({ topic: 'bills', fromBeginning: true })
  const bills: string[] = []
  await reader.run({ eachMessage: async ({ message }) => void bills.push(String(message.value)) })
  await expect.poll(() => bills.length, { timeout: 20_000 }).toBe(orders.length)
  expect(bills.sort()).toEqual(orders.map((order) => `${order} billed`))
  await Promise.all([shop.disconnect(), biller.disconnect(), consumer.disconnect(), reader.disconnect()])
})
