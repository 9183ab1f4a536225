import { createRequire } from 'node:module'
import type * as Registry from '@kafkajs/confluent-schema-registry'
import { setupServer } from 'msw/node'
import { expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { restProxy, schemaRegistry } from '../../../src/testing/msw/index.ts'
import { RestProxyUnderTest } from './rest-proxy.ts'

// Its declarations are those of CommonJS.
const { SchemaRegistry } = createRequire(import.meta.url)('@kafkajs/confluent-schema-registry') as typeof Registry

const AVRO = 'application/vnd.kafka.avro.v2+json'
const JSONSCHEMA = 'application/vnd.kafka.jsonschema.v2+json'
const PROTOBUF = 'application/vnd.kafka.protobuf.v2+json'

const order = JSON.stringify({
  type: 'record',
  name: 'shop.Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'note', type: ['null', 'string'] },
    { name: 'raw', type: 'bytes' },
  ],
})

/** A proxy with a registry beside it. */
async function start(): Promise<RestProxyUnderTest & { register(subject: string, schema: object): Promise<number> }> {
  const cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const registry = schemaRegistry(cluster, { url: 'http://registry.test' })
  const server = setupServer(...registry, ...restProxy(cluster, { url: 'http://rest.test', schemaRegistry: registry }))
  server.listen({ onUnhandledFrame: 'error' })
  const proxy = new RestProxyUnderTest(cluster, () => server.close())
  const register = async (subject: string, schema: object): Promise<number> => {
    const response = await fetch(`http://registry.test/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify(schema),
    })
    return ((await response.json()) as { id: number }).id
  }
  return Object.assign(proxy, { register })
}

/** What a consumer of a format reads. */
async function read(proxy: RestProxyUnderTest, format: string, accept: string): Promise<Record<string, unknown>[]> {
  const uri = await proxy.consumer(format, { name: undefined, format })
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [{ topic: 'orders', partition: 0 }] })
  const answer = await proxy.ask('GET', `${uri}/records`, undefined, { accept })
  expect(answer).toMatchObject({ status: 200, type: accept })
  return answer.body
}

async function lastValue(proxy: RestProxyUnderTest): Promise<Buffer> {
  const records = await proxy.cluster.topic('orders').records({ value: 'bytes' })
  return records.at(-1)?.value ?? Buffer.alloc(0)
}

test('v2: Avro is registered, written after a zero and its id, and read as it was sent', async () => {
  await using proxy = await start()
  const value = { id: 'a', note: { string: 'x' }, raw: '\u0001ÿ' }
  const { status, body } = await proxy.ask(
    'POST',
    '/topics/orders',
    {
      key_schema: '"string"',
      value_schema: order,
      records: [
        { key: 'k', value },
        { key: 'l', value: { ...value, note: null } },
      ],
    },
    { type: AVRO },
  )
  expect([status, body]).toEqual([
    200,
    {
      offsets: [0, 1].map((offset) => ({ partition: 0, offset, error_code: null, error: null })),
      key_schema_id: 1,
      value_schema_id: 2,
    },
  ])
  // The id, "a" with its length, the branch of the union, and two bytes.
  expect([...(await lastValue(proxy))]).toEqual([0, 0, 0, 0, 2, 2, 97, 0, 4, 1, 255])
  const subjects = await fetch('http://registry.test/subjects')
  expect(await subjects.json()).toEqual(['orders-key', 'orders-value'])
  expect(await read(proxy, 'avro', AVRO)).toEqual([
    { topic: 'orders', key: 'k', value, partition: 0, offset: 0 },
    { topic: 'orders', key: 'l', value: { ...value, note: null }, partition: 0, offset: 1 },
  ])
})

test('v2: a schema is named by its id, once it is known', async () => {
  await using proxy = await start()
  const id = await proxy.register('orders-value', { schema: order })
  const records = [{ value: { id: 'a', note: null, raw: '' } }]
  const { body } = await proxy.ask('POST', '/topics/orders', { value_schema_id: id, records }, { type: AVRO })
  expect(body).toMatchObject({ offsets: [{ offset: 0 }], key_schema_id: null, value_schema_id: id })
  const unknown = await proxy.ask('POST', '/topics/orders', { value_schema_id: 99, records }, { type: AVRO })
  expect(unknown).toMatchObject({ status: 422, body: { error_code: 42207 } })
  expect(unknown.body.message).toContain('Error when fetching schema by id. schemaId = 99')
  // A schema that is of another subject is none of the topic's.
  const elsewhere = await proxy.register('payments-value', { schema: '"long"' })
  const payments = { value_schema_id: elsewhere, records: [{ value: 1 }] }
  expect(await proxy.codes('POST', '/topics/orders', payments, { type: AVRO })).toEqual([422, 42207])
})

test('v2: what is wrong with schemas and data has an error code', async () => {
  await using proxy = await start()
  const produce = (body: object, type = AVRO): Promise<unknown> => proxy.codes('POST', '/topics/orders', body, { type })
  expect(await produce({ records: [{ key: 'k' }] })).toEqual([422, 42201])
  expect(await produce({ records: [{ value: 'v' }] })).toEqual([422, 42202])
  expect(await produce({ value_schema: '{"type":"strange"}', records: [{ value: 1 }] })).toEqual([422, 42205])
  expect(await produce({ value_schema: '"int"', value_schema_id: 1, records: [{ value: 1 }] })).toEqual([400, 400])
  expect(await produce({ value_schema: '"int"', records: [{ value: 'one' }] })).toEqual([400, 400])
  // Nor may it break what is there: compatibility is the registry's.
  expect(await produce({ value_schema: '"string"', records: [{ value: 'one' }] })).toEqual([422, 42207])
  const none = await proxy.ask('POST', '/topics/orders', { records: [{ value: null }] }, { type: AVRO })
  expect(none.body.offsets).toMatchObject([{ offset: 0 }])
})

test.each([
  [order, { id: 'a', note: 'x', raw: '' }, 'Expected start-union. Got VALUE_STRING'],
  [order, { id: 'a', note: { text: 'x' }, raw: '' }, 'Unknown union branch text'],
  [order, { id: 'a', raw: '' }, 'Expected field name not found: note'],
  [order, { extra: 1, id: 'a', note: null, raw: '' }, 'Expected Unknown fields: [extra]. Got END_OBJECT'],
  [order, null, 'Expected record-start. Got VALUE_NULL'],
  ['"int"', 1.5, 'Expected int. Got VALUE_NUMBER_FLOAT'],
  ['{"type":"array","items":"int"}', {}, 'Expected array-start. Got START_OBJECT'],
])('by the Avro schema %s not %j: %s', async (schema, data, message) => {
  await using proxy = await start()
  const record = { value: { type: 'AVRO', schema, data } }
  expect((await proxy.ask('POST', proxy.records('orders'), record)).body).toEqual({
    error_code: 400,
    message: `Bad Request: ${message}`,
  })
})

test('Avro: what comes and goes in its JSON encoding', async () => {
  await using proxy = await start()
  const schema = JSON.stringify({
    type: 'record',
    name: 'All',
    namespace: 'shop',
    fields: [
      { name: 'flag', type: 'boolean' },
      { name: 'big', type: 'long' },
      { name: 'ratio', type: 'double' },
      { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
      { name: 'two', type: { type: 'fixed', name: 'Two', size: 2 } },
      { name: 'lists', type: { type: 'array', items: ['null', 'Kind', { type: 'map', values: 'int' }] } },
      { name: 'next', type: ['null', 'All'] },
    ],
  })
  const value = {
    flag: true,
    big: 2 ** 53 - 1,
    ratio: 'NaN',
    kind: 'B',
    two: 'ÿ\u0000',
    lists: [null, { 'shop.Kind': 'A' }, { map: { a: 1 } }],
    next: { 'shop.All': { flag: false, big: -(2 ** 53 - 1), ratio: 0.5, kind: 'A', two: 'ab', lists: [], next: null } },
  }
  const { body } = await proxy.ask(
    'POST',
    '/topics/orders',
    { value_schema: schema, records: [{ value }] },
    { type: AVRO },
  )
  expect(body.offsets).toMatchObject([{ offset: 0 }])
  expect(await read(proxy, 'avro', AVRO)).toMatchObject([{ value }])
})

test('v2: JSON Schema says what is valid', async () => {
  await using proxy = await start()
  const schema = JSON.stringify({ type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] })
  const produce = (value: unknown): ReturnType<typeof proxy.ask> =>
    proxy.ask('POST', '/topics/orders', { value_schema: schema, records: [{ value }] }, { type: JSONSCHEMA })
  expect((await produce({ id: 1, more: [null] })).body).toMatchObject({ value_schema_id: 1 })
  expect((await lastValue(proxy)).toString('latin1')).toBe('\0\0\0\0\u0001{"id":1,"more":[null]}')
  expect((await produce({ id: 'one' })).body).toMatchObject({ error_code: 400, message: expect.stringContaining('id') })
  expect(await read(proxy, 'jsonschema', JSONSCHEMA)).toMatchObject([{ value: { id: 1, more: [null] } }])
})

test('JSON Schema: references of the registry are followed', async () => {
  await using proxy = await start()
  await proxy.register('id', { schemaType: 'JSON', schema: '{"type":"integer"}' })
  const id = await proxy.register('orders-value', {
    schemaType: 'JSON',
    schema: '{"type":"object","properties":{"id":{"$ref":"id.json"}}}',
    references: [{ name: 'id.json', subject: 'id', version: 1 }],
  })
  const produce = (data: unknown): ReturnType<typeof proxy.ask> =>
    proxy.ask('POST', proxy.records('orders'), { value: { schema_id: id, data } })
  expect((await produce({ id: 1 })).body).toMatchObject({ error_code: 200, value: { type: 'JSONSCHEMA' } })
  expect((await produce({ id: 'a' })).body).toMatchObject({ error_code: 400 })
})

const message = `syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/struct.proto";
message Order {
  string id = 1;
  int64 total_cents = 2;
  Kind kind = 3;
  repeated Line lines = 4;
  map<string, int32> counts = 5;
  optional int32 rank = 6;
  bytes raw = 7;
  google.protobuf.Timestamp at = 8;
  google.protobuf.Struct more = 9;
  oneof way { string by_post = 10; bool by_hand = 11; }
  message Line { string sku = 1; double weight = 2; }
}
enum Kind { NONE = 0; GIFT = 1; }
`

test('v2: Protobuf comes and goes in its JSON', async () => {
  await using proxy = await start()
  const value = {
    id: 'a',
    totalCents: '9007199254740993',
    kind: 'GIFT',
    lines: [
      { sku: 's', weight: 1.5 },
      { sku: '', weight: 'Infinity' },
    ],
    counts: { x: 1 },
    rank: 0,
    raw: '/w==',
    at: '2024-05-06T07:08:09.010Z',
    more: { list: [1, 'a', null, { b: true }] },
    byPost: 'DHL',
  }
  const records = [{ value }, { value: { total_cents: 5, kind: 1 } }]
  const { body } = await proxy.ask('POST', '/topics/orders', { value_schema: message, records }, { type: PROTOBUF })
  expect(body).toMatchObject({ value_schema_id: 1, offsets: [{ offset: 0 }, { offset: 1 }] })
  // The zero after the id is the place of the message in its file.
  expect([...(await lastValue(proxy))]).toEqual([0, 0, 0, 0, 1, 0, 16, 5, 24, 1])
  const [first, second] = await read(proxy, 'protobuf', PROTOBUF)
  expect(first?.value).toEqual(value)
  // Fields without presence are told, too; messages, optional ones and those of a oneof are not.
  expect(second?.value).toEqual({ id: '', totalCents: '5', kind: 'GIFT', lines: [], counts: {}, raw: '' })
})

test.each([
  [{ nothing: 1 }, 'Cannot find field: nothing in message shop.Order'],
  [{ byPost: 'a', byHand: true }, 'belonging to the same oneof has already been set'],
  [{ kind: 'OTHER' }, 'Invalid enum value: OTHER for enum type: shop.Kind'],
  [{ rank: 2 ** 31 }, 'Out of range int32 value'],
  [{ lines: {} }, 'Expected an array for lines but found {}'],
  [null, 'Expect message object but got: null'],
])('Protobuf takes no %j', async (data, why) => {
  await using proxy = await start()
  const record = { value: { type: 'PROTOBUF', schema: message, data } }
  const { body } = await proxy.ask('POST', proxy.records('orders'), record)
  expect(body).toMatchObject({ error_code: 400, message: expect.stringContaining(why) })
})

test('Protobuf: a record says which message of the file it is', async () => {
  await using proxy = await start()
  const id = await proxy.register('orders-value', { schemaType: 'PROTOBUF', schema: message })
  // Two indexes, 0 and 0, as zigzag varints: the first message in the first one.
  const value = Buffer.from([0, 0, 0, 0, id, 4, 0, 0, 10, 1, 115])
  await proxy.cluster.topic('orders').append({ value })
  expect(await read(proxy, 'protobuf', PROTOBUF)).toMatchObject([{ value: { sku: 's', weight: 0 } }])
})

test.each([
  ['AVRO', order, { id: 'a', note: { string: 'x' }, raw: '' }, { id: 'a', note: 'x', raw: Buffer.of() }],
  ['JSONSCHEMA', '{"type":"object"}', { id: 'a' }, { id: 'a' }],
  ['PROTOBUF', 'syntax = "proto3"; message Order { string id = 1; }', { id: 'a' }, { id: 'a' }],
])('what is written as %s a client of the registry reads', async (type, schema, data, expected) => {
  await using proxy = await start()
  await proxy.ask('POST', proxy.records('orders'), { value: { type, schema, data } })
  const registry = new SchemaRegistry({ host: 'http://registry.test' })
  expect(await registry.decode(await lastValue(proxy))).toMatchObject(expected)
})

test('v3: a schema is given, or named by its id, by a version, by a subject, or is the latest one', async () => {
  await using proxy = await start()
  const first = await proxy.register('orders-value', { schema: '"int"' })
  const latest = await proxy.register('orders-value', { schema: '"long"' })
  await proxy.register('other', { schema: '"boolean"' })
  const produce = async (value: object): Promise<unknown> =>
    (await proxy.ask('POST', proxy.records('orders'), { value })).body.value
  const told = (version: number, id: number, subject = 'orders-value'): object => ({
    type: 'AVRO',
    subject,
    schema_id: id,
    schema_version: version,
    size: 6,
  })
  expect(await produce({ type: 'AVRO', schema: '"int"', data: 1 })).toEqual(told(1, first))
  expect(await produce({ schema_id: first, data: 1 })).toEqual(told(1, first))
  expect(await produce({ schema_version: 2, data: 1 })).toEqual(told(2, latest))
  expect(await produce({ data: 1 })).toEqual(told(2, latest))
  expect(await produce({ subject: 'other', data: true })).toEqual(told(1, 3, 'other'))
})

test('v3: subjects are named after the topic, after the record, or after both', async () => {
  await using proxy = await start()
  const data = { id: 'a', note: null, raw: '' }
  const subject = async (more: object): Promise<unknown> => {
    const { body } = await proxy.ask('POST', proxy.records('orders'), { value: { data, ...more } })
    return body.value?.subject ?? body
  }
  const named = { type: 'AVRO', schema: order }
  expect(await subject({ ...named, subject_name_strategy: 'TOPIC_NAME' })).toBe('orders-value')
  expect(await subject({ ...named, subject_name_strategy: 'RECORD_NAME' })).toBe('shop.Order')
  expect(await subject({ ...named, subject_name_strategy: 'TOPIC_RECORD_NAME' })).toBe('orders-shop.Order')
  expect(await subject({ schema_version: 1, subject_name_strategy: 'RECORD_NAME' })).toEqual({
    error_code: 400,
    message: 'Bad Request: Cannot use schema_subject_strategy=RECORD_NAME without schema_id or schema.',
  })
  const nameless = { type: 'AVRO', schema: '"int"', subject_name_strategy: 'RECORD_NAME', data: 1 }
  expect(await subject(nameless)).toMatchObject({ error_code: 422, message: expect.stringContaining('42207') })
})

test('v3: what is wrong with schemas is told in the place of the record', async () => {
  await using proxy = await start()
  const error = async (value: object): Promise<unknown> =>
    (await proxy.ask('POST', proxy.records('orders'), { value })).body
  expect(await error({ data: 1 })).toEqual({
    error_code: 422,
    message: expect.stringMatching(/^Error: 42207 : .*subject = orders-value\n.*40401/),
  })
  expect(await error({ schema_version: 7, data: 1 })).toEqual({
    error_code: 400,
    message: 'Bad Request: Schema does not exist for subject: orders-value, version: 7',
  })
  expect(await error({ type: 'AVRO', data: 1 })).toMatchObject({ error_code: 400 })
  expect(await error({ type: 'AVRO', schema: '"int"', schema_id: 1, data: 1 })).toMatchObject({ error_code: 400 })
  expect(await error({ subject: 'a', subject_name_strategy: 'TOPIC_NAME', data: 1 })).toMatchObject({ error_code: 400 })
})

test('records that no schema stands behind cannot be read by one', async () => {
  await using proxy = await start()
  await proxy.cluster.topic('orders').append({ value: 'plain' })
  const uri = await proxy.consumer('billing', { format: 'avro' })
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [{ topic: 'orders', partition: 0 }] })
  const codes = await proxy.codes('GET', `${uri}/records`, undefined, { accept: AVRO })
  expect(codes).toEqual([408, 40801])
})

test('the registry of a proxy is what schemaRegistry has given', async () => {
  await using cluster = await KafkaCluster.start()
  expect(() => restProxy(cluster, { url: 'http://rest.test', schemaRegistry: [] })).toThrow(TypeError)
})

test('v3: records are in the log in the order of the request, whether a schema has to be asked for or not', async () => {
  await using proxy = await start()
  const records = [
    { value: { type: 'AVRO', schema: '"int"', data: 1 } },
    { value: { type: 'STRING', data: 'plain' } },
    { value: { data: 2 } },
    { value: { type: 'STRING', data: 'plain, too' } },
  ]
  const body = records.map((record) => JSON.stringify(record)).join('')
  const response = await proxy.send('POST', proxy.records('orders'), body, { type: 'application/json' })
  const answers = (await response.text()).trim().split('\r\n')
  expect(answers.map((answer) => JSON.parse(answer).offset)).toEqual([0, 1, 2, 3])
})
