import { describe, expect, test } from 'vitest'
import {
  type ClusterConsumer,
  ConsumerModePartitions,
  newClusterConfig,
  newClusterConsumer,
} from '../../../src/client/cluster/index.ts'
import { OffsetOldest } from '../../../src/client/config/options.ts'
import type { ConsumerMessage } from '../../../src/client/consumer/consumer-message.ts'
import { type TestCluster, testCluster } from '../harness.ts'

function configOf(cluster: TestCluster) {
  const config = newClusterConfig(cluster.config)
  config.consumer.offsets.initial = OffsetOldest
  config.consumer.return.errors = true
  config.group.heartbeat.interval = 200
  return config
}

async function read(consumer: ClusterConsumer, count: number): Promise<ConsumerMessage[]> {
  const messages: ConsumerMessage[] = []
  for await (const message of consumer.messages) {
    if (messages.push(message) === count) break
  }
  return messages
}

const textsOf = (messages: readonly ConsumerMessage[]): string[] => messages.map(({ value }) => String(value)).sort()

describe("sarama-cluster's consumer", () => {
  test('goes on after what the one before it has marked', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders', { partitions: 2 })
    const group = cluster.unique('billing')
    await cluster.produce(topic, 0, ['a', 'b'])
    await cluster.produce(topic, 1, ['c'])

    const first = await newClusterConsumer(cluster.addrs, group, [topic], configOf(cluster))
    const messages = await read(first, 3)
    expect(textsOf(messages)).toEqual(['a', 'b', 'c'])
    for (const message of messages) first.markOffset(message, 'read')
    await first.commitOffsets()
    await first.close()

    await cluster.produce(topic, 0, ['d'])
    await using second = await newClusterConsumer(cluster.addrs, group, [topic], configOf(cluster))
    const [next] = await read(second, 1)
    expect(String(next?.value)).toBe('d')
  })

  test('shares its partitions with the next member, and has them back when that one is closed', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders', { partitions: 4 })
    const group = cluster.unique('billing')
    const config = configOf(cluster)
    config.group.return.notifications = true
    await using first = await newClusterConsumer(cluster.addrs, group, [topic], config)
    const current = async (): Promise<number[] | undefined> => {
      for await (const { type, current } of first.notifications) if (type === 'rebalance OK') return current[topic]
      return undefined
    }
    expect(await current()).toEqual([0, 1, 2, 3])
    const second = await newClusterConsumer(cluster.addrs, group, [topic], configOf(cluster))
    expect(await current()).toHaveLength(2)
    await second.close()
    expect(await current()).toEqual([0, 1, 2, 3])
  })

  test('hands out partitions that are read one by one', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders', { partitions: 2 })
    await cluster.produce(topic, 1, ['a', 'b'])
    const config = configOf(cluster)
    config.group.mode = ConsumerModePartitions
    await using consumer = await newClusterConsumer(cluster.addrs, cluster.unique('billing'), [topic], config)
    for await (const partition of consumer.partitions) {
      if (partition.partition !== 1) continue
      const texts: string[] = []
      for await (const { value, offset } of partition.messages) {
        texts.push(String(value))
        partition.markOffset(offset, '')
        if (texts.length === 2) break
      }
      expect(texts).toEqual(['a', 'b'])
      expect(partition.highWaterMarkOffset()).toBe(2)
      break
    }
  })
})
