import { describe, expect, test } from 'vitest'
import {
  ErrInvalidPartition,
  ErrInvalidTimestamp,
  ErrInvalidTopic,
  ErrMessageSizeTooLarge,
  ErrUnknownTopicOrPartition,
  NoResponse,
  newAsyncProducer,
  newManualPartitioner,
  ProducerErrors,
  type ProducerMessage,
} from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { clusterWith, countRequests, producerOf, receive } from './async-producers.ts'
import { valuesOf } from './settled.ts'

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
