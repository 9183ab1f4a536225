import { describe, expect, test } from 'vitest'
import { type Client, newClient } from '../../../src/client/client.ts'
import { type ConfigOptions, newConfig } from '../../../src/client/config/config.ts'
import { OffsetOldest } from '../../../src/client/config/options.ts'
import type { ConsumerError } from '../../../src/client/errors/client-errors.ts'
import { ErrOffsetMetadataTooLarge, ErrUnknownTopicOrPartition } from '../../../src/client/errors/kafka-errors.ts'
import { newOffsetManagerFromClient } from '../../../src/client/offsets/offset-manager.ts'
import { type TestCluster, testCluster } from '../harness.ts'

function clientOf(cluster: TestCluster, options: ConfigOptions = {}): Promise<Client> {
  const { consumer, ...rest } = options
  const merged = { consumer: { return: { errors: true }, ...consumer }, ...rest }
  return newClient(cluster.addrs, newConfig({ ...cluster.config, ...merged }))
}

describe('an offset manager', () => {
  test.each(['2.1', '2.5', '3.0', '3.9', '4.4'])('of a client of %s finds what it has committed', async (version) => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic(`orders-${version}`, { partitions: 2 })
    const group = cluster.unique(`billing-${version}`)
    await using client = await clientOf(cluster, { version })
    const manager = newOffsetManagerFromClient(group, client)
    const first = await manager.managePartition(topic, 0)
    const second = await manager.managePartition(topic, 1)
    expect(first.nextOffset()).toEqual({ offset: -1, metadata: '' })
    first.markOffset(3, 'three')
    second.markOffset(4)
    await first.close()
    await manager.close()

    await using again = newOffsetManagerFromClient(group, client)
    expect((await again.managePartition(topic, 0)).nextOffset()).toEqual({ offset: 3, metadata: 'three' })
    expect((await again.managePartition(topic, 1)).nextOffset()).toEqual({ offset: 4, metadata: '' })
  })

  test('goes back by resetOffset alone, and commits that', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders')
    const group = cluster.unique('billing')
    await using client = await clientOf(cluster, { consumer: { offsets: { initial: OffsetOldest } } })
    await using manager = newOffsetManagerFromClient(group, client)
    const partition = await manager.managePartition(topic, 0)
    expect(partition.nextOffset().offset).toBe(OffsetOldest)
    partition.markOffset(9)
    await manager.commit()
    partition.markOffset(2)
    partition.resetOffset(5, 'again')
    await manager.commit()
    await using other = newOffsetManagerFromClient(group, client)
    expect((await other.managePartition(topic, 0)).nextOffset()).toEqual({ offset: 5, metadata: 'again' })
  })

  test('tells the partition that could not be committed why, and commits the others', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders', { partitions: 2 })
    const group = cluster.unique('billing')
    await using client = await clientOf(cluster, { consumer: { offsets: { autoCommit: { enable: false } } } })
    await using manager = newOffsetManagerFromClient(group, client)
    const good = await manager.managePartition(topic, 0)
    const bad = await manager.managePartition(topic, 1)
    const absent = await manager.managePartition(topic, 7)
    good.markOffset(1)
    bad.markOffset(2, 'x'.repeat(5_000))
    absent.markOffset(3)
    await manager.commit()
    expect(((await bad.errors.receive()) as ConsumerError).err).toBeInstanceOf(ErrOffsetMetadataTooLarge)
    expect(((await absent.errors.receive()) as ConsumerError).err).toBeInstanceOf(ErrUnknownTopicOrPartition)
    expect(good.errors.length).toBe(0)
    await using other = newOffsetManagerFromClient(group, client)
    expect((await other.managePartition(topic, 0)).nextOffset().offset).toBe(1)
    expect((await other.managePartition(topic, 1)).nextOffset().offset).toBe(-1)
  })

  test('commits by itself, over TCP too', async () => {
    await using cluster = await testCluster({ tcp: true })
    const topic = await cluster.createTopic('orders')
    const group = cluster.unique('billing')
    await using client = await clientOf(cluster, { consumer: { offsets: { commitInterval: 20 } } })
    await using manager = newOffsetManagerFromClient(group, client)
    const partition = await manager.managePartition(topic, 0)
    partition.markOffset(6)
    for (;;) {
      await using other = newOffsetManagerFromClient(group, client)
      if ((await other.managePartition(topic, 0)).nextOffset().offset === 6) break
    }
  })
})
