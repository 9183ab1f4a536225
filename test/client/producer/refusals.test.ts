import { describe, expect, test } from 'vitest'
import {
  ErrInvalidRecord,
  ErrMessageSizeTooLarge,
  ErrNotEnoughReplicas,
  ErrTopicAuthorizationFailed,
} from '../../../src/client/index.ts'
import { ErrorCode, KafkaCluster } from '../../../src/index.ts'
import { numbers, producerOf, receive, refuse, threeBrokers } from './faulty-cluster.ts'
import { settled, valuesOf } from './settled.ts'

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
