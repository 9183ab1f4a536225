import { expect, test } from 'vitest'
import { RegistryUnderTest } from './registry.ts'

const order = (...fields: object[]): object => ({ type: 'record', name: 'Order', namespace: 'shop', fields })
const id = { name: 'id', type: 'string' }
const note = { name: 'note', type: ['null', 'string'], default: null }

test('a schema that is registered is found by its id, its version, and itself', async () => {
  await using registry = await RegistryUnderTest.start()
  const { status, type, body } = await registry.register('orders-value', order(id))
  expect(status).toBe(200)
  expect(type).toBe('application/vnd.schemaregistry.v1+json')
  expect(body).toMatchObject({ id: 1, version: 1, subject: 'orders-value' })

  const schema = '{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"string"}]}'
  expect((await registry.ask('GET', '/schemas/ids/1')).body).toMatchObject({ schema })
  expect((await registry.ask('GET', '/schemas/ids/1/schema')).body).toEqual(JSON.parse(schema))
  expect((await registry.ask('GET', '/schemas/ids/1/versions')).body).toEqual([{ subject: 'orders-value', version: 1 }])
  expect((await registry.ask('GET', '/subjects')).body).toEqual(['orders-value'])
  expect((await registry.ask('GET', '/subjects/orders-value/versions')).body).toEqual([1])
  expect((await registry.ask('GET', '/subjects/orders-value/versions/latest')).body).toMatchObject({ id: 1, schema })
  const found = await registry.ask('POST', '/subjects/orders-value', { schema: JSON.stringify(order(id)) })
  expect(found.body).toMatchObject({ subject: 'orders-value', id: 1, version: 1, schema })
  expect((await registry.ask('GET', '/schemas/types')).body).toEqual(['JSON', 'PROTOBUF', 'AVRO'])
})

test('the same schema has the same id, in whatever subject, and is registered once', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('a', order(id))
  expect((await registry.register('a', ` ${JSON.stringify(order(id), null, 2)} `)).body.version).toBe(1)
  expect((await registry.register('b', order(id))).body.id).toBe(1)
  expect((await registry.register('b', order(id, note))).body).toMatchObject({ id: 2, version: 2 })
  expect((await registry.ask('GET', '/schemas/ids/1/subjects')).body).toEqual(['a', 'b'])
  expect((await registry.ask('GET', '/schemas/ids/1?fetchMaxId=true')).body.maxId).toBe(2)
})

test('schemas are records of a compacted topic of the cluster, in the real one’s words', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('orders-value', order(id))
  await registry.ask('PUT', '/config/orders-value', { compatibility: 'full' })
  await registry.ask('PUT', '/mode', { mode: 'READWRITE' })
  await registry.ask('DELETE', '/subjects/orders-value')
  const records = await registry.cluster.topic('_schemas').records({ key: 'json', value: 'json' })
  expect(records.map(({ key }) => key)).toEqual([
    { keytype: 'SCHEMA', subject: 'orders-value', version: 1, magic: 1 },
    { keytype: 'CONFIG', subject: 'orders-value', magic: 0 },
    { keytype: 'MODE', magic: 0 },
    { keytype: 'DELETE_SUBJECT', subject: 'orders-value', magic: 0 },
  ])
  expect(records[0]?.value).toMatchObject({ subject: 'orders-value', version: 1, id: 1, deleted: false })
  expect(records[1]?.value).toEqual({ subject: 'orders-value', compatibilityLevel: 'FULL' })
  expect(records[3]?.value).toEqual({ subject: 'orders-value', version: 1 })
})

test('a broker that restarts has the schemas still, and without a leader the store fails', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('a', order(id))
  const [broker] = registry.cluster.brokers
  await broker?.stop()
  expect((await registry.ask('GET', '/subjects')).body).toMatchObject({ error_code: 50001 })
  expect((await registry.register('a', order(id, note))).status).toBe(500)
  await broker?.start()
  expect((await registry.ask('GET', '/subjects')).body).toEqual(['a'])
})

test('what is not there has an error code of its own', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('a', order(id))
  const codes = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { status, body: error } = await registry.ask(method, path, body)
    return [status, error.error_code]
  }
  expect(await codes('GET', '/subjects/none/versions')).toEqual([404, 40401])
  expect(await codes('GET', '/subjects/none/versions/1')).toEqual([404, 40401])
  expect(await codes('GET', '/subjects/a/versions/7')).toEqual([404, 40402])
  expect(await codes('GET', '/subjects/a/versions/0')).toEqual([422, 42202])
  expect(await codes('GET', '/subjects/a/versions/first')).toEqual([422, 42202])
  expect(await codes('GET', '/schemas/ids/7')).toEqual([404, 40403])
  expect(await codes('POST', '/subjects/a', { schema: '"string"' })).toEqual([404, 40403])
  expect(await codes('POST', '/subjects/none', { schema: '"string"' })).toEqual([404, 40401])
  expect(await codes('POST', '/subjects/a/versions', { schema: '{"type":"nonsense"}' })).toEqual([422, 42201])
  expect(await codes('POST', '/subjects/a/versions', { schema: '{}', schemaType: 'XML' })).toEqual([422, 42201])
  expect(await codes('PUT', '/config', { compatibility: 'SIDEWARD' })).toEqual([422, 42203])
  expect(await codes('PUT', '/mode', { mode: 'SIDEWARD' })).toEqual([422, 42204])
  expect(await codes('GET', '/config/a')).toEqual([404, 40408])
  expect(await codes('GET', '/mode/a')).toEqual([404, 40409])
  expect(await codes('POST', '/subjects/a/versions', 'no json')).toEqual([400, 400])
  expect(await codes('GET', '/nowhere')).toEqual([404, 404])
  expect(await codes('PUT', '/subjects')).toEqual([405, 405])
})

test('a subject is deleted softly, and then for good', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('a', order(id))
  await registry.register('a', order(id, note))
  expect((await registry.ask('DELETE', '/subjects/a?permanent=true')).body.error_code).toBe(40405)
  expect((await registry.ask('DELETE', '/subjects/a/versions/1')).body).toBe(1)
  expect((await registry.ask('GET', '/subjects/a/versions')).body).toEqual([2])
  expect((await registry.ask('GET', '/subjects/a/versions?deleted=true')).body).toEqual([1, 2])
  expect((await registry.ask('DELETE', '/subjects/a/versions/1')).body.error_code).toBe(40406)
  expect((await registry.ask('DELETE', '/subjects/a')).body).toEqual([2])
  expect((await registry.ask('GET', '/subjects')).body).toEqual([])
  expect((await registry.ask('GET', '/subjects?deleted=true')).body).toEqual(['a'])
  expect((await registry.ask('DELETE', '/subjects/a')).body.error_code).toBe(40404)
  // An id leads to a schema that was deleted softly.
  expect((await registry.ask('GET', '/schemas/ids/2')).status).toBe(200)
  expect((await registry.ask('DELETE', '/subjects/a?permanent=true')).body).toEqual([1, 2])
  expect((await registry.ask('GET', '/schemas/ids/2')).status).toBe(404)
})

test('what is referred to cannot be deleted, and comes along', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('customer', { type: 'record', name: 'Customer', namespace: 'shop', fields: [id] })
  const referring = order(id, { name: 'by', type: 'shop.Customer' })
  expect((await registry.register('orders', referring)).body.error_code).toBe(42201)
  const references = [{ name: 'shop.Customer', subject: 'customer', version: 1 }]
  expect((await registry.register('orders', referring, { references })).status).toBe(200)
  expect((await registry.ask('GET', '/schemas/ids/2')).body).toMatchObject({ references })
  expect((await registry.ask('GET', '/subjects/customer/versions/1/referencedby')).body).toEqual([2])
  expect((await registry.ask('DELETE', '/subjects/customer')).body.error_code).toBe(42206)
  const missing = [{ name: 'shop.Customer', subject: 'customer', version: 9 }]
  expect((await registry.register('orders', referring, { references: missing })).body.message).toContain(
    'No schema reference found for subject "customer" and version 9',
  )
})

test('contexts have ids of their own', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('a', order(id))
  expect((await registry.register(':.staging:a', order(id, note))).body.id).toBe(1)
  expect((await registry.ask('GET', '/contexts')).body).toEqual(['.', '.staging'])
  expect((await registry.ask('GET', '/contexts/.staging/subjects')).body).toEqual([':.staging:a'])
  const inStaging = await registry.ask('GET', '/contexts/.staging/schemas/ids/1')
  expect(inStaging.body.schema).toContain('note')
  expect((await registry.ask('GET', '/schemas/ids/1')).body.schema).not.toContain('note')
})

test('what is read-only takes nothing, and ids of one’s own are for imports', async () => {
  await using registry = await RegistryUnderTest.start()
  expect((await registry.register('a', order(id), { id: 42, version: 3 })).body.error_code).toBe(42205)
  await registry.ask('PUT', '/mode/a', { mode: 'IMPORT' })
  expect((await registry.register('a', order(id), { id: 42, version: 3 })).body).toMatchObject({ id: 42, version: 3 })
  await registry.ask('PUT', '/mode', { mode: 'READONLY' })
  expect((await registry.register('b', order(id))).body.error_code).toBe(42205)
  expect((await registry.ask('GET', '/mode/b?defaultToGlobal=true')).body).toEqual({ mode: 'READONLY' })
  expect((await registry.ask('DELETE', '/mode')).body).toEqual({ mode: 'READONLY' })
})

test('two that register at once get ids of their own', async () => {
  await using registry = await RegistryUnderTest.start()
  const subjects = Array.from({ length: 10 }, (_, i) => `subject-${i}`)
  const answers = await Promise.all(
    subjects.map((subject, i) => registry.register(subject, { type: 'enum', name: `E${i}`, symbols: ['A'] })),
  )
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(10)
})

test('a mistake in how it is made is told at once', async () => {
  await expect(RegistryUnderTest.start({ url: 'registry' })).rejects.toThrow('an address such as')
  await expect(RegistryUnderTest.start({ compatibility: 'full' as 'FULL' })).rejects.toThrow('compatibility is NONE')
})
