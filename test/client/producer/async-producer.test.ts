import { describe, expect, test } from 'vitest'
import {
  type AsyncProducer,
  type Config,
  ErrClosedClient,
  ErrInvalidPartition,
  ErrInvalidTimestamp,
  ErrInvalidTopic,
  ErrMessageSizeTooLarge,
  ErrShuttingDown,
  ErrUnknownTopicOrPartition,
  NoResponse,
  newAsyncProducer,
  newAsyncProducerFromClient,
  newClient,
  newConfig,
  newManualPartitioner,
  newRandomPartitioner,
  ProducerErrors,
  type ProducerMessage,
} from '../../../src/client/index.ts'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { Produce, respond } from '../../../src/testing/index.ts'
import { settled, valuesOf } from './settled.ts'

async function clusterWith(options: ClusterOptions = {}): Promise<KafkaCluster> {
  const config = { 'auto.create.topics.enable': 'false' }
  return KafkaCluster.start({ clock: 'virtual', topics: { orders: {} }, config, ...options })
}

async function producerOf(cluster: KafkaCluster, change: (config: Config) => void = () => {}): Promise<AsyncProducer> {
  const config = newConfig(cluster.clientConfig())
  config.producer.return.successes = true
  change(config)
  return newAsyncProducer(cluster.bootstrapServers, config)
}

/** How many records each Produce request brings, in the order of the requests. */
function countRequests(cluster: KafkaCluster): number[] {
  const counts: number[] = []
  cluster.use(
    respond(Produce, ({ request }) => {
      let count = 0
      for (const { partitionData } of request.topicData) {
        for (const { records } of partitionData) count += records?.[0]?.readInt32BE(57) ?? 0
      }
      counts.push(count)
      return undefined
    }),
  )
  return counts
}

async function receive(producer: AsyncProducer, count: number): Promise<ProducerMessage[]> {
  const messages: ProducerMessage[] = []
  while (messages.length < count) messages.push((await producer.successes.receive()) as ProducerMessage)
  return messages
}

describe('an async producer', () => {
  test('writes what goes into it, and tells where', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster)
    await producer.input.send({ topic: 'orders', key: 'k', value: 'one', metadata: 7 })
    await producer.input.send({ topic: 'orders', value: Buffer.from('two') })
    const now = cluster.clock.now()
    expect(await producer.successes.receive()).toMatchObject({ partition: 0, offset: 0, metadata: 7, timestamp: now })
    expect(await producer.successes.receive()).toMatchObject({ partition: 0, offset: 1, value: Buffer.from('two') })
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one', 'two'])
  })

  test('does so over TCP, and leaves nothing open', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 2, topics: { orders: { partitions: 4 } } })
    const producer = await newAsyncProducer(cluster.bootstrapServers, { producer: { return: { successes: true } } })
    for (let i = 0; i < 1000; i++) await producer.input.send({ topic: 'orders', key: `${i}`, value: `${i}` })
    const closed = producer.close()
    let read = 0
    for await (const { offset } of producer.successes) if (offset !== undefined && offset >= 0) read++
    await closed
    expect(read).toBe(1000)
    const ends = [0, 1, 2, 3].map((partition) => cluster.partition('orders', partition).logEndOffset)
    expect(ends.reduce((sum, end) => sum + end)).toBe(1000)
  })

  test('writes keys, values and headers of every kind as they are', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster)
    const headers = [
      { key: 'trace', value: 'ü' },
      { key: 'bytes', value: new Uint8Array([1, 2]) },
      { key: 'none', value: null },
    ]
    await producer.input.send({ topic: 'orders', key: { encode: () => Buffer.from('made') }, value: 'ü€', headers })
    await producer.input.send({ topic: 'orders', key: '', value: null, timestamp: 5 })
    await receive(producer, 2)
    const records = cluster.partition('orders', 0).log(cluster.broker(1))?.records
    expect(records?.[0]).toMatchObject({
      key: Buffer.from('made'),
      value: Buffer.from('ü€'),
      headers: [
        { key: 'trace', value: Buffer.from('ü') },
        { key: 'bytes', value: Buffer.from([1, 2]) },
        { key: 'none', value: null },
      ],
    })
    expect(records?.[1]).toMatchObject({ key: Buffer.alloc(0), value: null, timestamp: 5 })
  })

  test('tells the time of the broker where the topic says so', async () => {
    const configs = { 'message.timestamp.type': 'LogAppendTime' }
    await using cluster = await clusterWith({ topics: { orders: { configs } } })
    await using producer = await producerOf(cluster)
    await producer.input.send({ topic: 'orders', value: 'one', timestamp: 5 })
    expect(await producer.successes.receive()).toMatchObject({ timestamp: cluster.clock.now() })
  })

  test('has the partitioner choose the partition, and keeps the order of each', async () => {
    await using cluster = await clusterWith({ topics: { orders: { partitions: 3 } } })
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.partitioner = newManualPartitioner
    })
    for (let i = 0; i < 9; i++) await producer.input.send({ topic: 'orders', partition: i % 3, value: `${i}` })
    await receive(producer, 9)
    expect([0, 1, 2].map((partition) => valuesOf(cluster, 'orders', partition))).toEqual([
      ['0', '3', '6'],
      ['1', '4', '7'],
      ['2', '5', '8'],
    ])
  })

  test('lets interceptors change a message, and does not mind when they fail', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.interceptors = [
        {
          onSend: () => {
            throw new Error('no')
          },
        },
        {
          onSend: (message) => {
            message.value = `<${message.value}>`
          },
        },
        {
          onSend: (message) => {
            message.value = `[${message.value}]`
          },
        },
      ]
    })
    await producer.input.send({ topic: 'orders', value: 'one' })
    await receive(producer, 1)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['[<one>]'])
  })

  test('brings each error back with the message that it is about, and writes the others', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster, ({ producer, metadata }) => {
      producer.maxMessageBytes = 1000
      producer.partitioner = newManualPartitioner
      metadata.retry.max = 0
    })
    const noBytes = { encode: () => 'text' as never }
    const cannot = {
      encode: () => {
        throw new Error('cannot be encoded')
      },
    }
    const bad: [ProducerMessage, unknown][] = [
      [{ topic: 'nowhere', value: 'x', partition: 0 }, ErrUnknownTopicOrPartition],
      [{ topic: '', value: 'x', partition: 0 }, ErrInvalidTopic],
      [{ topic: 'orders', value: 'x', partition: 7 }, ErrInvalidPartition],
      [{ topic: 'orders', value: Buffer.alloc(965), partition: 0 }, ErrMessageSizeTooLarge],
      [{ topic: 'orders', value: 'ü'.repeat(500), partition: 0 }, ErrMessageSizeTooLarge],
      [{ topic: 'orders', value: 'x', timestamp: -5, partition: 0 }, ErrInvalidTimestamp],
      [{ topic: 'orders', value: 7 as never, partition: 0 }, TypeError],
      [{ topic: 'orders', value: noBytes, partition: 0 }, TypeError],
      [{ topic: 'orders', value: 'x', headers: [{ key: 'k', value: 7 as never }], partition: 0 }, TypeError],
      [{ topic: 'orders', value: cannot, partition: 0 }, Error],
    ]
    const closing: Promise<void>[] = []
    for (const [message] of bad) closing.push(producer.input.send(message))
    closing.push(producer.input.send({ topic: 'orders', value: Buffer.alloc(964), partition: 0 }))
    await Promise.all(closing)
    expect(await producer.successes.receive()).toMatchObject({ offset: 0 })
    const errors = await producer.close().catch((reason: unknown) => reason)
    expect(errors).toBeInstanceOf(ProducerErrors)
    const byMessage = new Map((errors as ProducerErrors).errors.map(({ msg, err }) => [msg, err]))
    expect(byMessage.size).toBe(bad.length)
    for (const [message, kind] of bad) expect(byMessage.get(message)).toBeInstanceOf(kind)
  })

  test('refuses what is no message at all', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster)
    await expect(producer.input.send(null as never)).rejects.toThrow('A message must be an object')
    await expect(producer.input.send('text' as never)).rejects.toThrow(TypeError)
  })

  test('takes a partitioner that throws, or that finds no partition, for an error of the message', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.partitioner = () => ({
        requiresConsistency: () => false,
        partition: ({ value }) => {
          if (value === 'throw') throw new Error('no partition')
          return 0.5
        },
      })
    })
    await producer.input.send({ topic: 'orders', value: 'throw' })
    await producer.input.send({ topic: 'orders', value: 'half' })
    expect((await producer.errors.receive())?.err.message).toBe('no partition')
    expect((await producer.errors.receive())?.err).toBeInstanceOf(ErrInvalidPartition)
  })

  test('keeps the order of messages to a topic that it has yet to learn of', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster, ({ metadata }) => {
      metadata.full = false
    })
    for (let i = 0; i < 10; i++) await producer.input.send({ topic: 'orders', value: `${i}` })
    await receive(producer, 10)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`))
  })

  test('puts what is there into one request, and while that is under way what comes into the next', async () => {
    await using cluster = await clusterWith()
    const counts = countRequests(cluster)
    await using producer = await producerOf(cluster)
    for (let i = 0; i < 10; i++) producer.input.send({ topic: 'orders', value: `${i}` })
    await receive(producer, 1)
    for (let i = 10; i < 30; i++) producer.input.send({ topic: 'orders', value: `${i}` })
    await receive(producer, 29)
    expect(counts).toEqual([10, 20])
  })

  test('begins another batch where one more message would be more than maxMessageBytes', async () => {
    await using cluster = await clusterWith()
    const counts = countRequests(cluster)
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.maxMessageBytes = 1000
    })
    for (let i = 0; i < 9; i++) producer.input.send({ topic: 'orders', value: Buffer.alloc(300, `${i}`) })
    await receive(producer, 9)
    expect(counts).toEqual([2, 2, 2, 2, 1])
    expect(valuesOf(cluster, 'orders', 0).map((value) => value[0])).toEqual([...'012345678'])
  })

  test('returns nothing that nobody wants back', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster, ({ producer, metadata }) => {
      producer.return = { successes: false, errors: false }
      metadata.retry.max = 0
    })
    for (let i = 0; i < 1000; i++) await producer.input.send({ topic: i % 2 === 0 ? 'orders' : 'nowhere', value: 'x' })
    await producer.close()
    expect(producer.successes.length + producer.errors.length).toBe(0)
    expect(await producer.errors.receive()).toBeUndefined()
    expect(cluster.partition('orders', 0).logEndOffset).toBe(500)
  })

  test('with NoResponse tells success when a message is sent, and no offset', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.requiredAcks = NoResponse
    })
    await producer.input.send({ topic: 'orders', value: 'one' })
    expect(await producer.successes.receive()).toMatchObject({ partition: 0, offset: -1 })
    await cluster.clock.runUntil(() => cluster.partition('orders', 0).logEndOffset === 1)
  })

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('compresses by %s', async (compression) => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster, (config) => {
      config.producer.compression = compression
      if (compression === 'gzip') config.producer.compressionLevel = 9
    })
    for (let i = 0; i < 100; i++) producer.input.send({ topic: 'orders', value: `message ${i}` })
    await receive(producer, 100)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(Array.from({ length: 100 }, (_, i) => `message ${i}`))
    expect(cluster.partition('orders', 0).log(cluster.broker(1))?.batches[0]?.length).toBeLessThan(1000)
  })
})

describe('messages that wait until it is known which partitions there are', () => {
  test('go before those that there was no room for, though one of them is refused', async () => {
    await using cluster = await clusterWith({ topics: { orders: { configs: { 'max.message.bytes': '50000000' } } } })
    const producer = await producerOf(cluster, (config) => {
      config.metadata.full = false
      config.producer.maxMessageBytes = 40_000_000
      config.producer.partitioner = newManualPartitioner
    })
    const large = new Uint8Array(20 * 1024 * 1024)
    const sent = [
      producer.input.send({ topic: 'orders', partition: 7, key: 'refused', value: large }),
      producer.input.send({ topic: 'orders', partition: 0, key: 'one', value: large }),
      producer.input.send({ topic: 'orders', partition: 0, key: 'two' }),
    ]
    await Promise.all(sent)
    const messages = await receive(producer, 2)
    expect(messages.map(({ key, offset }) => [key, offset])).toEqual([
      ['one', 0],
      ['two', 1],
    ])
    await producer.close().catch(() => {})
  })
})

describe('what is held back by producer.flush', () => {
  test('goes out when so many messages are there', async () => {
    await using cluster = await clusterWith({ topics: { orders: { partitions: 4 } } })
    const counts = countRequests(cluster)
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.flush.messages = 10
      producer.partitioner = newRandomPartitioner
    })
    for (let i = 0; i < 9; i++) await producer.input.send({ topic: 'orders', value: `${i}` })
    await cluster.clock.advance(60_000)
    expect(counts).toEqual([])
    await producer.input.send({ topic: 'orders', value: '9' })
    await receive(producer, 10)
    expect(counts).toEqual([10])
  })

  test('goes out when so many bytes are there', async () => {
    await using cluster = await clusterWith()
    const counts = countRequests(cluster)
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.flush.bytes = 1000
    })
    for (let i = 0; i < 10; i++) producer.input.send({ topic: 'orders', value: Buffer.alloc(100) })
    await receive(producer, 8)
    expect(counts[0]).toBeGreaterThanOrEqual(8)
    await producer.close()
    expect(cluster.partition('orders', 0).logEndOffset).toBe(10)
  })

  test('goes out after so many ms, counted from the first', async () => {
    await using cluster = await clusterWith()
    const counts = countRequests(cluster)
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.flush.frequency = 500
    })
    await producer.input.send({ topic: 'orders', value: 'one' })
    await cluster.clock.advance(400)
    await producer.input.send({ topic: 'orders', value: 'two' })
    await cluster.clock.advance(99)
    expect(counts).toEqual([])
    await cluster.clock.advance(1)
    expect(counts).toEqual([2])
    await producer.input.send({ topic: 'orders', value: 'three' })
    await cluster.clock.advance(500)
    expect(counts).toEqual([2, 1])
  })

  test('goes out by no more than maxMessages in a request', async () => {
    await using cluster = await clusterWith({ topics: { orders: { partitions: 4 } } })
    const counts = countRequests(cluster)
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.flush.maxMessages = 3
      producer.partitioner = newRandomPartitioner
    })
    for (let i = 0; i < 50; i++) producer.input.send({ topic: 'orders', value: `${i}` })
    await receive(producer, 50)
    expect(Math.max(...counts)).toBe(3)
    expect(counts.reduce((sum, count) => sum + count)).toBe(50)
  })

  test('goes out at close', async () => {
    await using cluster = await clusterWith()
    const producer = await producerOf(cluster, ({ producer }) => {
      producer.flush.messages = 1000
    })
    await producer.input.send({ topic: 'orders', value: 'one' })
    await producer.close()
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one'])
  })

  test('goes out when the producer takes no more before it does', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.flush.bytes = 1e9
      producer.return.successes = false
    })
    for (let i = 0; i < 50; i++) await producer.input.send({ topic: 'orders', value: Buffer.alloc(1_000_000) })
    expect(cluster.partition('orders', 0).logEndOffset).toBeGreaterThan(10)
  })
})

describe('a producer whose results are not read', () => {
  test('takes no more than channelBufferSize says, until they are', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster, (config) => {
      config.channelBufferSize = 10
    })
    let taken = 0
    const all = Array.from({ length: 100 }, async (_, i) => {
      await producer.input.send({ topic: 'orders', value: `${i}` })
      taken++
    })
    await cluster.clock.advance(0)
    // All came before the first was answered; the next have to wait.
    expect(taken).toBe(100)
    const next = producer.input.send({ topic: 'orders', value: '100' }).then(() => {
      taken++
    })
    await cluster.clock.advance(1000)
    expect(taken).toBe(100)
    await receive(producer, 90)
    await cluster.clock.advance(0)
    expect(taken).toBe(100)
    await receive(producer, 1)
    await next
    await Promise.all(all)
    await receive(producer, 10)
    expect(valuesOf(cluster, 'orders', 0)).toEqual(Array.from({ length: 101 }, (_, i) => `${i}`))
  })

  test('lets a sender go that waits no longer', async () => {
    await using cluster = await clusterWith()
    const producer = await producerOf(cluster, (config) => {
      config.channelBufferSize = 1
    })
    await producer.input.send({ topic: 'orders', value: 'one' })
    await cluster.clock.advance(0)
    const controller = new AbortController()
    const sent = producer.input.send({ topic: 'orders', value: 'two' }, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(sent).rejects.toThrow('enough')
    await expect(producer.input.send({ topic: 'orders' }, { signal: controller.signal })).rejects.toThrow('enough')
    await producer.close()
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one'])
  })

  test('keeps its senders in their order', async () => {
    await using cluster = await clusterWith()
    await using producer = await producerOf(cluster, (config) => {
      config.channelBufferSize = 3
    })
    const sent: Promise<void>[] = []
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 10; i++) sent.push(producer.input.send({ topic: 'orders', value: `${10 * round + i}` }))
      await cluster.clock.advance(0)
    }
    const messages = await receive(producer, 100)
    await Promise.all(sent)
    expect(messages.map(({ value }) => value)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`))
    expect(valuesOf(cluster, 'orders', 0)).toEqual(messages.map(({ value }) => value))
  })
})

describe('a producer that closes', () => {
  test('settles what it has, and ends its channels', async () => {
    await using cluster = await clusterWith()
    const producer = await producerOf(cluster)
    for (let i = 0; i < 5; i++) producer.input.send({ topic: 'orders', value: `${i}` })
    producer.asyncClose()
    const values: unknown[] = []
    for await (const { value } of producer.successes) values.push(value)
    expect(values).toEqual(['0', '1', '2', '3', '4'])
    expect(await producer.errors.receive()).toBeUndefined()
    await producer.close()
  })

  test('takes no message any more', async () => {
    await using cluster = await clusterWith()
    const producer = await producerOf(cluster)
    const closed = producer.close()
    await expect(producer.input.send({ topic: 'orders', value: 'late' })).rejects.toThrow(ErrShuttingDown)
    await closed
    await expect(producer.input.send({ topic: 'orders', value: 'late' })).rejects.toThrow(ErrShuttingDown)
  })

  test('refuses senders that wait for room', async () => {
    await using cluster = await clusterWith()
    const producer = await producerOf(cluster, (config) => {
      config.channelBufferSize = 1
    })
    await producer.input.send({ topic: 'orders', value: 'one' })
    await cluster.clock.advance(0)
    const waiting = producer.input.send({ topic: 'orders', value: 'two' })
    const closed = producer.close()
    await expect(waiting).rejects.toThrow(ErrShuttingDown)
    await closed
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one'])
  })

  test('gives up what is not settled when it is told to', async () => {
    await using cluster = await clusterWith()
    const producer = await producerOf(cluster)
    cluster.use(respond(Produce, () => new Promise(() => {})))
    await producer.input.send({ topic: 'orders', value: 'one' })
    await producer.input.send({ topic: 'nowhere', value: 'two' })
    await cluster.clock.advance(0)
    const controller = new AbortController()
    const closed = producer.close({ signal: controller.signal }).catch((reason: unknown) => reason)
    await cluster.clock.advance(100)
    controller.abort()
    const { errors } = (await closed) as ProducerErrors
    expect(errors.map(({ msg, err }) => [msg.value, err instanceof ErrShuttingDown])).toEqual([
      ['one', true],
      ['two', true],
    ])
  })

  test('gives up what is not settled by the signal of a later call, too', async () => {
    await using cluster = await clusterWith()
    const producer = await producerOf(cluster)
    cluster.broker(1).pause()
    await producer.input.send({ topic: 'orders', value: 'one' })
    producer.asyncClose()
    const controller = new AbortController()
    const closed = producer.close({ signal: controller.signal }).catch((reason: unknown) => reason)
    await cluster.clock.advance(100)
    controller.abort()
    const { errors } = (await closed) as ProducerErrors
    expect(errors.map(({ err }) => err instanceof ErrShuttingDown)).toEqual([true])
    cluster.broker(1).resume()
  })

  test.each([0, 500])('leaves no timer behind (flush.frequency: %s)', async (frequency) => {
    await using cluster = await clusterWith()
    let timers = 0
    const producer = await producerOf(cluster, (config) => {
      const { clock } = cluster
      config.producer.flush.frequency = frequency
      config.clock = {
        now: () => clock.now(),
        setTimer(delayMs, callback) {
          timers++
          let isSet = true
          const end = (): void => {
            if (isSet) timers--
            isSet = false
          }
          const timer = clock.setTimer(delayMs, () => {
            end()
            callback()
          })
          return {
            cancel: () => {
              end()
              timer.cancel()
            },
          }
        },
      }
    })
    for (let i = 0; i < 3; i++) await producer.input.send({ topic: 'orders', value: 'one' })
    await producer.close()
    expect(timers).toBe(0)
  })

  test('leaves a client that it was made of open', async () => {
    await using cluster = await clusterWith()
    await using client = await newClient(cluster.bootstrapServers, cluster.clientConfig())
    const producer = await newAsyncProducerFromClient(client)
    await producer.input.send({ topic: 'orders', value: 'one' })
    await producer.close()
    expect(client.closed).toBe(false)
    await client.close()
    await expect(newAsyncProducerFromClient(client)).rejects.toThrow(ErrClosedClient)
  })

  test('finds that its client was closed first', async () => {
    await using cluster = await clusterWith()
    const client = await newClient(cluster.bootstrapServers, cluster.clientConfig())
    const producer = await newAsyncProducerFromClient(client)
    await client.close()
    await producer.input.send({ topic: 'orders', value: 'one' })
    const { errors } = (await settled(
      cluster,
      producer.close().catch((reason: unknown) => reason),
    )) as ProducerErrors
    expect(errors[0]?.err).toBeInstanceOf(ErrClosedClient)
  })
})
