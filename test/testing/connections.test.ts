import { Consumer, stringDeserializers } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { newClient, newConfig } from '../../src/client/index.ts'
import { KafkaCluster } from '../../src/index.ts'
import { interceptKafka } from '../../src/testing/index.ts'

/** The remote ends of all connections that a cluster has had. */
function remotesOf(cluster: KafkaCluster): Set<string> {
  const remotes = new Set<string>()
  cluster.events.on('connection:open', ({ remote }) => remotes.add(remote))
  return remotes
}

// What docs/testing.md says of how each client reaches a cluster without a port.
describe('without a port a cluster is reached', () => {
  test('by kafkajs with its socketFactory', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 3 })
    const remotes = remotesOf(cluster)
    const { bootstrapServers: brokers, socketFactory } = cluster
    const admin = new Kafka({ brokers, socketFactory, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    expect((await admin.describeCluster()).brokers.length).toBe(3)
    await admin.disconnect()
    expect([...remotes]).toEqual(['in-memory client'])
  })

  test('by kafkajs and @platformatic/kafka with interception, at addresses of their own', async () => {
    await using cluster = await KafkaCluster.start()
    const remotes = remotesOf(cluster)
    await using _ = await interceptKafka(cluster, { 'kafka.internal:9092': 1 })
    const admin = new Kafka({ brokers: ['kafka.internal:9092'], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    await admin.disconnect()
    const consumer = new Consumer({
      clientId: 'c',
      groupId: 'g',
      bootstrapBrokers: ['kafka.internal:9092'],
      deserializers: stringDeserializers,
    })
    await consumer.metadata({ topics: [] })
    await consumer.close()
    expect([...remotes]).toEqual(['in-memory client'])
  })

  test('by the client of memkafka with what the cluster gives to its config', async () => {
    await using cluster = await KafkaCluster.start()
    const remotes = remotesOf(cluster)
    const client = await newClient(cluster.bootstrapServers, newConfig({}, cluster.clientConfig()))
    await client.close()
    expect([...remotes]).toEqual(['in-memory client'])
  })

  test('by whatever takes a stream, at `connect`', async () => {
    await using cluster = await KafkaCluster.start()
    const stream = cluster.connect(1)
    expect(stream.writable).toBe(true)
    expect(cluster.network.connections.map(({ remote }) => remote)).toEqual(['in-memory client'])
    stream.destroy()
  })
})
