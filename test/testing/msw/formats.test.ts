import { expect, test } from 'vitest'
import { RegistryUnderTest } from './registry.ts'

const proto = `syntax = "proto3";
package shop;

import "google/protobuf/timestamp.proto";
import "money.proto";

// What was bought.
message Order {
  string id = 1;
  optional int32 amount = 2;
  repeated Line lines = 3;
  map<string, Money> prices = 4;
  oneof how {
    string card = 5;
    bytes voucher = 6;
  }
  google.protobuf.Timestamp at = 7;
  Kind kind = 8;
  reserved 10 to 12;
  message Line {
    string sku = 1;
  }
  enum Kind {
    KIND_UNKNOWN = 0;
    KIND_GIFT = 1;
  }
}
`
const money = 'syntax = "proto3";\npackage shop;\nmessage Money { sint64 cents = 1; }\n'
const references = [{ name: 'money.proto', subject: 'money', version: 1 }]
const PROTOBUF = { schemaType: 'PROTOBUF' }

test('Protobuf as text, as a descriptor in base64, and back, is one schema', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('money', money, PROTOBUF)
  const { body } = await registry.register('orders', proto, { ...PROTOBUF, references })
  expect(body.id).toBe(2)
  // A text is kept as it was sent.
  expect((await registry.ask('GET', '/schemas/ids/2')).body.schema).toBe(proto)
  const { schema } = (await registry.ask('GET', '/schemas/ids/2?format=serialized')).body
  expect(Buffer.from(schema, 'base64').toString('latin1')).toContain('.google.protobuf.Timestamp')
  const again = await registry.register('orders', schema, { ...PROTOBUF, references })
  expect(again.body).toMatchObject({ id: 2, version: 1 })
  // Elsewhere it is written as text.
  await registry.register('others', schema, { ...PROTOBUF, references })
  const other = await registry.ask('GET', '/subjects/others/versions/1/schema')
  for (const line of [
    'optional int32 amount = 2;',
    'repeated .shop.Order.Line lines = 3;',
    'map<string, .shop.Money> prices = 4;',
    'oneof how {',
    'reserved 10 to 12;',
    '.shop.Order.Kind kind = 8;',
  ]) {
    expect(other.body).toContain(line)
  }
})

test('Protobuf that is not understood, or needs what is not there, is refused', async () => {
  await using registry = await RegistryUnderTest.start()
  for (const [schema, why] of [
    ['message {', 'Invalid schema of type PROTOBUF, details: illegal'],
    [
      'syntax = "proto3";\nimport "money.proto";\nmessage A { Money m = 1; }',
      'the import "money.proto" is no reference',
    ],
  ]) {
    const { status, body } = await registry.register('s', schema, PROTOBUF)
    expect([status, body.error_code]).toEqual([422, 42201])
    expect(body.message).toContain(why)
  }
})

test('JSON Schema is held against the meta-schema of its draft, and its $refs lead somewhere', async () => {
  await using registry = await RegistryUnderTest.start()
  const JSON_SCHEMA = { schemaType: 'JSON' }
  const bad = [
    '{"type":"nonsense"}',
    '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":7}',
    '{"$schema":"https://json-schema.org/draft/2019-09/schema","minLength":-1}',
    '{"$ref":"#/definitions/none"}',
    '[]',
    '{',
  ]
  for (const schema of bad) {
    const { status, body } = await registry.register('s', schema, JSON_SCHEMA)
    expect([schema, status, body.error_code]).toEqual([schema, 422, 42201])
  }
  await registry.register('money', { $id: 'http://shop.test/money.json', type: 'integer' }, JSON_SCHEMA)
  const order = { type: 'object', properties: { price: { $ref: 'http://shop.test/money.json' } } }
  expect((await registry.register('orders', order, JSON_SCHEMA)).status).toBe(422)
  const named = [{ name: 'http://shop.test/money.json', subject: 'money', version: 1 }]
  expect((await registry.register('orders', order, { ...JSON_SCHEMA, references: named })).status).toBe(200)
})

test('normalize makes one schema of those that differ in what has no order', async () => {
  await using registry = await RegistryUnderTest.start()
  const one = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'null' } } }
  const other = { properties: { b: { type: 'null' }, a: { type: 'string' } }, type: 'object' }
  const ask = (schema: object, query: string): ReturnType<RegistryUnderTest['ask']> =>
    registry.ask('POST', `/subjects/s/versions${query}`, { schema: JSON.stringify(schema), schemaType: 'JSON' })
  expect((await ask(one, '?normalize=true')).body.version).toBe(1)
  expect((await ask(other, '?normalize=true')).body.version).toBe(1)
  expect((await ask(other, '')).body.version).toBe(2)
  await registry.ask('PUT', '/config/s', { normalize: true })
  expect((await ask(one, '')).body.version).toBe(1)
})

test('Avro is kept as Avro itself writes it', async () => {
  await using registry = await RegistryUnderTest.start()
  const schema = `{ "namespace": "shop", "name": "Order", "type": "record", "doc": "what was bought", "fields": [
    { "type": { "type": "string" }, "name": "id", "order": "ascending" },
    { "name": "kind", "type": { "symbols": ["A"], "name": "shop.Kind", "type": "enum" } },
    { "name": "next", "type": ["null", "shop.Order"], "default": null },
    { "name": "price", "type": { "logicalType": "decimal", "precision": 4, "type": "bytes" } } ] }`
  await registry.register('s', schema)
  expect((await registry.ask('GET', '/subjects/s/versions/1')).body.schema).toBe(
    '{"type":"record","name":"Order","namespace":"shop","doc":"what was bought","fields":[{"name":"id","type":"string"},' +
      '{"name":"kind","type":{"type":"enum","name":"Kind","symbols":["A"]}},{"name":"next","type":["null","Order"],"default":null},' +
      '{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":4}}]}',
  )
})
