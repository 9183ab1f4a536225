import assert from 'node:assert/strict'
import type { Reference, Schema } from './confluent.ts'
import { protobufOrder } from './protobuf.ts'
import type { World } from './world.ts'

/** What users do with the client, in the order in which it is done and told. Each takes subjects of its own. */
export const checks: Readonly<Record<string, (world: World) => Promise<void>>> = {
  'Avro: serialised, produced, consumed, deserialised': avro,
  'Avro: a reader with a newer schema reads older records': avroEvolves,
  'JSON Schema: serialised, produced, consumed, deserialised': json,
  'JSON Schema: what its schema refuses is not sent': jsonRefuses,
  'Protobuf: serialised, produced, consumed, deserialised, its own import with it': protobuf,
  'references: Avro': avroReferences,
  'references: JSON Schema': jsonReferences,
  'references: a schema that others refer to is not deleted': referred,
  'compatibility: a schema that breaks readers is refused with 409 and 40901, in all three formats': incompatible,
  'compatibility: asked of the latest version and of a certain one': compatibilityAsked,
  'compatibility: the level of a subject and the default one': levels,
  'subjects, versions and ids are found': found,
  'what is not there is refused with 404 and a code that says what': missing,
  'schemas that are none are refused with 422': invalid,
  'subjects are deleted, softly and for good': deleted,
  'schemas are in the cluster, and another registry on it serves them': kept,
}

const avroSchema = (name: string, ...fields: readonly object[]): Schema => ({
  schemaType: 'AVRO',
  schema: JSON.stringify({ type: 'record', name, namespace: 'shop', fields }),
})
const jsonSchema = (properties: object, more: object = {}): Schema => ({
  schemaType: 'JSON',
  schema: JSON.stringify({ type: 'object', properties, ...more }),
})
const protobufSchema = (...fields: readonly string[]): Schema => ({
  schemaType: 'PROTOBUF',
  schema: `syntax = "proto3";\npackage shop;\n\nmessage Order {\n${fields.join('\n')}\n}\n`,
})
const referring = (schema: Schema, ...references: readonly Reference[]): Schema => ({ ...schema, references })

const id = { name: 'id', type: 'string' }
const total = { name: 'total', type: 'long' }
const latest = { useLatestVersion: true, autoRegisterSchemas: false }

async function avro(world: World): Promise<void> {
  const { AvroSerializer, AvroDeserializer, SerdeType } = world.libraries.confluent
  await world.client.register('avro-value', avroSchema('Order', id, total))
  const orders = [
    { id: 'a', total: 3 },
    { id: 'b', total: -1 },
  ]
  const read = await world.throughKafka(
    'avro',
    orders,
    new AvroSerializer(world.client, SerdeType.VALUE, latest),
    new AvroDeserializer(world.otherClient(), SerdeType.VALUE, {}),
  )
  assert.deepEqual(plain(read), orders)
}

async function avroEvolves(world: World): Promise<void> {
  const { AvroSerializer, AvroDeserializer, SerdeType } = world.libraries.confluent
  await world.client.register('evolves-value', avroSchema('Order', id))
  const payload = await new AvroSerializer(world.client, SerdeType.VALUE, latest).serialize('evolves', { id: 'a' })
  await world.client.register('evolves-value', avroSchema('Order', id, { ...total, default: 7 }))
  const reader = new AvroDeserializer(world.otherClient(), SerdeType.VALUE, { useLatestVersion: true })
  assert.deepEqual(plain([await reader.deserialize('evolves', payload)]), [{ id: 'a', total: 7 }])
}

async function json(world: World): Promise<void> {
  const { JsonSerializer, JsonDeserializer, SerdeType } = world.libraries.confluent
  await world.client.register('json-value', jsonSchema({ id: { type: 'string' } }))
  const orders = [{ id: 'a' }, { id: 'b', more: [1, null] }]
  const read = await world.throughKafka(
    'json',
    orders,
    new JsonSerializer(world.client, SerdeType.VALUE, { ...latest, validate: true }),
    new JsonDeserializer(world.otherClient(), SerdeType.VALUE, { validate: true }),
  )
  assert.deepEqual(read, orders)
}

async function jsonRefuses(world: World): Promise<void> {
  const { JsonSerializer, SerdeType } = world.libraries.confluent
  await world.client.register('strict-value', jsonSchema({ id: { type: 'string' } }, { required: ['id'] }))
  const serializer = new JsonSerializer(world.client, SerdeType.VALUE, { ...latest, validate: true })
  await assert.rejects(serializer.serialize('strict', { id: 1 }))
  await assert.rejects(serializer.serialize('strict', {}))
  await serializer.serialize('strict', { id: 'a' })
}

async function protobuf(world: World): Promise<void> {
  const { ProtobufSerializer, ProtobufDeserializer, SerdeType } = world.libraries.confluent
  const order = protobufOrder(world.libraries)
  const values = [{ id: 'a', price: { cents: -5n }, at: { seconds: 9n, nanos: 1 } }, { id: 'b' }]
  const read = await world.throughKafka(
    'protobuf',
    values.map((value) => order.create(value)),
    new ProtobufSerializer(world.client, SerdeType.VALUE, { autoRegisterSchemas: true, registry: order.registry }),
    new ProtobufDeserializer(world.otherClient(), SerdeType.VALUE, {}),
  )
  const fields = (value: unknown) => {
    const { id, price, at } = value as (typeof values)[0]
    return { id, cents: price?.cents, seconds: at?.seconds, nanos: at?.nanos }
  }
  assert.deepEqual(read.map(fields), values.map(fields))
  const { references } = await world.client.getLatestSchemaMetadata('protobuf-value')
  assert.deepEqual(plain(references ?? []), [{ name: 'money.proto', subject: 'money.proto', version: 1 }])
}

async function avroReferences(world: World): Promise<void> {
  const { AvroSerializer, AvroDeserializer, SerdeType } = world.libraries.confluent
  await world.client.register('avro-money', avroSchema('Money', { name: 'cents', type: 'long' }))
  const order = avroSchema('Order', id, { name: 'price', type: 'shop.Money' })
  await world.refused(world.client.register('avro-referring-value', order), 422, 42201, /shop\.Money/)
  const reference = { name: 'shop.Money', subject: 'avro-money', version: 1 }
  await world.client.register('avro-referring-value', referring(order, reference))
  const orders = [{ id: 'a', price: { cents: 12 } }]
  const read = await world.throughKafka(
    'avro-referring',
    orders,
    new AvroSerializer(world.client, SerdeType.VALUE, latest),
    new AvroDeserializer(world.otherClient(), SerdeType.VALUE, {}),
  )
  assert.deepEqual(plain(read), orders)
}

async function jsonReferences(world: World): Promise<void> {
  const { JsonSerializer, JsonDeserializer, SerdeType } = world.libraries.confluent
  const name = 'http://shop.test/money.json'
  await world.client.register('json-money', jsonSchema({ cents: { type: 'integer' } }, { $id: name }))
  const order = jsonSchema({ price: { $ref: name } })
  await world.client.register('json-referring-value', referring(order, { name, subject: 'json-money', version: 1 }))
  const serializer = new JsonSerializer(world.client, SerdeType.VALUE, { ...latest, validate: true })
  await assert.rejects(serializer.serialize('json-referring', { price: { cents: 'twelve' } }))
  const orders = [{ price: { cents: 12 } }]
  const deserializer = new JsonDeserializer(world.otherClient(), SerdeType.VALUE, { validate: true })
  assert.deepEqual(await world.throughKafka('json-referring', orders, serializer, deserializer), orders)
}

async function referred(world: World): Promise<void> {
  await world.client.register('referred', avroSchema('Money', { name: 'cents', type: 'long' }))
  const order = avroSchema('Order', { name: 'price', type: 'shop.Money' })
  const reference = { name: 'shop.Money', subject: 'referred', version: 1 }
  await world.client.register('refers', referring(order, reference))
  await world.refused(world.client.deleteSubject('referred'), 422, 42206, /reference/i)
}

async function incompatible(world: World): Promise<void> {
  const breaking: readonly (readonly [Schema, Schema])[] = [
    [avroSchema('Order', id), avroSchema('Order', id, total)],
    [jsonSchema({ id: { type: 'string' } }), jsonSchema({ id: { type: 'integer' } })],
    [protobufSchema('  string id = 1;'), protobufSchema('  int64 id = 1;')],
  ]
  for (const [before, after] of breaking) {
    const subject = `breaking-${before.schemaType}`
    await world.client.register(subject, before)
    await world.refused(world.client.register(subject, after), 409, 40901, /incompatible with an earlier schema/)
    assert.deepEqual(await world.client.getAllVersions(subject), [1])
  }
}

async function compatibilityAsked(world: World): Promise<void> {
  const { client } = world
  await client.register('asked', avroSchema('Order', id))
  await client.register('asked', avroSchema('Order', id, { ...total, default: 0 }))
  assert.equal(await client.testSubjectCompatibility('asked', avroSchema('Order', id)), true)
  assert.equal(await client.testSubjectCompatibility('asked', { schemaType: 'AVRO', schema: '"int"' }), false)
  assert.equal(await client.testCompatibility('asked', 2, avroSchema('Order', total)), true)
  assert.equal(await client.testCompatibility('asked', 1, avroSchema('Order', total)), false)
}

async function levels(world: World): Promise<void> {
  const { client } = world
  assert.equal(await client.getDefaultCompatibility(), 'BACKWARD')
  await client.register('levels', avroSchema('Order', id))
  await world.refused(client.getCompatibility('levels'), 404, 40408, /levels/)
  assert.equal(await client.updateCompatibility('levels', 'NONE'), 'NONE')
  assert.equal(await client.getCompatibility('levels'), 'NONE')
  await client.register('levels', { schemaType: 'AVRO', schema: '"int"' })
  await world.refused(client.updateCompatibility('levels', 'NO_SUCH_LEVEL'), 422, 42203, /compatibility/i)
}

async function found(world: World): Promise<void> {
  const { client } = world
  const schema = avroSchema('Order', id)
  const schemaId = await client.register('found', schema)
  assert.equal(await client.register('found-elsewhere', schema), schemaId)
  const other = world.otherClient()
  assert.equal(await other.getId('found', schema), schemaId)
  assert.equal(await other.getVersion('found', schema), 1)
  assert.deepEqual(JSON.parse((await other.getBySubjectAndId('found', schemaId)).schema), JSON.parse(schema.schema))
  const subjects = await other.getAllSubjects()
  assert.ok(subjects.includes('found') && subjects.includes('found-elsewhere'), subjects.join(', '))
  const { version } = await other.getLatestSchemaMetadata('found')
  assert.equal(version, 1)
}

async function missing(world: World): Promise<void> {
  const { client } = world
  await client.register('here', avroSchema('Here', id))
  await world.refused(client.getAllVersions('nowhere'), 404, 40401, /nowhere/)
  await world.refused(client.testCompatibility('here', 2, avroSchema('Here', id)), 404, 40402, /Version 2/)
  await world.refused(client.getBySubjectAndId('here', 9999), 404, 40403, /Schema/)
  await world.refused(client.getId('here', avroSchema('Elsewhere', id)), 404, 40403, /Schema/)
}

async function invalid(world: World): Promise<void> {
  const none: readonly Schema[] = [
    { schemaType: 'AVRO', schema: '{"type":"nonsense"}' },
    { schemaType: 'JSON', schema: '{"type":"nonsense"}' },
    { schemaType: 'PROTOBUF', schema: 'message {' },
  ]
  for (const schema of none) {
    await world.refused(world.client.register('invalid', schema), 422, 42201, new RegExp(schema.schemaType, 'i'))
  }
}

async function deleted(world: World): Promise<void> {
  const { client } = world
  const schema = avroSchema('Deleted', id)
  const schemaId = await client.register('deleted', schema)
  await world.refused(client.deleteSubject('deleted', true), 404, 40405, /deleted/)
  assert.deepEqual(await client.deleteSubject('deleted'), [1])
  await world.refused(client.getAllVersions('deleted'), 404, 40401, /deleted/)
  // Records with its id are still read.
  assert.deepEqual(
    JSON.parse((await world.otherClient().getBySubjectAndId('deleted', schemaId)).schema).name,
    'Deleted',
  )
  assert.deepEqual(await client.deleteSubject('deleted', true), [1])
}

async function kept(world: World): Promise<void> {
  const schemaId = await world.client.register('kept', avroSchema('Kept', id))
  const records = await world.cluster
    .topic('_schemas')
    .records<{ keytype: string; subject?: string }, { id: number }>({ key: 'json', value: 'json' })
  const record = records.find(({ key }) => key?.keytype === 'SCHEMA' && key.subject === 'kept')
  assert.equal(record?.value?.id, schemaId)
  world.anotherRegistry()
  assert.equal(await world.otherClient().getVersion('kept', avroSchema('Kept', id)), 1)
}

/** Without the classes that a deserialiser gives its values. */
function plain(values: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(values))
}
