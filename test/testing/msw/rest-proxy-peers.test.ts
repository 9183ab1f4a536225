import { expect, test, vi } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'

vi.mock('avsc', () => {
  throw new Error("Cannot find package 'avsc'")
})

test('without its library a schema is refused, and the error says what to install', async () => {
  const { setupServer } = await import('msw/node')
  const { restProxy, schemaRegistry } = await import('../../../src/testing/msw/index.ts')
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const registry = schemaRegistry(cluster, { url: 'http://registry.test' })
  const server = setupServer(...restProxy(cluster, { url: 'http://rest.test', schemaRegistry: registry }))
  server.listen({ onUnhandledFrame: 'error' })
  try {
    const response = await fetch('http://rest.test/topics/orders', {
      method: 'POST',
      headers: { 'Content-Type': 'application/vnd.kafka.avro.v2+json' },
      body: JSON.stringify({ value_schema: '"int"', records: [{ value: 1 }] }),
    })
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({
      error_code: 50001,
      message: expect.stringContaining('npm install --save-dev avsc'),
    })
  } finally {
    server.close()
  }
})
