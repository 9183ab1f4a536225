import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { schemaRegistry } from 'memkafka/msw'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { expect, test } from 'vitest'

const REGISTRY = 'http://registry.test'

/** What a service does without a client library: it registers its schema, and writes the id of it before each value. */
async function schemaId(subject: string, schema: object): Promise<number> {
  const response = await fetch(`${REGISTRY}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  })
  const { id, message } = (await response.json()) as { id: number; message: string }
  if (!response.ok) throw new Error(message)
  return id
}

const order = (...more: object[]): object => ({
  type: 'record',
  name: 'Order',
  fields: [{ name: 'id', type: 'string' }, ...more],
})

test('schemas are in the cluster, beside the records that they are for', async () => {
  await using cluster = await KafkaCluster.start()
  const server = setupServer(...schemaRegistry(cluster, { url: REGISTRY }))
  server.listen({ onUnhandledFrame: 'error' })
  try {
    const id = await schemaId('orders-value', order())
    const value = Buffer.concat([Buffer.from([0, 0, 0, 0, id]), Buffer.from('\u0002a')])

    // Kafka's clients go their own way, over TCP.
    const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic: 'orders', messages: [{ value }] })
    await producer.disconnect()

    const [schema] = await cluster
      .topic('_schemas')
      .records<{ keytype: string }, { id: number }>({ key: 'json', value: 'json' })
    const [record] = await cluster.topic('orders').records({ value: 'bytes' })
    expect(schema).toMatchObject({ key: { keytype: 'SCHEMA', subject: 'orders-value' }, value: { id } })
    expect(record?.value?.readInt32BE(1)).toBe(id)
  } finally {
    server.close()
  }
})

test('a schema that would break consumers is refused, as the real registry does', async () => {
  await using cluster = await KafkaCluster.start()
  const server = setupServer(...schemaRegistry(cluster, { url: REGISTRY, compatibility: 'BACKWARD' }))
  server.listen({ onUnhandledFrame: 'error' })
  try {
    await schemaId('orders-value', order())
    await expect(schemaId('orders-value', order({ name: 'total', type: 'int' }))).rejects.toThrow(
      'has no default value',
    )
    expect(await schemaId('orders-value', order({ name: 'total', type: 'int', default: 0 }))).toBe(2)

    // Failures are msw's own: a handler before the registry's.
    server.use(
      http.post(`${REGISTRY}/subjects/*`, () => new HttpResponse('{"error_code":50003}', { status: 503 }), {
        once: true,
      }),
    )
    await expect(schemaId('orders-value', order())).rejects.toThrow()
    expect(await schemaId('orders-value', order())).toBe(1)
  } finally {
    server.close()
  }
})
