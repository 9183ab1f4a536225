import { describe, expect, onTestFinished, test } from 'vitest'
import { type ConsumerGroupHandler, newClusterAdmin, newConsumerGroup } from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { type ConnectOptions, connectCluster, type RealCluster } from '../../../src/testing/real/real-cluster.ts'
import { bootstrap, isRealKafka } from './clusters.ts'

describe('a cluster that is not ours alone', () => {
  test('is written to only where that was allowed, and read by everybody', async () => {
    const at = await bootstrap()
    const cluster = await connected(at)
    const topic = cluster.topic(cluster.name('orders'))
    expect(await topic.records()).toEqual([])
    expect((await cluster.group(cluster.name('billing')).describe()).state).toBe('Dead')
    const refused = `nothing is written to the cluster at ${at} unless it is allowed`
    await expect(topic.append({ value: 'a' })).rejects.toThrow(refused)
    await expect(topic.clear()).rejects.toThrow(refused)
    await expect(cluster.group(cluster.name('billing')).rebalance()).rejects.toThrow(refused)
    await expect(cluster.group(cluster.name('billing')).setOffset(topic.name, 0, 0)).rejects.toThrow(refused)
    await expect(connectCluster(at, { topics: { orders: {} } })).rejects.toThrow(refused)
  })

  test('keeps what this run has not made', async () => {
    const at = await bootstrap()
    const [other, cluster] = await Promise.all([connected(at, true), connected(at, true)])
    const theirs = other.topic(other.name('orders'))
    await theirs.append({ value: 'precious' })
    await expect(cluster.topic(theirs.name).clear()).rejects.toThrow(`${theirs.name} is not this run's own`)
    await expect(cluster.group('billing').evict('worker')).rejects.toThrow("Take the name from cluster.name('billing')")
    await expect(cluster.group('billing').rebalance()).rejects.toThrow("billing is not this run's own")
    await expect(cluster.group('billing').setOffset(theirs.name, 0, 0)).rejects.toThrow("is not this run's own")
    await cluster.topic(theirs.name).append({ value: 'added' })
    await cluster.stop()
    expect((await theirs.records()).map(({ value }) => value)).toEqual(['precious', 'added'])
  })

  test('is left as it was found, but for the clients that nobody closed, who are named', async () => {
    const at = await bootstrap()
    const cluster = await connected(at, true, { topics: { orders: { partitions: 2 } } })
    const [orders, billing] = [cluster.name('orders'), cluster.name('billing')]
    const consumer = await newConsumerGroup([...cluster.bootstrapServers], billing, { clientID: 'worker-1' })
    const over = new AbortController()
    const handler: ConsumerGroupHandler = {
      consumeClaim: async (session, { messages }) => {
        for await (const message of messages) session.markMessage(message)
      },
    }
    const running = consumer.consume([orders], handler, { signal: over.signal }).catch(() => {})
    await cluster.group(billing).waitUntilStable()
    const said: Error = await cluster.stop().then(
      () => expect.unreachable(),
      (error) => error,
    )
    expect(said.message).toContain(`client worker-1 at /127.0.0.1 was not closed: it was still in the group ${billing}`)
    over.abort()
    await consumer.close()
    await running
    await using admin = await newClusterAdmin(at.split(','))
    // Brokers hear of it a little after it is deleted.
    await expect.poll(async () => (await admin.describeTopics([])).map(({ name }) => name)).not.toContain(orders)
  })

  test('gives each connection names that no other has', async () => {
    const at = await bootstrap()
    const [one, other] = await Promise.all([connected(at), connected(at, false, { prefix: 'ci' })])
    expect(one.name('orders')).toMatch(/^memkafka-[0-9a-f]{10}-orders$/)
    expect(other.name('orders')).toMatch(/^ci-[0-9a-f]{10}-orders$/)
    expect(String(one.prefix)).not.toBe((await connected(at)).prefix)
  })

  test('ends the waits of a test when it is let go of', async () => {
    const cluster = await connected(await bootstrap())
    const waiting = cluster.topic(cluster.name('orders')).waitFor(1)
    const ended = expect(waiting).rejects.toThrow('the cluster was stopped while a test waited for 1 record')
    await cluster.stop()
    await ended
  })

  test('is not connected to by wrong words', async () => {
    await expect(connectCluster('somewhere')).rejects.toThrow(
      "connectCluster: the address of a broker is wanted, as 127.0.0.1:9092, not 'somewhere'",
    )
    await expect(connectCluster([])).rejects.toThrow('the address of a broker is wanted')
    await expect(connectCluster(7 as never)).rejects.toThrow('the address of a broker is wanted')
    await expect(connectCluster('127.0.0.1:1')).rejects.toThrow('no Kafka answers at 127.0.0.1:1: ')
    await expect(connectCluster('127.0.0.1:1', { allowWrite: true } as never)).rejects.toThrow('allowWrites is meant?')
    await expect(connectCluster('127.0.0.1:1', { allowWrites: 1 } as never)).rejects.toThrow('true or false, not 1')
    await expect(connectCluster('127.0.0.1:1', { prefix: 'a b' })).rejects.toThrow('prefix is up to 100 letters')
    await expect(connectCluster('127.0.0.1:1', { waitTimeout: -1 })).rejects.toThrow('waitTimeout is a number of ms')
    const topics = { orders: { partition: 2 } } as never
    await expect(connectCluster('127.0.0.1:1', { topics })).rejects.toThrow('partitions is meant?')
  })

  test('says so where it is too old', async ({ skip }) => {
    skip(isRealKafka, 'an older release is emulated')
    const old = await KafkaCluster.start({ version: '2.8' })
    onTestFinished(() => old.stop())
    const cluster = await connected(old.bootstrapServers.join(','), true)
    const transaction = cluster.transaction(cluster.name('payments'))
    await expect(transaction.describe()).rejects.toThrow('transaction.describe takes Kafka 3.0 or later')
  })
})

async function connected(at: string, allowWrites = false, options: ConnectOptions = {}): Promise<RealCluster> {
  const cluster = await connectCluster(at, { ...options, allowWrites })
  onTestFinished(() => cluster.stop().catch(() => {}))
  return cluster
}
