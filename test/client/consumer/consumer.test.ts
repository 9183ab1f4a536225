import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  ConfigurationError,
  type ConsumerMessage,
  ErrClosedClient,
  ErrOffsetOutOfRange,
  ErrUnknownTopicOrPartition,
  newClient,
  newConfig,
  newConsumer,
  newConsumerFromClient,
  OffsetNewest,
  OffsetOldest,
} from '../../../src/client/index.ts'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { consumerOf, MADE, produce, settled, take, takeNow, told, values } from './support.ts'

const orders: ClusterOptions = {
  clock: 'virtual',
  topics: { orders: { partitions: 2 } },
  config: { 'auto.create.topics.enable': 'false' },
}

describe('a consumer', () => {
  test('names topics and their partitions', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await using consumer = await consumerOf(cluster)
    expect(await consumer.topics()).toEqual(['orders'])
    expect(await consumer.partitions('orders')).toEqual([0, 1])
    await expect(settled(cluster, consumer.partitions('lost'))).rejects.toThrow(ErrUnknownTopicOrPartition)
  })

  test('reads a partition once at a time', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await using consumer = await consumerOf(cluster)
    const [first, second] = await Promise.allSettled([
      consumer.consumePartition('orders', 0, OffsetOldest),
      consumer.consumePartition('orders', 0, OffsetOldest),
    ])
    expect(first.status).toBe('fulfilled')
    expect((second as PromiseRejectedResult).reason).toBeInstanceOf(ConfigurationError)
    await expect(consumer.consumePartition('orders', 0, OffsetOldest)).rejects.toThrow(
      'That topic/partition is already being consumed',
    )
    await consumer.consumePartition('orders', 1, OffsetOldest)
    if (first.status === 'fulfilled') await first.value.close()
    await consumer.consumePartition('orders', 0, OffsetOldest)
  })

  test('refuses a partition that there is not', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await using consumer = await consumerOf(cluster)
    await expect(settled(cluster, consumer.consumePartition('orders', 7, OffsetOldest))).rejects.toThrow(
      ErrUnknownTopicOrPartition,
    )
  })

  test('refuses an offset that the partition does not have', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', values(0, 3))
    await using consumer = await consumerOf(cluster)
    for (const offset of [4, -3, 1.5, Number.NaN]) {
      await expect(consumer.consumePartition('orders', 0, offset)).rejects.toThrow(ErrOffsetOutOfRange)
    }
    const atEnd = await consumer.consumePartition('orders', 0, 3)
    expect(atEnd.initialOffset).toBe(3)
  })

  test('tells the high water marks of what it reads', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', values(0, 3))
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetNewest)
    await consumer.consumePartition('orders', 1, OffsetOldest)
    expect(reader.highWaterMarkOffset()).toBe(3)
    await produce(cluster, 'orders', values(3, 5))
    await cluster.clock.runUntil(() => reader.highWaterMarkOffset() === 5)
    expect(consumer.highWaterMarks()).toEqual(
      new Map([
        [
          'orders',
          new Map([
            [0, 5],
            [1, 0],
          ]),
        ],
      ]),
    )
  })

  test('ends all that it reads when it is closed, and is of no use then', async () => {
    await using cluster = await KafkaCluster.start(orders)
    const consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const reading = takeNow(reader, 1)
    await consumer.close()
    expect(await reading).toEqual([])
    expect(await reader.ended).toBeUndefined()
    await expect(consumer.consumePartition('orders', 0, OffsetOldest)).rejects.toThrow(ErrClosedClient)
    await consumer.close()
  })

  test('leaves a client open that it was made of', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const consumer = newConsumerFromClient(client)
    await consumer.consumePartition('orders', 0, OffsetOldest)
    await consumer.close()
    expect(client.closed).toBe(false)
    await client.close()
    expect(() => newConsumerFromClient(client)).toThrow(ErrClosedClient)
  })

  test('waits for no other consumer of the same client, and closes its own connections alone', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const [idle, busy] = [newConsumerFromClient(client), newConsumerFromClient(client)]
    await idle.consumePartition('orders', 0, OffsetOldest)
    await cluster.clock.advance(5000)
    const reader = await busy.consumePartition('orders', 1, OffsetOldest)
    await cluster.clock.advance(1)
    const from = cluster.clock.now()
    await produce(cluster, 'orders', ['v0'], { partition: 1 })
    expect(await take(cluster, reader, 1)).toHaveLength(1)
    expect(cluster.clock.now() - from).toBeLessThan(10)
    let closed = 0
    cluster.events.on('connection:close', () => closed++)
    await idle.close()
    await cluster.clock.advance(0)
    expect(closed).toBe(1)
    await produce(cluster, 'orders', ['v1'], { partition: 1 })
    expect(told(await take(cluster, reader, 1))).toEqual(['1:v1'])
    await busy.close()
  })

  test('fails before any connection for a config that makes no sense', async () => {
    await expect(newConsumer(['127.0.0.1:1'], { consumer: { fetch: { min: 0 } } })).rejects.toThrow(ConfigurationError)
  })

  test('gives up waiting for a partition with the signal', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await using consumer = await consumerOf(cluster)
    const aborted = AbortSignal.abort(new Error('enough'))
    await expect(consumer.consumePartition('orders', 0, OffsetOldest, { signal: aborted })).rejects.toThrow('enough')
    await consumer.consumePartition('orders', 0, OffsetOldest)
  })
})

describe('a partition consumer', () => {
  test('reads what is there from the oldest offset on, and then what comes', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', values(0, 3))
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    expect(told(await take(cluster, reader, 3))).toEqual(['0:v0', '1:v1', '2:v2'])
    await produce(cluster, 'orders', ['v3'])
    expect(told(await take(cluster, reader, 1))).toEqual(['3:v3'])
  })

  test('reads from the newest offset on only what comes', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', values(0, 3))
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetNewest)
    expect(reader.initialOffset).toBe(3)
    await produce(cluster, 'orders', ['v3'])
    expect(told(await take(cluster, reader, 1))).toEqual(['3:v3'])
  })

  test('begins in the middle of a batch', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', values(0, 5))
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, 3)
    expect(told(await take(cluster, reader, 2))).toEqual(['3:v3', '4:v4'])
  })

  test('gives messages that are plain objects', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', [
      { key: 'k', value: 'v', headers: [{ key: 'trace', value: 'abc' }, { key: 'empty' }] },
      { value: null },
    ])
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const messages = await take(cluster, reader, 2)
    const [first, second] = messages as [ConsumerMessage, ConsumerMessage]
    expect(first).toStrictEqual({
      topic: 'orders',
      partition: 0,
      offset: 0,
      timestamp: MADE,
      key: Buffer.from('k'),
      value: Buffer.from('v'),
      headers: [
        { key: 'trace', value: Buffer.from('abc') },
        { key: 'empty', value: null },
      ],
    })
    expect(second).toMatchObject({ offset: 1, key: null, value: null, headers: [] })
    expect(inspect(second, { breakLength: 200 })).toBe(
      "{ topic: 'orders', partition: 0, offset: 1, timestamp: 1700000000001, key: null, value: null, headers: [] }",
    )
    expect(JSON.parse(JSON.stringify(second))).toEqual(second)
  })

  test('hands each message to one reader, and goes on after a loop was left', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', values(0, 6))
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    expect(told(await take(cluster, reader, 2))).toEqual(['0:v0', '1:v1'])
    expect(reader.messages.length).toBe(4)
    const both = Promise.all([reader.messages.receive(), reader.messages.receive()])
    expect(told((await both) as ConsumerMessage[])).toEqual(['2:v2', '3:v3'])
    const iterator = reader.messages[Symbol.asyncIterator]()
    const results = await Promise.all([iterator.next(), iterator.next()])
    expect(told(results.map(({ value }) => value as ConsumerMessage))).toEqual(['4:v4', '5:v5'])
    const waiting = [iterator.next(), reader.messages.receive()] as const
    await produce(cluster, 'orders', values(6, 8))
    const [left, right] = await settled(cluster, Promise.all(waiting))
    expect(told([left.value as ConsumerMessage, right as ConsumerMessage])).toEqual(['6:v6', '7:v7'])
  })

  test('receives until the signal, and loses nothing by it', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const controller = new AbortController()
    const receiving = reader.messages.receive({ signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(receiving).rejects.toThrow('enough')
    await expect(reader.messages.receive({ signal: controller.signal })).rejects.toThrow('enough')
    await produce(cluster, 'orders', ['v0'])
    expect(await settled(cluster, reader.messages.receive())).toMatchObject({ offset: 0 })
  })

  test('reads more than a thousand messages without a wait, and lets others have their turn', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', values(0, 5000))
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    let turns = 0
    const count = (): void => {
      turns++
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    await cluster.clock.runUntil(() => reader.messages.length === 5000)
    turns = 0
    const messages = await takeNow(reader, 5000)
    clearImmediate(timer)
    expect(messages.map(({ offset }) => offset)).toEqual(values(0, 5000).map((_, i) => i))
    expect(turns).toBeGreaterThanOrEqual(4)
  })

  test('shows every message to the interceptors, whose errors it drops', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', values(0, 3))
    const seen: number[] = []
    const interceptors = [
      {
        onConsume(message: ConsumerMessage): ConsumerMessage | undefined {
          if (message.offset === 0) throw new Error('not this one')
          return message.offset === 1 ? { ...message, key: Buffer.from('seen') } : undefined
        },
      },
      {
        onConsume({ offset, key }: ConsumerMessage): undefined {
          seen.push(offset + (key === null ? 0 : 10))
        },
      },
    ]
    await using consumer = await consumerOf(cluster, { consumer: { interceptors } })
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const messages = await take(cluster, reader, 3)
    expect(messages.map(({ key }) => key?.toString() ?? null)).toEqual([null, 'seen', null])
    expect(seen).toEqual([0, 11, 2])
  })

  test('is closed without a wait, whatever is under way, and drops what was not read', async () => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', values(0, 3))
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    await cluster.clock.runUntil(() => reader.messages.length === 3)
    await reader.close()
    expect(reader.messages.length).toBe(0)
    expect(await reader.messages.receive()).toBeUndefined()
    expect(await takeNow(reader, 1)).toEqual([])
    expect(await reader.errors.receive()).toBeUndefined()
    await reader.close()
    reader.asyncClose()
  })
})
