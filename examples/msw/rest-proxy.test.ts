import { KafkaCluster } from 'memkafka'
import { restProxy, schemaRegistry } from 'memkafka/msw'
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

test('with a registry the REST Proxy writes Avro', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const registry = schemaRegistry(cluster, { url: 'http://registry.test' })
  const server = setupServer(...registry, ...restProxy(cluster, { url: 'http://rest.test', schemaRegistry: registry }))
  server.listen({ onUnhandledFrame: 'error' })
  try {
    const value = { type: 'AVRO', schema: '["null", "string"]', data: { string: 'a' } }
    const response = await fetch(`http://rest.test/v3/clusters/${cluster.clusterId}/topics/orders/records`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ value }),
    })
    expect(await response.json()).toMatchObject({
      error_code: 200,
      offset: 0,
      value: { type: 'AVRO', subject: 'orders-value', schema_id: 1, schema_version: 1 },
    })
    // A zero, the schema's id, the branch of the union, and the text after its length.
    const [record] = await cluster.topic('orders').records({ value: 'bytes' })
    expect([...(record?.value ?? [])]).toEqual([0, 0, 0, 0, 1, 2, 2, 97])
  } finally {
    server.close()
  }
})
