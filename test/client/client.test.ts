import { describe, expect, test } from 'vitest'
import { ErrUnsupportedVersion, newClient, newConfig, OffsetNewest, OffsetOldest } from '../../src/client/index.ts'
import { KafkaCluster } from '../../src/index.ts'
import { CreatePartitions, Fetch, Produce } from '../../src/testing/index.ts'

describe('a client', () => {
  test('learns the brokers, topics, partitions and leaders of the cluster', async () => {
    await using cluster = await KafkaCluster.start({
      brokers: 3,
      topics: { orders: { partitions: 3, replicationFactor: 3 } },
    })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    expect(client.brokers.map(({ id, addr }) => ({ id, addr }))).toEqual(
      cluster.brokers.map(({ nodeId: id, bootstrapServer: addr }) => ({ id, addr })),
    )
    expect(await client.topics()).toEqual(['orders'])
    expect(await client.partitions('orders')).toEqual([0, 1, 2])
    const { leader, epoch } = await client.leaderAndEpoch('orders', 1)
    expect(leader.id).toBe(cluster.partition('orders', 1).leader)
    expect(epoch).toBe(0)
    expect(await client.replicas('orders', 0)).toHaveLength(3)
  })

  test('does the same over TCP', async () => {
    await using cluster = await KafkaCluster.start({ topics: { orders: { partitions: 2 } } })
    await using client = await newClient(cluster.bootstrapServers)
    expect(await client.partitions('orders')).toEqual([0, 1])
    expect(await client.getOffset('orders', 0, OffsetNewest)).toBe(0)
    expect(await client.getOffset('orders', 0, OffsetOldest)).toBe(0)
    expect((await client.coordinator('group')).id).toBe(1)
  })

  test.each(['0.10.0.1', '0.11.0.2', '1.0.0', '2.1.0', '2.8.1', '3.9.0'])(
    'keeps to the versions of %s',
    async (version) => {
      await using cluster = await KafkaCluster.start({
        topics: { orders: { partitions: 2 } },
        version: version.startsWith('0.10') ? '0.10.0' : version,
      })
      await using client = await newClient(cluster.bootstrapServers, { ...cluster.clientConfig(), version })
      expect(await client.partitions('orders')).toEqual([0, 1])
      expect(await client.getOffset('orders', 1, OffsetNewest)).toBe(0)
      expect((await client.coordinator('group')).id).toBe(1)
    },
  )

  test('asks for nothing that is newer than the release that its config names', async () => {
    await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
    await using client = await newClient(
      cluster.bootstrapServers,
      newConfig(cluster.clientConfig(), { version: '0.10.1.0' }),
    )
    const leader = await client.leader('orders', 0)
    await expect(leader.send(CreatePartitions, {})).rejects.toThrow('CreatePartitions is newer than the release')
    await expect(client.transactionCoordinator('tx')).rejects.toThrow(ErrUnsupportedVersion)
    expect(await leader.versionOf(Fetch)).toBe(3)
  })

  test('asks a broker for nothing that it does not have', async () => {
    await using cluster = await KafkaCluster.start({ topics: { orders: {} }, version: '0.10.0' })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const leader = await client.leader('orders', 0)
    await expect(leader.send(CreatePartitions, {})).rejects.toThrow('the broker does not have CreatePartitions')
    await expect(client.transactionCoordinator('tx')).rejects.toThrow('no transactions before Kafka 0.11')
  })

  test('does not send a broker of 4.x what it shows and refuses', async () => {
    await using cluster = await KafkaCluster.start({ topics: { orders: {} }, version: '4.1' })
    await using client = await newClient(
      cluster.bootstrapServers,
      newConfig(cluster.clientConfig(), { version: '0.10.2.0' }),
    )
    await expect(client.leastLoadedBroker().versionOf(Produce)).rejects.toThrow('Produce in the versions 3 to 13')
  })
})
