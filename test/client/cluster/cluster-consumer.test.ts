import { describe, expect, test } from 'vitest'
import {
  type ClusterConfigOptions,
  type ClusterConsumer,
  type ClusterPartitionConsumer,
  ConsumerModePartitions,
  newClusterConsumer,
  newOffsetStash,
  StrategyRoundRobin,
} from '../../../src/client/cluster/index.ts'
import { OffsetOldest } from '../../../src/client/config/options.ts'
import type { ConsumerMessage } from '../../../src/client/consumer/consumer-message.ts'
import { newManualPartitioner } from '../../../src/client/producer/partitioners/manual.ts'
import { newSyncProducer } from '../../../src/client/producer/sync-producer.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { respond } from '../../../src/testing/index.ts'

const GROUP = 'billing'

function start(partitions = 3): Promise<KafkaCluster> {
  return KafkaCluster.start({ clock: 'virtual', topics: { orders: { partitions } } })
}

function join(
  cluster: KafkaCluster,
  options: ClusterConfigOptions = {},
  topics: string[] = ['orders'],
): Promise<ClusterConsumer> {
  const { net, clock, random } = cluster.clientConfig()
  const consumer = { offsets: { initial: OffsetOldest }, return: { errors: true }, ...options.consumer }
  return newClusterConsumer(cluster.bootstrapServers, GROUP, topics, { net, clock, random, ...options, consumer })
}

/** Writes a message to each of these partitions of `orders`. */
async function produce(cluster: KafkaCluster, ...partitions: number[]): Promise<void> {
  const config = { ...cluster.clientConfig(), producer: { partitioner: newManualPartitioner } }
  await using producer = await newSyncProducer(cluster.bootstrapServers, config)
  for (const partition of partitions) {
    await producer.sendMessage({ topic: 'orders', partition, value: `to ${partition}` })
  }
}

/** Moves the time on until this has settled. */
async function until<T>(cluster: KafkaCluster, promise: Promise<T>): Promise<T> {
  let settled = false
  const settle = (): void => {
    settled = true
  }
  promise.then(settle, settle)
  await cluster.clock.runUntil(() => settled)
  return promise
}

async function read(cluster: KafkaCluster, consumer: ClusterConsumer, count: number): Promise<ConsumerMessage[]> {
  const messages: ConsumerMessage[] = []
  while (messages.length < count) {
    const message = await until(cluster, consumer.messages.receive())
    if (message === undefined) break
    messages.push(message)
  }
  return messages
}

const committed = (cluster: KafkaCluster): Record<number, string> =>
  Object.fromEntries(
    cluster
      .group(GROUP)
      .committed.map(({ partition, offset, metadata }) => [partition, `${offset} ${metadata}`.trim()]),
  )

/** Closes it, moving the time on as far as that takes. */
const close = (cluster: KafkaCluster, consumer: ClusterConsumer): Promise<void> => until(cluster, consumer.close())

describe("sarama-cluster's consumer", () => {
  test('reads the messages of all its partitions from one channel', async () => {
    await using cluster = await start()
    await produce(cluster, 0, 1, 2, 0)
    const consumer = await join(cluster)
    const texts = (await read(cluster, consumer, 4)).map(({ value }) => String(value))
    expect(texts.sort()).toEqual(['to 0', 'to 0', 'to 1', 'to 2'])
    expect(consumer.subscriptions()).toEqual({ orders: [0, 1, 2] })
    expect(consumer.highWaterMarks().get('orders')).toEqual(
      new Map([
        [0, 2],
        [1, 1],
        [2, 1],
      ]),
    )
    await close(cluster, consumer)
  })

  test('commits the offset after the message that was marked', async () => {
    await using cluster = await start(1)
    await produce(cluster, 0, 0, 0)
    const consumer = await join(cluster)
    const [first, second] = await read(cluster, consumer, 2)
    consumer.markOffset(second as ConsumerMessage, 'two')
    // An earlier one changes nothing.
    consumer.markOffset(first as ConsumerMessage, 'one')
    await until(cluster, consumer.commitOffsets())
    expect(committed(cluster)).toEqual({ 0: '2 two' })
    consumer.resetOffset(first as ConsumerMessage, 'back')
    await until(cluster, consumer.commitOffsets())
    expect(committed(cluster)).toEqual({ 0: '1 back' })
    await close(cluster, consumer)
  })

  test('commits what is marked every consumer.offsets.commitInterval, and when it is closed', async () => {
    await using cluster = await start(1)
    await produce(cluster, 0, 0)
    const consumer = await join(cluster, { consumer: { offsets: { initial: OffsetOldest, commitInterval: 5000 } } })
    await read(cluster, consumer, 2)
    consumer.markPartitionOffset('orders', 0, 0)
    await cluster.clock.runUntil(() => committed(cluster)[0] === '1')
    consumer.markPartitionOffset('orders', 0, 1)
    await close(cluster, consumer)
    expect(committed(cluster)).toEqual({ 0: '2' })
    expect(cluster.group(GROUP).members).toEqual([])
  })

  test('marks at once what was stashed', async () => {
    await using cluster = await start(2)
    await produce(cluster, 0, 0, 1)
    const consumer = await join(cluster)
    const messages = await read(cluster, consumer, 3)
    const stash = newOffsetStash()
    for (const message of messages) stash.markOffset(message, 'stashed')
    expect(stash.offsets()).toEqual(
      new Map([
        ['orders-0', 1],
        ['orders-1', 0],
      ]),
    )
    consumer.markOffsets(stash)
    expect(stash.offsets()).toEqual(new Map())
    await until(cluster, consumer.commitOffsets())
    expect(committed(cluster)).toEqual({ 0: '2 stashed', 1: '1 stashed' })
    await close(cluster, consumer)
  })

  test('tells of rebalances: what it had, what it has got, what it has lost', async () => {
    await using cluster = await start(2)
    const notified = { group: { return: { notifications: true } } }
    const first = await join(cluster, notified)
    const next = async () => until(cluster, first.notifications.receive())
    expect(await next()).toEqual({ type: 'rebalance start', claimed: {}, released: {}, current: {} })
    expect(await next()).toEqual({
      type: 'rebalance OK',
      claimed: { orders: [0, 1] },
      released: {},
      current: { orders: [0, 1] },
    })
    const second = await join(cluster)
    expect(await next()).toMatchObject({ type: 'rebalance start', current: { orders: [0, 1] } })
    expect(await next()).toMatchObject({ type: 'rebalance OK', claimed: {}, current: { orders: [expect.any(Number)] } })
    await until(cluster, Promise.all([first.close(), second.close()]))
  })

  test('shares the partitions with the others of its group, round robin if they say so', async () => {
    await using cluster = await start(4)
    const options = { group: { partitionStrategy: StrategyRoundRobin } }
    const members = [await join(cluster, options), await join(cluster, options)]
    const held = () => members.map((member) => member.subscriptions().orders ?? [])
    await cluster.clock.runUntil(() => held().every(({ length }) => length === 2))
    expect(held().sort()).toEqual([
      [0, 2],
      [1, 3],
    ])
    await until(cluster, Promise.all(members.map((member) => member.close())))
  })

  test('reads each partition by a channel of its own in the mode of partitions', async () => {
    await using cluster = await start(2)
    await produce(cluster, 0, 1, 1)
    const consumer = await join(cluster, { group: { mode: ConsumerModePartitions } })
    const claimed: ClusterPartitionConsumer[] = []
    for (let i = 0; i < 2; i++) {
      const partition = await until(cluster, consumer.partitions.receive())
      if (partition !== undefined) claimed.push(partition)
    }
    expect(claimed.map(({ topic, partition }) => `${topic}/${partition}`).sort()).toEqual(['orders/0', 'orders/1'])
    const one = claimed.find(({ partition }) => partition === 1)
    const message = await until(cluster, one?.messages.receive() ?? Promise.resolve(undefined))
    expect(String(message?.value)).toBe('to 1')
    expect(one?.highWaterMarkOffset()).toBe(2)
    one?.markOffset(0, 'done')
    // It reads no more of this one, and the session goes on.
    await one?.close()
    expect(await one?.messages.receive()).toBeUndefined()
    await until(cluster, consumer.commitOffsets())
    expect(committed(cluster)).toEqual({ 1: '1 done' })
    expect(consumer.subscriptions()).toEqual({ orders: [0, 1] })
    await close(cluster, consumer)
    for (const { messages } of claimed) expect(messages.length).toBe(0)
  })

  test('reads topics that its pattern means, those too that come later', async () => {
    await using cluster = await KafkaCluster.start({
      clock: 'virtual',
      topics: { 'orders-eu': {}, 'orders-test': {}, payments: {} },
    })
    const group = { topics: { whitelist: /^orders-/, blacklist: /test/ } }
    const consumer = await join(cluster, { group }, ['payments'])
    await cluster.clock.runUntil(() => Object.keys(consumer.subscriptions()).length > 0)
    expect(consumer.subscriptions()).toEqual({ 'orders-eu': [0], payments: [0] })
    const { net, clock, random } = cluster.clientConfig()
    await using producer = await newSyncProducer(cluster.bootstrapServers, { net, clock, random })
    await until(cluster, producer.sendMessage({ topic: 'orders-us', value: 'new' }))
    await cluster.clock.runUntil(() => 'orders-us' in consumer.subscriptions())
    expect(consumer.subscriptions()).toEqual({ 'orders-eu': [0], 'orders-us': [0], payments: [0] })
    await close(cluster, consumer)
  })

  test('tells of commits that fail', async () => {
    await using cluster = await start(1)
    await produce(cluster, 0)
    const consumer = await join(cluster, { group: { offsets: { retry: { max: 0 } } } })
    const [message] = await read(cluster, consumer, 1)
    cluster.use(
      respond(OffsetCommit, ({ request }) => ({
        topics: request.topics.map(({ name, topicId, partitions }) => ({
          name,
          topicId,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED,
          })),
        })),
      })),
    )
    consumer.markOffset(message as ConsumerMessage)
    await until(cluster, consumer.commitOffsets())
    expect((await until(cluster, consumer.errors.receive()))?.message).toMatch(/orders\/0/)
    cluster.resetHandlers()
    await close(cluster, consumer)
    expect(committed(cluster)).toEqual({ 0: '1' })
  })

  test('ends all its channels when it is closed, also twice', async () => {
    await using cluster = await start()
    const consumer = await join(cluster)
    await cluster.clock.runUntil(() => Object.keys(consumer.subscriptions()).length > 0)
    await close(cluster, consumer)
    await consumer.close()
    for (const channel of [consumer.messages, consumer.partitions, consumer.errors, consumer.notifications]) {
      expect(await channel.receive()).toBeUndefined()
    }
    expect(consumer.subscriptions()).toEqual({})
  })
})

describe("sarama-cluster's config", () => {
  const never = (group: object) => newClusterConsumer(['127.0.0.1:1'], GROUP, ['orders'], { group })

  test.each([
    [{ mode: 'both' }, 'group.mode must be multiplex or partitions, not both'],
    [{ partitionStrategy: 'sticky' }, 'group.partitionStrategy must be range or roundrobin, not sticky'],
    [
      { offsets: { synchronization: { dwellTime: 0 } } },
      'group.offsets.synchronization.dwellTime must be above 0 and at most 600000',
    ],
    [{ modus: 1 }, 'group.modus is not a key of the config'],
    [{ session: { timeout: 1 } }, 'consumer.group.session.timeout must be >= 2'],
  ])('that makes no sense, %j, is refused before any connection', async (group, message) => {
    await expect(never(group)).rejects.toThrow(message)
  })

  test('demands all metadata for patterns', async () => {
    const options = { metadata: { full: false }, group: { topics: { whitelist: /./ } } }
    await expect(newClusterConsumer(['127.0.0.1:1'], GROUP, [], options)).rejects.toThrow('metadata.full')
  })
})
