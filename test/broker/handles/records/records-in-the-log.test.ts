import { describe, expect, onTestFinished, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../../src/index.ts'
import { buildMessageSet } from '../../../../src/protocol/records/message-set.ts'
import { Fetch, Produce } from '../../../../src/testing/index.ts'
import { WireClient } from '../../../wire-client.ts'

async function start(options: ClusterOptions = {}) {
  const cluster = await KafkaCluster.start({ topics: { orders: { partitions: 3 } }, ...options })
  onTestFinished(() => cluster.stop())
  return { cluster, orders: cluster.topic('orders') }
}

describe('what a test appends', () => {
  test('has its headers and its timestamp, or the time of the cluster', async () => {
    const { cluster, orders } = await start({ clock: 'virtual' })
    const now = cluster.clock.now()
    const headers = { source: 'web', trace: Buffer.from('t-1'), none: null, twice: ['a', 'b'] }
    await orders.append([
      { value: 'a', headers, partition: 1 },
      { value: 'b', timestamp: 5, partition: 1 },
      { value: 'c', timestamp: new Date(6), partition: 1 },
    ])
    const records = await orders.records()
    expect(records.map(({ timestamp }) => timestamp)).toEqual([now, 5, 6])
    expect(records[0]?.headers).toEqual({ source: 'web', trace: 't-1', none: null, twice: ['a', 'b'] })
    expect(records[1]?.headers).toEqual({})
  })

  test('is one batch for each partition', async () => {
    const { cluster, orders } = await start()
    await orders.append(
      [1, 2, 3, 4, 5, 6].map((value) => ({ value, partition: value % 2 })),
      { compression: 'gzip' },
    )
    const logs = [0, 1].map((index) => cluster.partition('orders', index).log(cluster.broker(1)))
    expect(logs.map((log) => [log?.batches.length, log?.records.length])).toEqual([
      [1, 3],
      [1, 3],
    ])
    expect((await orders.records()).map(({ value }) => value)).toEqual(['2', '4', '6', '1', '3', '5'])
  })

  test('answers a Fetch that waits, and is on the followers', async () => {
    const { cluster, orders } = await start({ brokers: 3, topics: { orders: { replicationFactor: 3 } } })
    const { leader } = cluster.partition('orders', 0)
    const client = new WireClient(cluster.connect(leader))
    const fetching = client.send(Fetch, 11, {
      maxWaitMs: 60_000,
      minBytes: 1,
      topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    })
    await orders.append({ value: 'a' })
    const { responses } = await fetching
    expect(responses[0]?.partitions[0]?.highWatermark).toBe(1)
    const logs = cluster.brokers.map((broker) => cluster.partition('orders', 0).log(broker)?.records.length)
    expect(logs).toEqual([1, 1, 1])
  })

  test('makes the topic where auto.create.topics.enable says so, and only there', async () => {
    const { cluster } = await start()
    await cluster.topic('bills').append({ value: 'a' })
    expect(cluster.topic('bills').partitions).toHaveLength(1)
    const { cluster: strict } = await start({ config: { 'auto.create.topics.enable': 'false' } })
    await expect(strict.topic('bills').append({ value: 'a' })).rejects.toThrow(
      'append: there is no topic bills, and auto.create.topics.enable is false',
    )
    await expect(cluster.topic('a b').append({ value: 'a' })).rejects.toThrow('the topic a b cannot be made')
    await expect(cluster.topic('__consumer_offsets').append({ value: 'a' })).rejects.toThrow('the brokers')
  })

  test('is refused where nobody leads, where too few are in sync, and as a producer would be refused', async () => {
    const { cluster, orders } = await start({
      brokers: 2,
      topics: {
        orders: { replicationFactor: 2, configs: { 'min.insync.replicas': '2', 'max.message.bytes': '1000' } },
      },
    })
    await expect(orders.append({ value: 'a'.repeat(2000) })).rejects.toMatchObject({ error: 'MESSAGE_TOO_LARGE' })
    const [one, other] = cluster.brokers
    await one?.kill()
    await expect(orders.append({ value: 'a' })).rejects.toMatchObject({ error: 'NOT_ENOUGH_REPLICAS' })
    await orders.append({ value: 'a' }, { acks: 1 })
    await other?.kill({ noticed: 'by timeout' })
    await expect(orders.append({ value: 'a' })).rejects.toThrow('the leader of orders-0, broker 2, does not run')
    await expect(orders.records()).rejects.toThrow('the leader of orders-0, broker 2, does not run')
    await expect(cluster.partition('orders', 0).offsets()).rejects.toThrow('does not run')
  })

  test('is waited for until every in-sync replica has it, unless acks is 1', async () => {
    const { cluster, orders } = await start({
      brokers: 2,
      topics: { orders: { replicationFactor: 2 } },
      clock: 'virtual',
      waitTimeout: 1,
    })
    const [one, other] = cluster.brokers
    if (one === undefined || other === undefined) throw new Error('there are two brokers')
    cluster.network.link(one, other).set({ delay: 50 })
    await expect(orders.append({ value: 'a' })).rejects.toThrow(/not all of the in-sync replicas .* have/)
    await orders.append({ value: 'b' }, { acks: 1 })
    expect(await orders.records()).toEqual([])
    await expect(orders.waitFor(1)).rejects.toThrow('orders-0: none, and 2 that not every in-sync replica has yet')
    cluster.network.heal()
    await expect(orders.waitFor(2)).resolves.toHaveLength(2)
  })
})

describe('the records that are read', () => {
  test('lie where they are in the log: nothing is copied that nobody asks for', async () => {
    const { cluster, orders } = await start()
    await orders.append({ key: 'a', value: 'b', partition: 0 })
    const [record] = await orders.records({ value: 'bytes' })
    const [batch] = cluster.partition('orders', 0).log(cluster.broker(1))?.batches ?? []
    expect(record?.raw.value?.buffer).toBe(batch?.buffer)
    // What a test is given to keep is its own: it may change it, and the log stays as it is.
    record?.value?.fill(0)
    expect(await orders.records()).toMatchObject([{ value: 'b' }])
  })

  test('may have been written before record batches were', async () => {
    const { cluster, orders } = await start()
    const client = new WireClient(cluster.connect())
    const records = [
      buildMessageSet(
        [
          { key: 'k', value: 'old', timestamp: 5 },
          { value: null, timestamp: 6 },
        ],
        { magic: 1 },
      ),
    ]
    await client.send(Produce, 2, { acks: 1, topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }] })
    expect((await orders.records()).map(({ key, value, offset }) => [key, value, offset])).toEqual([
      ['k', 'old', 0],
      [null, null, 1],
    ])
  })

  test('begin in the middle of a batch where the log does, and leave gaps where it was compacted', async () => {
    const { cluster } = await start({ topics: { state: { configs: { 'cleanup.policy': 'compact,delete' } } } })
    const state = cluster.topic('state')
    await state.append(['a', 'b', 'a', 'c'].map((key, i) => ({ key, value: `${i}` })))
    await state.append(['c', 'b'].map((key, i) => ({ key, value: `${i + 4}` })))
    cluster.topic('state').compact()
    expect((await state.records()).map(({ offset, key }) => `${offset}${key}`)).toEqual(['2a', '4c', '5b'])
    await expect(state.waitFor(3)).resolves.toHaveLength(3)
  })
})

describe('a test that waits for records', () => {
  test('hears of what has come, though compaction has taken some of it away by then', async () => {
    const { cluster } = await start({ topics: { latest: { configs: { 'cleanup.policy': 'compact' } } } })
    const latest = cluster.topic('latest')
    const waiting = latest.waitFor(3)
    await latest.append([
      { key: 'a', value: '1' },
      { key: 'a', value: '2' },
    ])
    latest.compact()
    expect((await latest.records()).map(({ value }) => value)).toEqual(['2'])
    await latest.append({ key: 'b', value: '3' })
    expect((await waiting).map(({ value }) => value)).toEqual(['1', '2', '3'])
  })

  test('is told what happened, where the timeline records it', async () => {
    const { cluster, orders } = await start({ timeline: true, topics: {} })
    await cluster.topic('bills').append({ value: 'a' })
    const waiting = orders.waitFor(2, { timeout: 50 })
    await orders.append({ value: 'a' })
    await expect(waiting).rejects.toThrow(/What happened:\n.*orders/s)
  })

  test('sees what a new leader has, and not what the old one has lost', async () => {
    const { cluster, orders } = await start({
      brokers: 2,
      topics: { orders: { replicationFactor: 2, configs: { 'unclean.leader.election.enable': 'true' } } },
    })
    await orders.append({ value: 'kept' })
    const leader = cluster.broker(cluster.partition('orders', 0).leader)
    const follower = cluster.broker(3 - leader.nodeId)
    const waiting = orders.waitFor(3)
    await follower.kill()
    await orders.append({ value: 'lost' })
    await leader.kill()
    await follower.start()
    await leader.start()
    await orders.append([{ value: 'b' }, { value: 'c' }])
    expect((await waiting).map(({ value }) => value)).toEqual(['kept', 'b', 'c'])
  })
})

describe('a topic that is cleared', () => {
  test('has no records, and goes on where it was', async () => {
    const { cluster, orders } = await start({ brokers: 2, topics: { orders: { partitions: 2, replicationFactor: 2 } } })
    await orders.append([{ value: 'a' }, { value: 'b' }, { value: 'c' }])
    await cluster.partition('orders', 0).clear()
    expect((await orders.records()).map(({ value }) => value)).toEqual(['b'])
    await orders.clear()
    expect(await orders.records()).toEqual([])
    expect(await cluster.partition('orders', 0).offsets()).toEqual({ start: 2, end: 2, stable: 2 })
    await orders.append({ value: 'd', partition: 0 })
    expect(await orders.records()).toMatchObject([{ value: 'd', offset: 2 }])
    expect(cluster.brokers.map((broker) => cluster.partition('orders', 0).log(broker)?.logStartOffset)).toEqual([2, 2])
  })
})
