import { describe, expect, onTestFinished, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../../src/index.ts'
import { CreateTopics, DeleteTopics } from '../../../../src/testing/index.ts'
import { WireClient } from '../../../wire-client.ts'

const SOON = { timeout: 1 }

async function start(options: ClusterOptions = {}) {
  const cluster = await KafkaCluster.start({
    brokers: 3,
    topics: { orders: { replicationFactor: 3 } },
    // Nothing is to be late on a busy machine; what comes in vain says how long it waits.
    waitTimeout: 20_000,
    ...options,
  })
  onTestFinished(() => cluster.stop())
  const partition = cluster.partition('orders', 0)
  const leader = cluster.broker(partition.leader)
  const others = cluster.brokers.filter(({ nodeId }) => nodeId !== leader.nodeId)
  const orders = cluster.topic('orders')
  const values = async () => (await orders.records()).map(({ value }) => value)
  return { cluster, orders, partition, leader, others, values }
}

/** Has a topic be deleted. */
async function remove(cluster: KafkaCluster, topic: string): Promise<void> {
  await new WireClient(cluster.connect()).send(DeleteTopics, 1, { topicNames: [topic], timeoutMs: 1000 })
}

/** A cluster in which what the leader gets goes nowhere. */
async function startAlone() {
  const started = await start()
  const { cluster, orders, leader, others } = started
  await orders.append({ value: 'kept' })
  for (const other of others) cluster.network.link(leader, other).set({ drop: 1 })
  return started
}

describe('what is appended while the leader ends', () => {
  test('is refused as a producer would be, where no in-sync replica has it, whatever stands in its place', async () => {
    const { orders, leader, values } = await startAlone()
    const appending = expect(orders.append({ value: 'lost' })).rejects.toMatchObject({
      error: 'NOT_LEADER_OR_FOLLOWER',
      message: expect.stringMatching(
        /^append: what was appended to orders-0 is lost: broker \d leads it now, and never/,
      ),
    })
    await leader.kill()
    await orders.append({ value: 'in its place' })
    await appending
    expect(await values()).toEqual(['kept', 'in its place'])
  })

  test('is there where the next leader has it', async () => {
    const { cluster, orders, leader, others, values } = await start()
    const [next, last] = others
    if (next === undefined || last === undefined) return expect.unreachable()
    cluster.network.link(leader, last).set({ drop: 1 })
    const appending = orders.append({ value: 'kept' })
    await leader.kill()
    cluster.partition('orders', 0).elect(next)
    expect(await appending).toMatchObject([{ offset: 0 }])
    expect(await values()).toEqual(['kept'])
  })

  test('is waited for where the same broker comes back with it', async () => {
    const { cluster, orders, partition, leader, others, values } = await startAlone()
    for (const other of others) await other.kill()
    const appending = orders.append({ value: 'kept, too' }, { acks: 1 })
    await leader.kill()
    await leader.start()
    cluster.network.heal()
    await appending
    expect(partition.leader).toBe(leader.nodeId)
    expect(await values()).toEqual(['kept', 'kept, too'])
  })

  test('is refused where the topic is deleted', async () => {
    const { cluster, orders } = await startAlone()
    const appending = expect(orders.append({ value: 'lost' })).rejects.toMatchObject({
      error: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    await remove(cluster, 'orders')
    await appending
  })
})

describe('a group that reads from a partition which has lost its leader', () => {
  test('is as far behind as it was, and has not caught up', async () => {
    const { cluster, orders, partition } = await start({ brokers: 2, topics: { orders: { partitions: 2 } } })
    const group = cluster.group('billing')
    await orders.append([{ value: 'a' }, { value: 'b' }])
    await group.setOffset('orders', 0, 0)
    await group.setOffset('orders', 1, 1)
    const led = cluster.partition('orders', group.coordinator === partition.leader ? 1 : 0)
    await group.setOffset('orders', led.index, 0)
    await group.setOffset('orders', 1 - led.index, 1)
    const leader = cluster.broker(led.leader)
    await leader.kill()
    expect(led.leader).toBeUndefined()
    expect(await group.lag()).toBe(1)
    await expect(group.waitUntilCaughtUp(SOON)).rejects.toThrow(`orders-${led.index}: 0 of 1, 1 behind`)
    await leader.start()
    await group.setOffset('orders', led.index, 1)
    await group.waitUntilCaughtUp()
  })

  test('has not caught up either where the new leader does not know yet what consumers have seen (KIP-207)', async () => {
    const { cluster, orders, partition, leader, others } = await start({ clock: 'virtual' })
    const group = cluster.group('billing')
    await group.setOffset('orders', 0, 0)
    await orders.append([{ value: 'a' }, { value: 'b' }])
    const [next, last] = others
    if (next === undefined || last === undefined) return expect.unreachable()
    cluster.network.link(next, last).set({ drop: 1 })
    await leader.kill()
    expect(partition.highWatermark).toBeLessThan(2)
    expect(await group.lag()).toBe(2)
    await expect(group.waitUntilCaughtUp(SOON)).rejects.toThrow('orders-0: 0 of 2, 2 behind')
  })
})

describe('a wait for records', () => {
  test('asks once of each record, though leaders move', async () => {
    const { orders, partition, others } = await start()
    await orders.append([{ value: 'a' }, { value: 'b' }])
    const asked: (string | null)[] = []
    const waiting = orders.waitFor(({ value }) => {
      asked.push(value)
      return value === 'd'
    })
    for (const [i, other] of others.entries()) {
      partition.elect(other)
      await orders.append({ value: i === 0 ? 'c' : 'd' })
    }
    await waiting
    expect(asked).toEqual(['a', 'b', 'c', 'd'])
  })

  test('forgets the records of a topic that was deleted, and finds those of the next of its name', async () => {
    const { cluster, orders } = await start()
    await orders.append([{ value: 'old' }, { value: 'older' }])
    const waiting = orders.waitFor(3)
    await remove(cluster, 'orders')
    const topics = [{ name: 'orders', numPartitions: 1, replicationFactor: 3 }]
    await new WireClient(cluster.connect()).send(CreateTopics, 2, { topics, timeoutMs: 1000 })
    await orders.append([{ value: 'a' }, { value: 'b' }])
    await orders.append([{ value: 'c' }])
    expect((await waiting).map(({ value }) => value)).toEqual(['a', 'b', 'c'])
  })

  test('goes on while nobody leads, and says so where nobody ever does', async () => {
    const { cluster, orders } = await start()
    await orders.append({ value: 'a' })
    const waiting = orders.waitFor(2)
    for (const broker of cluster.brokers) await broker.kill()
    await expect(orders.waitFor(2, SOON)).rejects.toThrow('orders-0 has no leader: none of its replicas')
    for (const broker of cluster.brokers) await broker.start()
    await orders.append({ value: 'b' })
    expect(await waiting).toHaveLength(2)
  })
})
