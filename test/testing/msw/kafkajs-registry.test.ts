import { createRequire } from 'node:module'
import type * as Registry from '@kafkajs/confluent-schema-registry'
import { Kafka, logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { RegistryUnderTest } from './registry.ts'

// Its declarations are those of CommonJS.
const { SchemaRegistry, SchemaType } = createRequire(import.meta.url)(
  '@kafkajs/confluent-schema-registry',
) as typeof Registry

/** Produces a value over TCP, as kafkajs does it, and consumes it. */
async function roundTrip(brokers: readonly string[], value: Buffer): Promise<Buffer> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  await consumer.run({ eachMessage: async ({ message }) => resolve(message.value ?? Buffer.of()) })
  const consumed = await promise
  await consumer.disconnect()
  return consumed
}

const schemas = {
  Avro: {
    type: SchemaType.AVRO,
    schema: JSON.stringify({
      type: 'record',
      name: 'Order',
      namespace: 'shop',
      fields: [
        { name: 'id', type: 'string' },
        { name: 'amount', type: 'int' },
      ],
    }),
  },
  'JSON Schema': {
    type: SchemaType.JSON,
    schema: JSON.stringify({
      type: 'object',
      properties: { id: { type: 'string' }, amount: { type: 'integer' } },
      required: ['id'],
    }),
  },
  Protobuf: {
    type: SchemaType.PROTOBUF,
    schema: 'syntax = "proto3";\npackage shop;\nmessage Order { string id = 1; int32 amount = 2; }',
  },
}

test.each(Object.entries(schemas))(
  '@kafkajs/confluent-schema-registry: %s, serialised, produced, consumed, deserialised',
  async (_, schema) => {
    await using under = await RegistryUnderTest.start()
    const registry = new SchemaRegistry({ host: under.url })
    const { id } = await registry.register(schema as never, { subject: 'orders-value' })
    expect(id).toBe(1)
    const value = await registry.encode(id, { id: 'a', amount: 3 })
    const consumed = await roundTrip(under.cluster.bootstrapServers, value)
    // Another client asks the registry for the schema.
    expect(await new SchemaRegistry({ host: under.url }).decode(consumed)).toMatchObject({ id: 'a', amount: 3 })
    expect(await registry.getLatestSchemaId('orders-value')).toBe(1)
    expect(await registry.getRegistryIdBySchema('orders-value', schema as never)).toBe(1)
  },
)

test('@kafkajs/confluent-schema-registry: a schema with a reference', async () => {
  await using under = await RegistryUnderTest.start()
  const registry = new SchemaRegistry({ host: under.url })
  const address = { type: 'record', name: 'Address', namespace: 'shop', fields: [{ name: 'city', type: 'string' }] }
  await registry.register({ type: SchemaType.AVRO, schema: JSON.stringify(address) }, { subject: 'address' })
  const order = {
    type: 'record',
    name: 'Order',
    namespace: 'shop',
    fields: [{ name: 'to', type: 'shop.Address' }],
  }
  const references = [{ name: 'shop.Address', subject: 'address', version: 1 }]
  const { id } = await registry.register(
    { type: SchemaType.AVRO, schema: JSON.stringify(order), references },
    { subject: 'orders-value' },
  )
  const value = await registry.encode(id, { to: { city: 'Bern' } })
  expect(await new SchemaRegistry({ host: under.url }).decode(value)).toMatchObject({ to: { city: 'Bern' } })
})

test('@kafkajs/confluent-schema-registry: what is not compatible is an error of its own', async () => {
  await using under = await RegistryUnderTest.start()
  const registry = new SchemaRegistry({ host: under.url })
  const enumOf = (...symbols: string[]): string =>
    JSON.stringify({ type: 'enum', namespace: 'shop', name: 'E', symbols })
  await registry.register({ type: SchemaType.AVRO, schema: enumOf('A', 'B') }, { subject: 's' })
  await expect(registry.register({ type: SchemaType.AVRO, schema: enumOf('A') }, { subject: 's' })).rejects.toThrow(
    'incompatible with an earlier schema',
  )
})
