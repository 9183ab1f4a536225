import { expect, test } from 'vitest'
import { RegistryUnderTest } from './registry.ts'

// What Confluent's registry does at places where few look: each is so in its source (core/…/rest/resources, …/storage/KafkaSchemaRegistry.java).

const id = { name: 'id', type: 'string' }
const note = { name: 'note', type: ['null', 'string'], default: null }
const order = (...fields: object[]): object => ({ type: 'record', name: 'Order', namespace: 'shop', fields })
const text = (...fields: object[]): { schema: string } => ({ schema: JSON.stringify(order(...fields)) })

test('any schema gets on with a subject that has no versions, and a version that is not there is named', async () => {
  await using registry = await RegistryUnderTest.start()
  const check = async (path: string, body: object = text(id)): Promise<unknown[]> => {
    const { status, body: answer } = await registry.ask('POST', `/compatibility/subjects/${path}`, body)
    return [status, answer.error_code ?? answer.is_compatible]
  }
  expect(await check('new/versions/latest')).toEqual([200, true])
  expect(await check('new/versions')).toEqual([200, true])
  expect(await check('new/versions/1')).toEqual([404, 40402])
  await registry.register('a', order(id))
  expect(await check('a/versions/2')).toEqual([404, 40402])
  expect(await check('a/versions/latest', { schema: '{"type":"nonsense"}' })).toEqual([422, 42201])
  expect(await check('a/versions/latest?verbose=true', { schema: '{"type":"nonsense"}' })).toEqual([200, false])
})

test('the latest version with some metadata is found', async () => {
  await using registry = await RegistryUnderTest.start()
  const properties = (team: string): object => ({ metadata: { properties: { team, tier: '1' } } })
  await registry.register('a', order(id), properties('red'))
  await registry.register('a', order(id, note), properties('blue'))
  const latest = (query: string) => registry.ask('GET', `/subjects/a/metadata?${query}`)
  expect((await latest('key=tier&value=1')).body).toMatchObject({ version: 2, id: 2, subject: 'a' })
  expect((await latest('key=team&value=red&key=tier&value=1')).body).toMatchObject({ version: 1 })
  expect((await latest('key=team&value=green')).body.error_code).toBe(40403)
  expect((await registry.ask('GET', '/subjects/none/metadata?key=a&value=b')).body.error_code).toBe(40401)
  await registry.ask('DELETE', '/subjects/a/versions/2')
  expect((await latest('key=tier&value=1')).body.version).toBe(1)
  expect((await latest('key=tier&value=1&deleted=true')).body.version).toBe(2)
})

test('metadata and rules come along from the version before, and so does a schema that is left out', async () => {
  await using registry = await RegistryUnderTest.start()
  const metadata = { properties: { team: 'red' } }
  await registry.register('a', order(id), { metadata })
  expect((await registry.register('a', order(id))).body.version).toBe(1)
  expect((await registry.register('a', order(id, note))).body).toMatchObject({ version: 2, metadata })
  const without = await registry.ask('POST', '/subjects/a/versions', { metadata: { properties: { team: 'blue' } } })
  expect(without.body).toMatchObject({ version: 3, metadata: { properties: { team: 'blue' } } })
  expect(JSON.parse(without.body.schema)).toEqual(order(id, note))
  expect((await registry.ask('POST', '/subjects/a', text(id, note))).body).toMatchObject({ version: 3 })
  expect((await registry.ask('POST', '/subjects/b/versions', {})).body.error_code).toBe(42201)
})

test('force registers what is not compatible', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('a', order(id))
  const total = { name: 'total', type: 'int' }
  expect((await registry.register('a', order(id, total))).status).toBe(409)
  const { body } = await registry.ask('POST', '/subjects/a/versions?force=true', text(id, total))
  expect(body).toMatchObject({ version: 2 })
})

test('pages: no limit at 0, and versions that were deleted as negative numbers', async () => {
  await using registry = await RegistryUnderTest.start()
  for (const more of [[], [note], [{ ...note, name: 'more' }]]) await registry.register('a', order(id, ...more))
  await registry.ask('DELETE', '/subjects/a/versions/2')
  const versions = async (query: string): Promise<unknown> =>
    (await registry.ask('GET', `/subjects/a/versions?${query}`)).body
  expect(await versions('limit=0')).toEqual([1, 3])
  expect(await versions('limit=1')).toEqual([1])
  expect(await versions('offset=1&limit=5')).toEqual([3])
  expect(await versions('deletedOnly=true&deleted=true')).toEqual([2])
  expect(await versions('deletedAsNegative=true')).toEqual([1, -2, 3])
})

test('an id that another schema has is not given anew', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.ask('PUT', '/mode', { mode: 'IMPORT' })
  await registry.register('a', order(id), { id: 7, version: 1 })
  const { status, body } = await registry.register('b', order(id, note), { id: 7, version: 1 })
  expect([status, body.error_code]).toEqual([422, 42205])
  expect(body.message).toContain('Overwrite new schema with id 7 in context  is not permitted.')
})

test('a context is imported into as a whole, when nothing is in it', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register(':.staging:a', order(id))
  const mode = async (path: string): Promise<unknown> => {
    const { body } = await registry.ask('PUT', path, { mode: 'IMPORT' })
    return body.error_code ?? body.mode
  }
  expect(await mode('/mode/:.staging:')).toBe(42205)
  expect(await mode('/contexts/.staging/mode')).toBe(42205)
  expect(await mode('/mode/:.other:')).toBe('IMPORT')
  await registry.ask('DELETE', '/subjects/:.staging:a')
  expect(await mode('/mode/:.staging:')).toBe('IMPORT')
  expect((await registry.ask('GET', '/subjects?deleted=true')).body).toEqual([])
})

test('a subject that names no context is looked for in all of them', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register(':.staging:a', order(id))
  expect((await registry.ask('GET', '/subjects/a/versions/latest')).body).toMatchObject({ subject: ':.staging:a' })
  expect((await registry.ask('POST', '/subjects/a', text(id))).body).toMatchObject({ subject: ':.staging:a' })
  expect((await registry.ask('GET', '/subjects/:.other:a/versions/1')).body.error_code).toBe(40401)
  expect((await registry.ask('GET', '/subjects/b/versions/1')).body.error_code).toBe(40401)
})

test('contexts may be named without their dot, and prefixes are of one context, or of all', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('orders', order(id))
  await registry.register(':.staging:orders', order(id))
  await registry.register(':.staging:bills', order(id))
  const list = async (path: string): Promise<unknown> => (await registry.ask('GET', path)).body
  expect(await list('/contexts/staging/subjects')).toEqual([':.staging:bills', ':.staging:orders'])
  expect(await list('/contexts/.staging/subjects?subjectPrefix=ord')).toEqual([':.staging:orders'])
  expect(await list('/subjects?subjectPrefix=')).toEqual(['orders'])
  expect(await list('/subjects?subjectPrefix=:*:ord')).toEqual([':.staging:orders', 'orders'])
  expect(await list('/subjects')).toHaveLength(3)
})

test('what refers to a schema is told once, by id', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('customer', { type: 'record', name: 'Customer', namespace: 'shop', fields: [id] })
  const references = [{ name: 'shop.Customer', subject: 'customer', version: 1 }]
  const by = { name: 'by', type: 'shop.Customer' }
  await registry.register('z', order(id, by), { references })
  await registry.register('b', order(id, by, note), { references })
  await registry.register('c', order(id, by), { references })
  expect((await registry.ask('GET', '/subjects/customer/versions/1/referencedby')).body).toEqual([2, 3])
})

test('contexts of their own have settings of their own, and __GLOBAL’s are for all', async () => {
  await using registry = await RegistryUnderTest.start()
  const level = async (subject: string): Promise<unknown> =>
    (await registry.ask('GET', `/config/${subject}?defaultToGlobal=true`)).body.compatibilityLevel
  await registry.ask('PUT', '/config', { compatibility: 'FULL' })
  expect([await level('a'), await level(':.staging:a')]).toEqual(['FULL', 'BACKWARD'])
  await registry.ask('PUT', '/config/:.__GLOBAL:', { compatibility: 'NONE' })
  expect([await level('a'), await level(':.staging:a')]).toEqual(['FULL', 'NONE'])
  await registry.ask('PUT', '/config/a', { normalize: true })
  expect((await registry.ask('GET', '/config/a')).body).toEqual({ normalize: true, compatibilityLevel: 'BACKWARD' })
})

test('what is not there is told before what is read-only', async () => {
  await using registry = await RegistryUnderTest.start()
  await registry.register('a', order(id))
  await registry.ask('PUT', '/mode', { mode: 'READONLY' })
  expect((await registry.ask('DELETE', '/subjects/none')).body.error_code).toBe(40401)
  expect((await registry.ask('DELETE', '/subjects/a')).body.error_code).toBe(42205)
})

test('subjects with slashes and spaces are subjects', async () => {
  await using registry = await RegistryUnderTest.start()
  const name = 'shop/orders value'
  const path = `/subjects/${encodeURIComponent(name)}/versions`
  expect((await registry.ask('POST', path, text(id))).body).toMatchObject({ subject: name, version: 1 })
  expect((await registry.ask('GET', path)).body).toEqual([1])
  expect((await registry.ask('GET', '/subjects')).body).toEqual([name])
  expect((await registry.ask('DELETE', `/subjects/${encodeURIComponent(name)}`)).body).toEqual([1])
})

test('what is said in another content type is not listened to, and answers are in one that is accepted', async () => {
  await using registry = await RegistryUnderTest.start()
  const post = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${registry.url}/subjects/a/versions`, { method: 'POST', body: JSON.stringify(text(id)), headers })
  const plain = await post({})
  expect([plain.status, await plain.json()]).toEqual([
    415,
    { error_code: 415, message: 'HTTP 415 Unsupported Media Type' },
  ])
  for (const [type, accept, answer] of [
    ['application/json', 'application/json', 'application/json'],
    ['application/octet-stream', '*/*', 'application/vnd.schemaregistry.v1+json'],
    [
      'application/vnd.schemaregistry+json; charset=utf-8',
      'text/html, application/*',
      'application/vnd.schemaregistry.v1+json',
    ],
    [
      'application/json',
      'application/json, application/vnd.schemaregistry+json',
      'application/vnd.schemaregistry+json',
    ],
  ] as const) {
    const { status, headers } = await post({ 'Content-Type': type, Accept: accept })
    expect([status, headers.get('content-type')]).toEqual([200, answer])
  }
})
