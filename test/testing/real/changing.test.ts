import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type ConsumerGroupClaim,
  type ConsumerGroupSession,
  newClusterAdmin,
  newConfig,
  newConsumerGroup,
} from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { kafka } from '../../../src/testing/index.ts'
import { connectCluster } from '../../../src/testing/real/real-cluster.ts'
import { brokerConfigs } from '../../client/harness.ts'

/** Has any answer at all told, and nothing waited for. */
const SOON = { timeout: 1 }

/** Two brokers that can be stopped, and the cluster by their addresses. */
async function start() {
  const topics = { orders: { partitions: 2 } }
  const memkafka = await KafkaCluster.start({ brokers: 2, topics, config: brokerConfigs })
  onTestFinished(() => memkafka.stop())
  const cluster = await connectCluster(memkafka.bootstrapServers, { allowWrites: true })
  onTestFinished(() => cluster.stop().catch(() => {}))
  // The group is with one broker, and so that it can tell, the partition with the other.
  const id = cluster.name('billing')
  const { coordinator } = await cluster.group(id).describe()
  const led = memkafka.partition('orders', memkafka.partition('orders', 0).leader === coordinator ? 1 : 0)
  return { memkafka, cluster, led, leader: memkafka.broker(led.leader), orders: cluster.topic('orders'), id }
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => expect.unreachable(),
    (error: Error) => error.message,
  )
}

describe('a partition that nobody leads', () => {
  test('is told of by a wait for records, which goes on until there are some', async () => {
    const { orders, led, leader } = await start()
    await orders.append({ value: 'a', partition: led.index })
    await leader.kill()
    const said = await messageOf(orders.waitFor(2, SOON))
    expect(said).toContain('waited 1 ms for 2 records in orders, in vain')
    expect(said).toContain(`orders-${led.index} has no leader: none of its replicas (brokers ${leader.nodeId})`)
    const [all, two] = [orders.records(), orders.waitFor(2)]
    await leader.start()
    expect(await all).toHaveLength(1)
    await orders.append({ value: 'b', partition: led.index })
    expect(await two).toHaveLength(2)
  })

  test('keeps nobody from appending to another', async () => {
    const { orders, led, leader } = await start()
    await leader.kill()
    const other = 1 - led.index
    expect(await orders.append({ value: 'a', partition: other })).toMatchObject([{ partition: other, offset: 0 }])
    expect(await orders.append({ value: 'b' })).toMatchObject([{ partition: other, offset: 1 }])
    const waiting = orders.append({ value: 'c', partition: led.index })
    await leader.start()
    expect(await waiting).toMatchObject([{ partition: led.index, offset: 0 }])
  })

  test('has a group not have caught up: how far it is behind can be told when there is a leader', async () => {
    const { cluster, orders, led, leader, id } = await start()
    await orders.append([{ value: 'a', partition: led.index }])
    await cluster.group(id).setOffset('orders', led.index, 0)
    await leader.kill()
    const said = await messageOf(cluster.group(id).waitUntilCaughtUp(SOON))
    expect(said).toContain(`The group ${id} is Empty, without members.`)
    expect(said).toContain(`How far it has come cannot be told: orders-${led.index} has no leader`)
    const lag = cluster.group(id).lag()
    const caughtUp = cluster.group(id).waitUntilCaughtUp()
    await leader.start()
    expect(await lag).toBe(1)
    await cluster.group(id).setOffset('orders', led.index, 1)
    await caughtUp
  })

  test('is cleared as soon as it has a leader again', async () => {
    const { cluster, leader } = await start()
    const bills = cluster.topic(cluster.name('bills'))
    await bills.append([{ value: 'a' }, { value: 'b' }])
    await leader.kill()
    const cleared = bills.clear()
    await leader.start()
    await cleared
    expect(await bills.records()).toEqual([])
  })
})

test('a wait for records forgets those of a topic that was deleted, and finds those of the next of its name', async () => {
  const { memkafka, cluster } = await start()
  const name = cluster.name('bills')
  const bills = cluster.topic(name)
  await bills.append([{ value: 'old' }, { value: 'older' }])
  const found = bills.waitFor(3)
  await using admin = await newClusterAdmin(memkafka.bootstrapServers, newConfig(memkafka.clientConfig()))
  await admin.deleteTopic(name)
  await bills.append([{ value: 'a' }, { value: 'b' }, { value: 'c' }])
  expect((await found).map(({ value }) => value)).toEqual(['a', 'b', 'c'])
})

test('a rebalance has begun that was over before anybody looked', async () => {
  const { memkafka, cluster, id } = await start()
  const config = newConfig({ consumer: { group: { heartbeat: { interval: 50 } } } })
  const group = await newConsumerGroup(memkafka.bootstrapServers, id, config)
  const handler = {
    consumeClaim: async (_session: ConsumerGroupSession, { messages }: ConsumerGroupClaim) => {
      for await (const _message of messages);
    },
  }
  const stop = new AbortController()
  const consuming = (async () => {
    while (!stop.signal.aborted) await group.consume(['orders'], handler, { signal: stop.signal }).catch(() => {})
  })()
  onTestFinished(async () => {
    stop.abort()
    await consuming
    await group.close()
  })
  await cluster.group(id).waitUntilStable({ members: 1 })
  const hasSeen = kafka.describeGroups({ group: id }, async ({ perform }) => {
    const answer = await perform()
    return answer && { ...answer, groups: answer.groups.map((group) => ({ ...group, groupState: 'Stable' })) }
  })
  memkafka.use(hasSeen)
  await cluster.group(id).rebalance()
  expect(memkafka.calls(hasSeen).length).toBeGreaterThan(1)
})

test('a wait looks once at least, and tells what is there', async () => {
  const { cluster, orders, id } = await start()
  await orders.append({ value: 'alone', partition: 0 })
  expect(await orders.waitFor(1, { timeout: 0 })).toHaveLength(1)
  expect(await messageOf(orders.waitFor(2, { timeout: 0 }))).toContain("orders-0: 1: @0 'alone'")
  expect(await messageOf(cluster.topic('bills').waitFor(1, SOON))).toContain('There is no topic bills.')
  expect(await messageOf(cluster.group(id).waitUntilStable(SOON))).toContain(`There is no group ${id}.`)
  await expect(orders.waitFor(2, { timeout: Number.NaN })).rejects.toThrow('timeout: a number of ms from 0 on')
})

test('what compaction has taken from the end of a log is not waited for', async () => {
  const { memkafka, cluster } = await start()
  const state = memkafka.topic('state')
  const configs = { 'cleanup.policy': 'compact', 'delete.retention.ms': '0' }
  await using admin = await newClusterAdmin(memkafka.bootstrapServers, newConfig(memkafka.clientConfig()))
  await admin.createTopic('state', { numPartitions: 1, configEntries: new Map(Object.entries(configs)) })
  await state.append([{ key: 'a', value: '1' }])
  await state.append([{ key: 'a', value: null }])
  state.compact()
  state.compact()
  expect(await state.records()).toEqual([])
  expect(await cluster.partition('state', 0).offsets()).toMatchObject({ end: 2 })
  expect(await cluster.topic('state').records()).toEqual([])
})
