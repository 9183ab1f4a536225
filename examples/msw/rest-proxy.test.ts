import { KafkaCluster } from 'memkafka'
import { restProxy } from 'memkafka/msw'
import { setupServer } from 'msw/node'
import { expect, test } from 'vitest'

test('what is posted to the REST Proxy is in the cluster', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const server = setupServer(...restProxy(cluster, { url: 'http://rest.test' }))
  server.listen({ onUnhandledFrame: 'error' })
  try {
    const response = await fetch('http://rest.test/topics/orders', {
      method: 'POST',
      headers: { 'Content-Type': 'application/vnd.kafka.json.v2+json' },
      body: JSON.stringify({ records: [{ key: 'a', value: { total: 3 } }] }),
    })
    expect(await response.json()).toMatchObject({ offsets: [{ partition: 0, offset: 0 }] })
    const [order] = await cluster.topic('orders').records<string, { total: number }>({ key: 'json', value: 'json' })
    expect(order).toMatchObject({ key: 'a', value: { total: 3 } })
  } finally {
    server.close()
  }
})
