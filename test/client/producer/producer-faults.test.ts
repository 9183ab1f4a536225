import { describe, expect, test } from 'vitest'
import {
  type AsyncProducer,
  type Config,
  ErrInvalidRecord,
  ErrLeaderNotAvailable,
  ErrMessageSizeTooLarge,
  ErrNetworkException,
  ErrNotEnoughReplicas,
  ErrTopicAuthorizationFailed,
  NoResponse,
  newAsyncProducer,
  newClusterAdmin,
  newConfig,
  newManualPartitioner,
  newRandomPartitioner,
  type ProducerErrors,
  type ProducerMessage,
  WaitForAll,
} from '../../../src/client/index.ts'
import { type ClusterOptions, ErrorCode, KafkaCluster } from '../../../src/index.ts'
import { Metadata, Produce, type RequestHandler, respond } from '../../../src/testing/index.ts'
import { cuts, settled, valuesOf } from './settled.ts'

const threeBrokers: ClusterOptions = {
  clock: 'virtual',
  brokers: 3,
  topics: { orders: { partitions: 1, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } } },
}

async function producerOf(cluster: KafkaCluster, change: (config: Config) => void = () => {}): Promise<AsyncProducer> {
  const config = newConfig(cluster.clientConfig())
  config.producer.return.successes = true
  config.producer.requiredAcks = WaitForAll
  change(config)
  return newAsyncProducer(cluster.bootstrapServers, config)
}

function idempotent({ producer }: Config): void {
  producer.idempotent = true
}

/** Answers Produce with an error for every partition. */
function refuse(code: number, times: number, more: object = {}): RequestHandler {
  let left = times
  return respond(Produce, ({ request }) => {
    if (left-- <= 0) return undefined
    return {
      responses: request.topicData.map(({ name, topicId, partitionData }) => ({
        name,
        topicId,
        partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: code, baseOffset: -1, ...more })),
      })),
    }
  })
}

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`)

async function receive(cluster: KafkaCluster, producer: AsyncProducer, count: number): Promise<ProducerMessage[]> {
  const messages: ProducerMessage[] = []
  while (messages.length < count) {
    messages.push((await settled(cluster, producer.successes.receive())) as ProducerMessage)
  }
  return messages
}

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

describe('a producer that is refused', () => {
  test('tries again after NOT_ENOUGH_REPLICAS until there are enough', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.retry.max = 1000
    })
    const followers = cluster.brokers.filter(({ nodeId }) => nodeId !== cluster.partition('orders', 0).leader)
    for (const broker of followers) await broker.kill()
    for (const value of numbers(5)) await producer.input.send({ topic: 'orders', value })
    await cluster.clock.advance(5000)
    expect(producer.successes.length).toBe(0)
    for (const broker of followers) await broker.start()
    await receive(cluster, producer, 5)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(numbers(5))
  })

  test('gives up after its retries, waiting between them', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    const began = cluster.clock.now()
    const waits: number[] = []
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.retry.max = 3
      producer.retry.backoffFunc = (retries, max) => {
        waits.push(retries, max)
        return 1000 * retries
      }
    })
    cluster.use(refuse(ErrorCode.NOT_ENOUGH_REPLICAS, 4))
    await producer.input.send({ topic: 'orders', value: 'one' })
    expect((await settled(cluster, producer.errors.receive()))?.err).toBeInstanceOf(ErrNotEnoughReplicas)
    expect(waits).toEqual([1, 3, 2, 3, 3, 3])
    expect(cluster.clock.now() - began).toBe(6000)
  })

  test('does not try again where that cannot help', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster)
    cluster.use(refuse(ErrorCode.TOPIC_AUTHORIZATION_FAILED, 1))
    for (const value of numbers(3)) await producer.input.send({ topic: 'orders', value })
    for (const value of numbers(3)) {
      const error = await producer.errors.receive()
      expect(error).toMatchObject({ msg: { value, partition: 0 } })
      expect(error?.err).toBeInstanceOf(ErrTopicAuthorizationFailed)
    }
    await producer.input.send({ topic: 'orders', value: '3' })
    await receive(cluster, producer, 1)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['3'])
  })

  test('names the messages for which a batch was refused (KIP-467)', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using producer = await producerOf(cluster)
    const recordErrors = [{ batchIndex: 1, batchIndexErrorMessage: 'no key' }]
    cluster.use(refuse(ErrorCode.INVALID_RECORD, 1, { recordErrors }))
    for (const value of numbers(3)) await producer.input.send({ topic: 'orders', value })
    const messages: string[] = []
    for (let i = 0; i < 3; i++) {
      const { err } = (await producer.errors.receive()) ?? {}
      expect(err).toBeInstanceOf(ErrInvalidRecord)
      messages.push(err?.message ?? '')
    }
    expect(messages[1]).toBe('no key')
    expect(messages[0]).toBe(messages[2])
    expect(messages[0]).toContain('others that were refused')
  })

  test.each([false, true])('writes what fits of a batch that does not (idempotent: %s)', async (isIdempotent) => {
    const configs = { 'max.message.bytes': '1000' }
    await using cluster = await KafkaCluster.start({ ...threeBrokers, topics: { orders: { configs } } })
    await using producer = await producerOf(cluster, (config) => {
      config.producer.idempotent = isIdempotent
    })
    for (const value of numbers(40)) {
      await producer.input.send({ topic: 'orders', value: value === '17' ? Buffer.alloc(2000) : value.padEnd(100) })
    }
    for (const value of numbers(5, 40)) await producer.input.send({ topic: 'orders', value })
    const error = await settled(cluster, producer.errors.receive())
    expect(error?.err).toBeInstanceOf(ErrMessageSizeTooLarge)
    expect(error?.msg.value).toHaveLength(2000)
    await receive(cluster, producer, 44)
    const written = valuesOf(cluster, 'orders', 0).map((value) => value.trimEnd())
    expect(written).toEqual(numbers(45).filter((value) => value !== '17'))
  })
})

test('a message that can be encoded no more, when its batch must be split, has its batch fail', async () => {
  const configs = { 'max.message.bytes': '1000' }
  await using cluster = await KafkaCluster.start({ ...threeBrokers, topics: { orders: { configs } } })
  await using producer = await producerOf(cluster)
  let encoded = 0
  const once = {
    encode: () => {
      if (encoded++ > 0) throw new Error('only once')
      return Buffer.alloc(800)
    },
  }
  await producer.input.send({ topic: 'orders', value: once })
  await producer.input.send({ topic: 'orders', value: Buffer.alloc(800) })
  for (let i = 0; i < 2; i++) expect((await producer.errors.receive())?.err.message).toBe('only once')
  await producer.input.send({ topic: 'orders', value: 'next' })
  await receive(cluster, producer, 1)
  expect(valuesOf(cluster, 'orders', 0)).toEqual(['next'])
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
