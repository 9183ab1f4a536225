import { expect, test } from 'vitest'
import { newConfig, newConsumer, newSyncProducer, OffsetOldest } from '../../src/client/index.ts'
import { KafkaCluster } from '../../src/index.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { KafkaResponse, kafka } from '../../src/testing/index.ts'

test('memkafka/client produces and consumes behind a proxy, and gets over what its handlers say', async () => {
  await using cluster = await KafkaCluster.start({ brokers: 3, topics: { orders: { partitions: 3 } } })
  await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
  const config = newConfig()
  config.producer.retry.backoff = 1
  config.consumer.retry.backoff = 1
  config.producer.return.successes = true
  const moved = kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { once: true })
  const cut = kafka.fetch({ topic: 'orders', partition: 1 }, () => KafkaResponse.disconnect(), { once: true })
  proxy.use(moved, cut)
  await using producer = await newSyncProducer(proxy.bootstrapServers, config)
  const { partition } = await producer.sendMessage({ topic: 'orders', value: 'created' })
  expect(cluster.partition('orders', partition).logEndOffset).toBe(1)
  for (let index = 0; index < 3; index++) await cluster.partition('orders', index).append({ value: `${index}` })

  await using consumer = await newConsumer(proxy.bootstrapServers, config)
  const own = await consumer.consumePartition('orders', 1, OffsetOldest)
  const values: string[] = []
  for await (const { value } of own.messages) {
    values.push(String(value))
    if (values.at(-1) === '1') break
  }
  await own.close()
  expect(values.at(-1)).toBe('1')
  expect(proxy.neverFired()).toEqual([])
})
