import { describe, expect, test } from 'vitest'
import {
  ErrLeaderNotAvailable,
  ErrNetworkException,
  NoResponse,
  newClusterAdmin,
  newManualPartitioner,
  newRandomPartitioner,
  type ProducerErrors,
} from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { Metadata, Produce, respond } from '../../../src/testing/index.ts'
import { idempotent, numbers, producerOf, receive, threeBrokers } from './faulty-cluster.ts'
import { cuts, settled, valuesOf } from './settled.ts'

describe('a producer, when a leader moves', () => {
  test('goes on with the new one, in order', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster)
    const orders = cluster.partition('orders', 0)
    for (let round = 0; round < 6; round++) {
      for (const value of numbers(10, 10 * round)) await producer.input.send({ topic: 'orders', value })
      orders.elect(cluster.brokers.find(({ nodeId }) => nodeId !== orders.leader) ?? cluster.broker(1))
    }
    await receive(cluster, producer, 60)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(numbers(60))
  })

  test('follows the answer to it, and asks nobody (KIP-951)', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster)
    await producer.input.send({ topic: 'orders', value: '0' })
    await receive(cluster, producer, 1)
    let asked = 0
    cluster.use(
      respond(Metadata, () => {
        asked++
        return undefined
      }),
    )
    const orders = cluster.partition('orders', 0)
    orders.elect(cluster.brokers.find(({ nodeId }) => nodeId !== orders.leader) ?? cluster.broker(1))
    const began = cluster.clock.now()
    await producer.input.send({ topic: 'orders', value: '1' })
    await receive(cluster, producer, 1)
    expect(asked).toBe(0)
    expect(cluster.clock.now()).toBe(began)
  })

  test('learns of it by the lost connection where nothing is answered', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.requiredAcks = NoResponse
    })
    await producer.input.send({ topic: 'orders', value: 'before' })
    await receive(cluster, producer, 1)
    const orders = cluster.partition('orders', 0)
    orders.elect(cluster.brokers.find(({ nodeId }) => nodeId !== orders.leader) ?? cluster.broker(1))
    for (const value of ['lost', '1', '2', '3']) {
      await producer.input.send({ topic: 'orders', value })
      await receive(cluster, producer, 1)
      await cluster.clock.advance(1_000)
    }
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['before', '1', '2', '3'])
  })

  test('asks for the new one where answers do not tell', async () => {
    await using cluster = await KafkaCluster.start({ ...threeBrokers, version: '3.6' })
    await using producer = await producerOf(cluster)
    await producer.input.send({ topic: 'orders', value: '0' })
    await receive(cluster, producer, 1)
    const orders = cluster.partition('orders', 0)
    orders.elect(cluster.brokers.find(({ nodeId }) => nodeId !== orders.leader) ?? cluster.broker(1))
    await producer.input.send({ topic: 'orders', value: '1' })
    await receive(cluster, producer, 1)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['0', '1'])
  })

  test('waits for one while there is none, and gives up after its retries', async () => {
    const topics = { orders: { replicationFactor: 1 } }
    await using cluster = await KafkaCluster.start({ ...threeBrokers, topics })
    const producer = await producerOf(cluster, ({ producer, metadata }) => {
      producer.partitioner = newManualPartitioner
      metadata.retry.max = 1
    })
    const leader = cluster.broker(cluster.partition('orders', 0).leader as number)
    await leader.kill()
    await producer.input.send({ topic: 'orders', partition: 0, value: 'lost' })
    const lost = await settled(cluster, producer.errors.receive())
    expect(lost?.err).toBeInstanceOf(ErrLeaderNotAvailable)
    await producer.input.send({ topic: 'orders', partition: 0, value: 'waits' })
    await cluster.clock.advance(200)
    await leader.start()
    expect(await receive(cluster, producer, 1)).toMatchObject([{ value: 'waits', offset: 0 }])
    await producer.close()
  })
})

describe('a producer of messages that may go to any partition', () => {
  test('waits until one of them has a leader', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} }, brokers: 2 })
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.partitioner = newRandomPartitioner
    })
    const leader = cluster.broker(cluster.partition('orders', 0).leader as number)
    await leader.kill()
    await producer.input.send({ topic: 'orders', value: 'one' })
    await cluster.clock.advance(150)
    await producer.input.send({ topic: 'orders', value: 'two' })
    await leader.start()
    await receive(cluster, producer, 2)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one', 'two'])
  })
})

describe('a producer, when a broker dies', () => {
  test('writes to the one that leads after it, with nothing lost or out of order', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster, idempotent)
    const leader = cluster.broker(cluster.partition('orders', 0).leader as number)
    for (const value of numbers(50)) await producer.input.send({ topic: 'orders', value })
    const [first] = await receive(cluster, producer, 1)
    expect(first?.offset).toBe(0)
    for (const value of numbers(50, 50)) await producer.input.send({ topic: 'orders', value })
    await leader.kill()
    for (const value of numbers(50, 100)) await producer.input.send({ topic: 'orders', value })
    await receive(cluster, producer, 149)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(numbers(150))
  })

  test('in the middle of a batch, tells success only of what outlives it', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster)
    const leader = cluster.broker(cluster.partition('orders', 0).leader as number)
    for (const broker of cluster.brokers) if (broker !== leader) cluster.network.link(leader, broker).set({ delay: 50 })
    await producer.input.send({ topic: 'orders', value: 'one' })
    await cluster.clock.advance(10)
    expect(producer.successes.length).toBe(0)
    await leader.kill()
    await receive(cluster, producer, 1)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one'])
  })

  test('gives its messages back when nobody is left', async () => {
    const cluster = await KafkaCluster.start(threeBrokers)
    const producer = await producerOf(cluster)
    for (const broker of cluster.brokers) await broker.kill()
    for (const value of numbers(3)) await producer.input.send({ topic: 'orders', value })
    const { errors } = (await settled(
      cluster,
      producer.close().catch((reason: unknown) => reason),
    )) as ProducerErrors
    expect(errors.map(({ msg }) => msg.value)).toEqual(numbers(3))
    await cluster.stop()
  })
})

describe('a producer of a leader that was cut off', () => {
  test.each([false, true])('has nothing acknowledged that is lost (idempotent: %s)', async (isIdempotent) => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster, ({ producer, net }) => {
      producer.idempotent = isIdempotent
      producer.timeout = 1000
      producer.retry.max = 100
      net.readTimeout = 1000
    })
    const orders = cluster.partition('orders', 0)
    const zombie = cluster.broker(orders.leader as number)
    const others = cluster.brokers.filter((broker) => broker !== zombie)
    for (const value of numbers(5)) await producer.input.send({ topic: 'orders', value })
    await receive(cluster, producer, 5)
    // Clients still reach it, and it takes what nobody else will have.
    cluster.network.split([zombie], others)
    for (const value of numbers(5, 5)) await producer.input.send({ topic: 'orders', value })
    await cluster.clock.runUntil(() => orders.leader !== zombie.nodeId)
    cluster.network.heal()
    for (const value of numbers(5, 10)) await producer.input.send({ topic: 'orders', value })
    await receive(cluster, producer, 10)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(numbers(15))
  })
})

describe('a producer of a topic that is made anew', () => {
  test('goes on with the new one', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster, idempotent)
    await using admin = await newClusterAdmin(cluster.bootstrapServers, cluster.clientConfig())
    await producer.input.send({ topic: 'orders', value: 'old' })
    await receive(cluster, producer, 1)
    await settled(cluster, admin.deleteTopic('orders'))
    await settled(cluster, admin.createTopic('orders', { numPartitions: 1, replicationFactor: 3 }))
    await producer.input.send({ topic: 'orders', value: 'new' })
    await receive(cluster, producer, 1)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['new'])
  })
})

describe('a connection that is cut between the append and the answer', () => {
  test('has a message written at least once', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    let cut = { next: (): void => {} }
    await using producer = await producerOf(cluster, (config) => {
      cut = cuts(config)
    })
    cut.next()
    await producer.input.send({ topic: 'orders', value: 'one' })
    expect(await receive(cluster, producer, 1)).toMatchObject([{ offset: 1 }])
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one', 'one'])
  })

  test('has it written once by an idempotent producer', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    let cut = { next: (): void => {} }
    await using producer = await producerOf(cluster, (config) => {
      idempotent(config)
      cut = cuts(config)
    })
    cut.next()
    await producer.input.send({ topic: 'orders', value: 'one' })
    expect(await receive(cluster, producer, 1)).toMatchObject([{ offset: 0 }])
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one'])
  })

  test('is an error of the message when there are no retries', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    let cut = { next: (): void => {} }
    await using producer = await producerOf(cluster, (config) => {
      config.producer.retry.max = 0
      cut = cuts(config)
    })
    cut.next()
    await producer.input.send({ topic: 'orders', value: 'one' })
    expect((await settled(cluster, producer.errors.receive()))?.err).toBeInstanceOf(ErrNetworkException)
    await producer.input.send({ topic: 'orders', value: 'two' })
    await receive(cluster, producer, 1)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one', 'two'])
  })
})

describe('a producer of a slow broker', () => {
  test('holds back for as long as it is told to (KIP-219)', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster)
    let throttled = 0
    const times: number[] = []
    cluster.use(
      respond(Produce, ({ request }) => {
        times.push(cluster.clock.now())
        if (throttled++ > 0) return undefined
        const responses = request.topicData.map(({ topicId, name, partitionData }) => ({
          name,
          topicId,
          partitionResponses: partitionData.map(({ index }) => ({ index, baseOffset: 0 })),
        }))
        return { responses, throttleTimeMs: 700 }
      }),
    )
    await producer.input.send({ topic: 'orders', value: 'one' })
    await receive(cluster, producer, 1)
    await producer.input.send({ topic: 'orders', value: 'two' })
    await receive(cluster, producer, 1)
    expect((times[1] as number) - (times[0] as number)).toBe(700)
  })

  test('waits for its answer, and takes it for lost when it does not come', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster, (config) => {
      idempotent(config)
      config.net.readTimeout = 1000
      config.producer.timeout = 500
    })
    let held = 0
    cluster.use(respond(Produce, () => (held++ === 0 ? new Promise<undefined>(() => {}) : undefined)))
    const began = cluster.clock.now()
    await producer.input.send({ topic: 'orders', value: 'one' })
    await receive(cluster, producer, 1)
    expect(cluster.clock.now() - began).toBeGreaterThanOrEqual(1500)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one'])
  })

  test('has one batch of a partition under way, and those of others beside it', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: { partitions: 3 } } })
    await using producer = await producerOf(cluster, (config) => {
      config.producer.partitioner = newManualPartitioner
    })
    const arrived: string[] = []
    const answer: (() => void)[] = []
    cluster.use(
      respond(Produce, ({ request }) => {
        const partitions = request.topicData.flatMap(({ partitionData }) => partitionData.map(({ index }) => index))
        arrived.push(partitions.join())
        return new Promise<undefined>((resolve) => answer.push(() => resolve(undefined)))
      }),
    )
    for (const partition of [0, 0, 1, 0, 2, 1]) {
      await producer.input.send({ topic: 'orders', partition, value: `${partition}` })
      await cluster.clock.advance(0)
    }
    // A broker reads a connection's next request when it has answered the last one.
    expect(arrived).toEqual(['0'])
    for (let i = 0; i < 6; i++) {
      answer.shift()?.()
      await cluster.clock.advance(0)
    }
    expect(arrived).toEqual(['0', '1', '2', '0', '1'])
    await receive(cluster, producer, 6)
  })
})
