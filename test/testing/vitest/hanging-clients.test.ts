import { Producer } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'
import type { KafkaCluster } from 'memkafka'
import { newConfig, newSyncProducer } from 'memkafka/client'
import { KafkaResponse, kafka } from 'memkafka/testing'
import { describe, expect, test } from 'vitest'
import { Clusters } from '../../../src/testing/vitest/clusters.ts'
import { librdkafka } from '../../clients/librdkafka.ts'

/** Each produces a record that is never acknowledged, and would wait for long. What is returned ends it. */
const clients: Record<string, (cluster: KafkaCluster) => Promise<() => unknown>> = {
  async kafkajs({ bootstrapServers }) {
    const client = new Kafka({ brokers: bootstrapServers, logLevel: logLevel.NOTHING, retry: { retries: 50 } })
    const producer = client.producer()
    await producer.connect()
    producer.send({ topic: 'orders', messages: [{ value: 'v' }] }).catch(() => {})
    return () => producer.disconnect()
  },
  async '@platformatic/kafka'({ bootstrapServers }) {
    const producer = new Producer({ clientId: 'hanging', bootstrapBrokers: bootstrapServers, retries: 50 })
    producer.send({ messages: [{ topic: 'orders', value: Buffer.from('v') }] }).catch(() => {})
    return () => producer.close(true).catch(() => {})
  },
  async 'memkafka/client over TCP'({ bootstrapServers }) {
    const producer = await newSyncProducer(bootstrapServers, newConfig({ producer: { return: { successes: true } } }))
    producer.sendMessage({ topic: 'orders', value: 'v' }).catch(() => {})
    return () => producer.close()
  },
  async 'memkafka/client in memory'(cluster) {
    const config = newConfig(cluster.clientConfig(), { producer: { return: { successes: true } } })
    const producer = await newSyncProducer(cluster.bootstrapServers, config)
    producer.sendMessage({ topic: 'orders', value: 'v' }).catch(() => {})
    return () => producer.close()
  },
  async [librdkafka.name]({ bootstrapServers }) {
    const session = await librdkafka.start(bootstrapServers)
    session.produce('orders', 'none', [{ key: 'k', value: Buffer.from('v'), headers: {} }]).catch(() => {})
    return () => session.close()
  },
}

describe('a cluster that the fixture ends', () => {
  const choices = { per: 'test', leaks: 'warn', unfired: 'off' } as const

  test.for(Object.entries(clients))('stops while %s waits for an answer', async ([name, begin], { skip }) => {
    const missing = name === librdkafka.name ? await librdkafka.unavailable?.([]) : undefined
    if (missing !== undefined) skip(missing)
    const clusters = new Clusters()
    const hosted = await clusters.start({ topics: { orders: { partitions: 1 } } }, choices)
    const { cluster } = hosted
    const dropped = new Promise((resolve) => cluster.events.on('response:mocked', resolve, { once: true }))
    cluster.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.drop()))
    const end = await begin(cluster)
    await dropped
    hosted.release()
    expect(await hosted.leaked()).toMatch(/these clients were not closed/)
    await clusters.end(hosted)
    expect(cluster.network.connections).toEqual([])
    await end()
  })

  test('stops, be a request held at a gate, a broker paused and the network split', async () => {
    const clusters = new Clusters()
    const hosted = await clusters.start({ brokers: 3, topics: { orders: { replicationFactor: 3 } } }, choices)
    const { cluster } = hosted
    const end = await clients.kafkajs?.(cluster)
    const gate = cluster.gate(kafka.produce())
    await gate.reached
    cluster.broker(2).pause()
    cluster.network.split([cluster.broker(1)], [cluster.broker(2)])
    await clusters.stop()
    expect(cluster.brokers.some(({ isRunning }) => isRunning)).toBe(false)
    await end?.()
  })
})
