import { KafkaCluster } from 'memkafka'
import { connectCluster, type TestCluster } from 'memkafka/testing'
import { expect, test } from 'vitest'

/** Works on memkafka and on Kafka. */
async function announce(cluster: TestCluster, id: string): Promise<void> {
  await cluster.topic(cluster.name('orders')).append({ key: id, value: { id } })
}

test('an order is announced, wherever the cluster is', async () => {
  // In its place: the address of a Kafka that runs already.
  await using memkafka = await KafkaCluster.start()
  const [address] = memkafka.bootstrapServers

  await using cluster = await connectCluster(address as string, { allowWrites: true, topics: { orders: {} } })
  const coming = cluster.topic(cluster.name('orders')).waitFor<string, { id: string }>(1, { value: 'json' })
  await announce(cluster, 'order-1')
  expect((await coming)[0]?.value).toEqual({ id: 'order-1' })
})
