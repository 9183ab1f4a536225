import { describe, expect, test } from 'vitest'
import {
  ErrClosedClient,
  ErrShuttingDown,
  newAsyncProducerFromClient,
  newClient,
  type ProducerErrors,
} from '../../../src/client/index.ts'
import { Produce, respond } from '../../../src/testing/index.ts'
import { clusterWith, producerOf } from './async-producers.ts'
import { settled, valuesOf } from './settled.ts'

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
