import { describe, expect, test } from 'vitest'
import { newRandomPartitioner } from '../../../src/client/index.ts'
import { clusterWith, countRequests, producerOf, receive } from './async-producers.ts'
import { valuesOf } from './settled.ts'

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
