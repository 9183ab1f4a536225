import http from 'node:http'
import { expect, test } from 'vitest'
import { newConfig, newSyncProducer } from '../../../src/client/index.ts'
import { BINARY_V2, JSON_V2, RestProxyUnderTest, V2 } from './rest-proxy.ts'

interface Row {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly value: unknown
}

const JSON_ACCEPTED = { accept: JSON_V2 }
/** Two records in the first partition, one in the second. */
async function withRecords(options: Parameters<typeof RestProxyUnderTest.start>[0] = {}): Promise<RestProxyUnderTest> {
  const proxy = await RestProxyUnderTest.start({ topics: { orders: { partitions: 2 } }, ...options })
  await proxy.cluster.topic('orders').append([
    { key: '"k"', value: { id: 0 }, partition: 0, timestamp: 1_000_000 },
    { value: { id: 1 }, partition: 0, timestamp: 2_000_000 },
    { value: { id: 2 }, partition: 1, timestamp: 1_500_000 },
  ])
  return proxy
}

async function read(proxy: RestProxyUnderTest, uri: string, query = ''): Promise<readonly Row[]> {
  const { status, body } = await proxy.ask('GET', `${uri}/records${query}`, undefined, JSON_ACCEPTED)
  expect([status, body]).toEqual([200, expect.any(Array)])
  return body.sort((one: Row, other: Row) => one.partition - other.partition || one.offset - other.offset)
}

const ids = (rows: readonly Row[]): unknown[] => rows.map(({ value }) => (value as { id: number }).id)
const first = { topic: 'orders', partition: 0 }
const second = { topic: 'orders', partition: 1 }

test('a consumer is made, subscribed, asked for records, commits, and is deleted', async () => {
  await using proxy = await withRecords()
  const made = await proxy.ask('POST', '/consumers/billing', {
    name: 'one',
    format: 'json',
    'auto.offset.reset': 'earliest',
  })
  const uri = '/consumers/billing/instances/one'
  expect(made.body).toEqual({ instance_id: 'one', base_uri: `http://rest.test${uri}` })
  expect((await proxy.ask('POST', `${uri}/subscription`, { topics: ['orders'] })).status).toBe(204)
  expect((await proxy.ask('GET', `${uri}/subscription`)).body).toEqual({ topics: ['orders'] })
  expect(await read(proxy, uri)).toEqual([
    { topic: 'orders', key: 'k', value: { id: 0 }, partition: 0, offset: 0 },
    { topic: 'orders', key: null, value: { id: 1 }, partition: 0, offset: 1 },
    { topic: 'orders', key: null, value: { id: 2 }, partition: 1, offset: 0 },
  ])
  expect((await proxy.ask('GET', `${uri}/assignments`)).body.partitions).toEqual(
    expect.arrayContaining([first, second]),
  )
  const committed = await proxy.ask('POST', `${uri}/offsets`)
  expect([committed.status, committed.body]).toEqual([200, []])
  expect(await proxy.cluster.group('billing').lag()).toBe(0)
  expect((await proxy.ask('DELETE', uri)).status).toBe(204)
  expect(await proxy.codes('GET', `${uri}/records`, undefined, JSON_ACCEPTED)).toEqual([404, 40403])
})

test('a consumer joins its group when it is asked for records, and not before', async () => {
  await using proxy = await withRecords()
  const uri = await proxy.consumer('billing')
  await proxy.ask('POST', `${uri}/subscription`, { topics: ['orders'] })
  expect((await proxy.ask('GET', `${uri}/assignments`)).body).toEqual({ partitions: [] })
  // As who is no member yet it commits nothing.
  const offsets = { offsets: [{ ...first, offset: 0 }] }
  expect(await proxy.codes('POST', `${uri}/offsets`, offsets)).toEqual([500, 50002])
  await read(proxy, uri)
  expect((await proxy.ask('GET', `${uri}/assignments`)).body.partitions).toHaveLength(2)
})

test('two consumers of a group share the partitions', async () => {
  await using proxy = await withRecords()
  const uris = [await proxy.consumer('billing', { name: 'a' }), await proxy.consumer('billing', { name: 'b' })]
  for (const uri of uris) await proxy.ask('POST', `${uri}/subscription`, { topics: ['orders'] })
  const held = async (): Promise<number[]> => {
    await Promise.all(uris.map((uri) => read(proxy, uri, '?timeout=50')))
    const answers = await Promise.all(uris.map((uri) => proxy.ask('GET', `${uri}/assignments`)))
    return answers.map(({ body }) => body.partitions.length)
  }
  await expect.poll(held, { timeout: 8000 }).toEqual([1, 1])
})

test('what was read is committed before a partition goes to another member, which goes on there', async () => {
  await using proxy = await withRecords()
  const one = await proxy.consumer('billing', { name: 'a' })
  await proxy.ask('POST', `${one}/subscription`, { topics: ['orders'] })
  expect(ids(await read(proxy, one))).toEqual([0, 1, 2])
  const other = await proxy.consumer('billing', { name: 'b' })
  await proxy.ask('POST', `${other}/subscription`, { topics: ['orders'] })
  const held = async (): Promise<number> => {
    expect(await read(proxy, other, '?timeout=50')).toEqual([])
    return (await proxy.ask('GET', `${other}/assignments`)).body.partitions.length
  }
  await expect.poll(held, { timeout: 8000 }).toBe(1)
  expect(await proxy.cluster.group('billing').lag()).toBe(0)
})

test('a partition that ends with the marker of a transaction is read to its end', async () => {
  await using proxy = await withRecords()
  const options = {
    producer: { idempotent: true, requiredAcks: -1, transaction: { id: 'tx' } },
    net: { maxOpenRequests: 1 },
  } as const
  const { cluster } = proxy
  const producer = await newSyncProducer(cluster.bootstrapServers, newConfig(cluster.clientConfig(), options))
  await producer.beginTxn()
  await producer.sendMessage({ topic: 'orders', key: '"a"', value: '{"id":3}' })
  await producer.commitTxn()
  await producer.close()
  const uri = await proxy.consumer('billing', { 'consumer.request.timeout.ms': 60_000 })
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [first, second] })
  expect(ids(await read(proxy, uri)).sort()).toEqual([0, 1, 2, 3])
})

test('a subscription by a pattern finds topics, those too that come later, and no internal ones', async () => {
  await using proxy = await withRecords()
  const uri = await proxy.consumer('billing')
  await proxy.ask('POST', `${uri}/subscription`, { topic_pattern: 'ord.*|__.*' })
  expect(ids(await read(proxy, uri))).toEqual([0, 1, 2])
  expect((await proxy.ask('GET', `${uri}/subscription`)).body).toEqual({ topics: ['orders'] })
  for (const topic of ['ordinary', 'disorder'])
    await proxy.ask('POST', `/topics/${topic}`, { records: [{ value: { id: 9 } }] })
  await expect.poll(async () => ids(await read(proxy, uri))).toEqual([9])
  expect((await proxy.ask('GET', `${uri}/subscription`)).body).toEqual({ topics: ['orders', 'ordinary'] })
})

test('topics, a pattern and partitions exclude each other, until nothing is subscribed any more', async () => {
  await using proxy = await withRecords()
  const uri = await proxy.consumer('billing')
  await proxy.ask('POST', `${uri}/subscription`, { topics: ['orders'] })
  expect((await proxy.ask('POST', `${uri}/assignments`, { partitions: [first] })).body).toEqual({
    error_code: 40903,
    message: 'Illegal state: Subscription to topics, partitions and pattern are mutually exclusive',
  })
  expect(await proxy.codes('POST', `${uri}/subscription`, { topic_pattern: '.*' })).toEqual([409, 40903])
  expect((await proxy.ask('DELETE', `${uri}/subscription`)).status).toBe(204)
  expect((await proxy.ask('GET', `${uri}/subscription`)).body).toEqual({ topics: [] })
  expect((await proxy.ask('POST', `${uri}/assignments`, { partitions: [first] })).status).toBe(204)
  expect(await proxy.codes('POST', `${uri}/subscription`, { topics: ['orders'] })).toEqual([409, 40903])
  expect((await proxy.ask('GET', `${uri}/assignments`)).body).toEqual({ partitions: [first] })
  expect((await proxy.ask('GET', `${uri}/subscription`)).body).toEqual({ topics: [] })
})

test('partitions that were assigned by hand are read without any group', async () => {
  await using proxy = await withRecords()
  const uri = await proxy.consumer('billing')
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [second] })
  expect(ids(await read(proxy, uri))).toEqual([2])
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [first, second] })
  // Where it was in the partition that it keeps it still is.
  expect(ids(await read(proxy, uri))).toEqual([0, 1])
  expect(proxy.cluster.group('billing').members).toEqual([])
})

test('positions are set to an offset, to a time, to the beginning and to the end', async () => {
  await using proxy = await withRecords()
  const uri = await proxy.consumer('billing')
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [first, second] })
  expect(ids(await read(proxy, uri))).toEqual([0, 1, 2])
  expect((await proxy.ask('POST', `${uri}/positions`, { offsets: [{ ...first, offset: 1 }] })).status).toBe(204)
  expect(ids(await read(proxy, uri))).toEqual([1])
  await proxy.ask('POST', `${uri}/positions/beginning`, { partitions: [second] })
  expect(ids(await read(proxy, uri))).toEqual([2])
  const timestamps = [first, second].map((partition) => ({ ...partition, timestamp: '1970-01-01T00:25:00Z' }))
  await proxy.ask('POST', `${uri}/positions`, { timestamps })
  expect(ids(await read(proxy, uri))).toEqual([1, 2])
  await proxy.ask('POST', `${uri}/positions/beginning`, { partitions: [] })
  expect(ids(await read(proxy, uri))).toEqual([0, 1, 2])
  await proxy.ask('POST', `${uri}/positions/beginning`, { partitions: [first, second] })
  await proxy.ask('POST', `${uri}/positions/end`, { partitions: [first] })
  expect(ids(await read(proxy, uri))).toEqual([2])
  expect(
    (await proxy.ask('POST', `${uri}/positions/end`, { partitions: [{ topic: 'else', partition: 0 }] })).body,
  ).toEqual({
    error_code: 40903,
    message: 'Illegal state: No current assignment for partition else-0',
  })
  // Beyond the end there is nothing: auto.offset.reset says where to go on.
  await proxy.ask('POST', `${uri}/positions`, { offsets: [{ ...second, offset: 99 }] })
  expect(ids(await read(proxy, uri))).toEqual([2])
  // No record is of that time or later: the real one fails.
  const late = { timestamps: [{ ...first, timestamp: '2100-01-01T00:00:00Z' }] }
  expect(await proxy.codes('POST', `${uri}/positions`, late)).toEqual([500, 500])
})

test('a member of a group goes on elsewhere, too', async () => {
  await using proxy = await withRecords()
  const uri = await proxy.consumer('billing')
  await proxy.ask('POST', `${uri}/subscription`, { topics: ['orders'] })
  expect(await proxy.codes('POST', `${uri}/positions/beginning`, { partitions: [first] })).toEqual([409, 40903])
  expect(ids(await read(proxy, uri))).toEqual([0, 1, 2])
  await proxy.ask('POST', `${uri}/positions`, { offsets: [{ ...first, offset: 1 }] })
  expect(ids(await read(proxy, uri))).toEqual([1])
})

test('offsets are committed as those of the last records that are done, with metadata', async () => {
  await using proxy = await withRecords()
  const uri = await proxy.consumer('billing', { 'auto.commit.enable': 'false' })
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [first, second] })
  await read(proxy, uri)
  const offsets = [{ ...first, offset: 0, metadata: 'half' }]
  expect((await proxy.ask('POST', `${uri}/offsets`, { offsets })).body).toEqual([])
  // Of the other partition nothing is committed.
  expect(await proxy.cluster.group('billing').offsets()).toMatchObject([{ ...first, offset: 1, metadata: 'half' }])
  const wrong = { offsets: [{ topic: 'none', partition: 0, offset: 0 }] }
  expect(await proxy.codes('POST', `${uri}/offsets`, wrong)).toEqual([500, 50002])
  // Whoever comes after it begins there.
  await proxy.ask('DELETE', uri)
  const next = await proxy.consumer('billing')
  await proxy.ask('POST', `${next}/assignments`, { partitions: [first] })
  expect(ids(await read(proxy, next))).toEqual([1])
})

test('what is committed is told to a GET with a body, of which msw sees no more than that there was one', async () => {
  await using proxy = await withRecords()
  await proxy.cluster.group('billing').setOffset('orders', 1, 1)
  const uri = await proxy.consumer('billing')
  const body = JSON.stringify({ partitions: [second] })
  const answer = await new Promise<string>((resolve, reject) => {
    const headers = { 'Content-Type': V2, 'Content-Length': Buffer.byteLength(body) }
    const get = http.request(`http://rest.test${uri}/offsets`, { method: 'GET', headers }, (response) => {
      response
        .setEncoding('utf8')
        .toArray()
        .then((chunks) => resolve(chunks.join('')), reject)
    })
    get.on('error', reject).end(body)
  })
  expect(JSON.parse(answer)).toEqual({ offsets: [{ ...second, offset: 1, metadata: '' }] })
  expect(await proxy.codes('GET', `${uri}/offsets`)).toEqual([404, 40402])
})

test('with auto.commit.enable, the default, a consumer that is deleted has committed what was read', async () => {
  await using proxy = await withRecords()
  for (const [group, autoCommit] of [
    ['by-default', undefined],
    ['by-hand', false],
  ] as const) {
    const uri = await proxy.consumer(group, autoCommit === undefined ? {} : { 'auto.commit.enable': autoCommit })
    await proxy.ask('POST', `${uri}/subscription`, { topics: ['orders'] })
    await read(proxy, uri)
    await proxy.ask('DELETE', uri)
  }
  expect(await proxy.cluster.group('by-default').offsets()).toHaveLength(2)
  expect(await proxy.cluster.group('by-hand').offsets()).toHaveLength(0)
})

test('auto.commit.enable commits every five seconds, with the next request for records', async () => {
  await using proxy = await withRecords({ clock: 'virtual' })
  const uri = await proxy.consumer('billing')
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [first] })
  const { clock } = proxy.cluster
  expect(ids(await clock.runUntil(read(proxy, uri)))).toEqual([0, 1])
  expect(await clock.runUntil(read(proxy, uri, '?timeout=100'))).toEqual([])
  expect(await proxy.cluster.group('billing').offsets()).toEqual([])
  await clock.advance(5000)
  expect(await clock.runUntil(read(proxy, uri, '?timeout=100'))).toEqual([])
  expect(await proxy.cluster.group('billing').offsets()).toMatchObject([{ ...first, offset: 2 }])
})

test('auto.offset.reset says where to begin: at the end unless told otherwise', async () => {
  await using proxy = await withRecords()
  const latest = await proxy.consumer('latest', { 'auto.offset.reset': null })
  await proxy.ask('POST', `${latest}/assignments`, { partitions: [first] })
  expect(await read(proxy, latest, '?timeout=100')).toEqual([])
  await proxy.cluster.topic('orders').append({ value: { id: 3 }, partition: 0 })
  expect(ids(await read(proxy, latest))).toEqual([3])
  const none = await proxy.consumer('none', { 'auto.offset.reset': 'none' })
  await proxy.ask('POST', `${none}/assignments`, { partitions: [first] })
  expect((await proxy.ask('GET', `${none}/records`, undefined, JSON_ACCEPTED)).body).toEqual({
    error_code: 50002,
    message: 'Undefined offset with no reset policy for partitions: [orders-0]',
  })
})

test('max_bytes ends an answer before the record that would reach it', async () => {
  await using proxy = await withRecords()
  const uri = await proxy.consumer('billing')
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [first] })
  // {"id":0} with its key has 11 bytes, {"id":1} 8.
  expect(ids(await read(proxy, uri, '?max_bytes=11'))).toEqual([])
  expect(ids(await read(proxy, uri, '?max_bytes=19'))).toEqual([0])
  expect(ids(await read(proxy, uri, '?max_bytes=19'))).toEqual([1])
})

test('fetch.min.bytes is waited for, and the timeout of the consumer or of the request ends the wait', async () => {
  await using proxy = await withRecords({ clock: 'virtual' })
  const uri = await proxy.consumer('billing', { 'fetch.min.bytes': 20, 'consumer.request.timeout.ms': 3000 })
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [first] })
  const begun = proxy.cluster.clock.now()
  const waited = proxy.ask('GET', `${uri}/records`, undefined, JSON_ACCEPTED)
  expect(ids((await proxy.cluster.clock.runUntil(waited)).body)).toEqual([0, 1])
  expect(proxy.cluster.clock.now() - begun).toBeGreaterThanOrEqual(3000)
  await proxy.ask('POST', `${uri}/positions/beginning`, { partitions: [] })
  const again = proxy.cluster.clock.now()
  await proxy.cluster.clock.runUntil(read(proxy, uri, '?timeout=500'))
  expect(proxy.cluster.clock.now() - again).toBeLessThan(3000)
})

test('with enough bytes nothing is waited for', async () => {
  await using proxy = await withRecords({ clock: 'virtual' })
  const uri = await proxy.consumer('billing', { 'fetch.min.bytes': 15 })
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [first] })
  const begun = proxy.cluster.clock.now()
  expect(ids(await proxy.cluster.clock.runUntil(read(proxy, uri)))).toEqual([0, 1])
  expect(proxy.cluster.clock.now() - begun).toBeLessThan(1000)
})

test('a consumer that is asked nothing for five minutes is gone', async () => {
  await using proxy = await withRecords({ clock: 'virtual' })
  const uri = await proxy.consumer('billing')
  await proxy.cluster.clock.advance(200_000)
  expect((await proxy.ask('GET', `${uri}/assignments`)).status).toBe(200)
  await proxy.cluster.clock.advance(200_000)
  expect((await proxy.ask('GET', `${uri}/assignments`)).status).toBe(200)
  await proxy.cluster.clock.advance(300_000)
  expect(await proxy.codes('GET', `${uri}/assignments`)).toEqual([404, 40403])
})

test('records come in the format of the consumer, by the content type that was asked for', async () => {
  await using proxy = await withRecords()
  const uri = await proxy.consumer('billing', { format: null })
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [second] })
  const binary = await proxy.ask('GET', `${uri}/records`, undefined, { accept: BINARY_V2 })
  expect(binary).toMatchObject({ status: 200, type: BINARY_V2, body: [{ value: 'eyJpZCI6Mn0=' }] })
  const plain = await proxy.ask('GET', `${uri}/records?timeout=50`, undefined, { accept: `text/html, ${V2};q=0.5` })
  expect(plain).toMatchObject({ status: 200, type: V2 })
  expect(await proxy.codes('GET', `${uri}/records`, undefined, JSON_ACCEPTED)).toEqual([406, 40601])
  expect(await proxy.codes('GET', `${uri}/records`, undefined, { accept: 'application/json' })).toEqual([406, 406])
})

test('what is no JSON cannot be read, and the record stays the next one', async () => {
  await using proxy = await withRecords()
  await proxy.cluster.topic('orders').append({ value: 'no JSON', partition: 1 })
  const uri = await proxy.consumer('billing')
  await proxy.ask('POST', `${uri}/assignments`, { partitions: [second] })
  await proxy.ask('POST', `${uri}/positions`, { offsets: [{ ...second, offset: 1 }] })
  const codes = (): Promise<unknown> => proxy.codes('GET', `${uri}/records`, undefined, JSON_ACCEPTED)
  expect([await codes(), await codes()]).toEqual([
    [408, 40801],
    [408, 40801],
  ])
})

test('what is wrong with a consumer has an error code', async () => {
  await using proxy = await withRecords()
  const codes = proxy.codes.bind(proxy)
  expect(await codes('GET', '/consumers/g/instances/none/records')).toEqual([404, 40403])
  const uri = await proxy.consumer('g')
  expect(await codes('POST', '/consumers/g', { name: 'one', format: 'json' })).toEqual([409, 40902])
  expect(await codes('POST', '/consumers/g', { format: 'xml' })).toEqual([422, 422])
  expect(await codes('POST', '/consumers/g', { 'auto.offset.reset': 'first' })).toEqual([422, 42204])
  expect(await codes('POST', '/consumers/g', { 'auto.commit.enable': 'maybe' })).toEqual([422, 42204])
  expect(await codes('POST', '/consumers/g', { 'fetch.min.bytes': -2 })).toEqual([422, 40001])
  expect(await codes('POST', '/consumers/g', { colour: 'red' })).toEqual([422, 422])
  expect(await codes('POST', `${uri}/subscription`)).toEqual([422, 422])
  // Without anything to read.
  expect(await codes('GET', `${uri}/records`, undefined, JSON_ACCEPTED)).toEqual([500, 500])
  expect(await codes('POST', `${uri}/subscription`, { topic_pattern: '(' })).toEqual([500, 500])
})
