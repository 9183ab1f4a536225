import { expect, test } from 'vitest'
import { RestProxyUnderTest } from './rest-proxy.ts'

const APPLICATION_JSON = { type: 'application/json' }

/** The answers to a stream of records. */
async function answers(proxy: RestProxyUnderTest, body: string): Promise<Record<string, unknown>[]> {
  const response = await proxy.send('POST', proxy.records('orders'), body, APPLICATION_JSON)
  expect(response.status).toBe(200)
  const lines = (await response.text()).split('\r\n')
  // Each answer ends with the separator.
  expect(lines.pop()).toBe('')
  return lines.map((line) => JSON.parse(line))
}

test('a record has a key, a value, headers, a timestamp and a partition', async () => {
  await using proxy = await RestProxyUnderTest.start()
  const { status, body } = await proxy.ask('POST', proxy.records('orders'), {
    partition_id: 1,
    headers: [
      { name: 'trace', value: Buffer.from('t1').toString('base64') },
      { name: 'empty', value: null },
    ],
    key: { type: 'STRING', data: 'a' },
    value: { type: 'JSON', data: { id: 1 } },
    timestamp: '2024-05-06T07:08:09.010Z',
  })
  expect(status).toBe(200)
  expect(body).toEqual({
    error_code: 200,
    cluster_id: proxy.cluster.clusterId,
    topic_name: 'orders',
    partition_id: 1,
    offset: 0,
    timestamp: '2024-05-06T07:08:09.010Z',
    key: { type: 'STRING', size: 1 },
    value: { type: 'JSON', size: 8 },
  })
  const [record] = await proxy.cluster.topic('orders').records()
  expect(record).toMatchObject({
    key: 'a',
    value: '{"id":1}',
    partition: 1,
    timestamp: Date.UTC(2024, 4, 6, 7, 8, 9, 10),
  })
  expect(record?.headers).toMatchObject({ trace: 't1', empty: null })
})

test('records stand one after another in a request, and each has its answer in its turn', async () => {
  await using proxy = await RestProxyUnderTest.start()
  const record = (data: string): string => JSON.stringify({ partition_id: 0, value: { type: 'STRING', data } })
  const told = await answers(proxy, `${record('a')}${record('b}{"')}\n${record('c')}\r\n\n ${record('d')}`)
  expect(told).toMatchObject([0, 1, 2, 3].map((offset) => ({ error_code: 200, offset })))
  const values = (await proxy.cluster.topic('orders').records()).map(({ value }) => value)
  expect(values).toEqual(['a', 'b}{"', 'c', 'd'])
})

test('a record is answered before the next one is sent', async () => {
  await using proxy = await RestProxyUnderTest.start()
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const record = (data: string): Buffer =>
    Buffer.from(JSON.stringify({ partition_id: 0, value: { type: 'STRING', data } }))
  const sent = writer.write(record('a'))
  const response = await proxy.send('POST', proxy.records('orders'), readable, APPLICATION_JSON)
  await sent
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect(JSON.parse((await reader?.read())?.value ?? '')).toMatchObject({ offset: 0 })
  await writer.write(record('b'))
  expect(JSON.parse((await reader?.read())?.value ?? '')).toMatchObject({ offset: 1 })
  await writer.close()
  expect((await reader?.read())?.done).toBe(true)
})

test('what is wrong with one record is told in its place, with status 200, and the others are produced', async () => {
  await using proxy = await RestProxyUnderTest.start({
    topics: { orders: { partitions: 2 } },
    config: { 'auto.create.topics.enable': 'false' },
  })
  const value = { type: 'STRING', data: 'a' }
  const records = [
    { partition_id: 0, value },
    { partition_id: 9, value },
    { partition_id: -1, value },
    { value: { type: 'BINARY', data: '?' } },
    { value: { type: 'STRING', data: 1 } },
    { value: { type: 'XML', data: 'a' } },
    { value: { type: 'JSON', data: 1, schema_id: 1 } },
    { value: { type: 'JSON' } },
    { records: [{ value }] },
    1,
    { partition_id: 0, value },
  ]
  const told = await answers(proxy, records.map((record) => JSON.stringify(record)).join('\n'))
  expect(told.map(({ error_code: code }) => code)).toEqual([200, 40401, 40402, 400, 400, 400, 400, 400, 400, 400, 200])
  expect(told[3]).toEqual({ error_code: 400, message: 'Bad Request: data="?" is not a valid base64 string.' })
  expect(told[6]?.message).toContain("'type=JSON' cannot be used with 'schema_id'.")
  expect(told[8]?.message).toContain('Unrecognized field "records"')
  const none = await proxy.ask('POST', proxy.records('none'), { value })
  expect(none).toMatchObject({ status: 200, body: { error_code: 40401 } })
})

test('what is no JSON ends the stream', async () => {
  await using proxy = await RestProxyUnderTest.start()
  const record = JSON.stringify({ value: { type: 'STRING', data: 'a' } })
  const told = await answers(proxy, `${record}{"value": oops}${record}`)
  expect(told.map(({ error_code: code }) => code)).toEqual([200, 400])
  expect((await answers(proxy, `${record}{"value":`)).map(({ error_code: code }) => code)).toEqual([200, 400])
})

test('nothing is produced by nothing: neither key nor value is a record, an empty request is none', async () => {
  await using proxy = await RestProxyUnderTest.start()
  expect(await answers(proxy, '{}')).toMatchObject([{ error_code: 200 }])
  expect(await answers(proxy, ' \n')).toEqual([])
  const nulls = { key: { type: 'JSON', data: null }, value: { type: 'BINARY', data: null } }
  expect((await proxy.ask('POST', proxy.records('orders'), nulls)).body).toMatchObject({
    key: { type: 'JSON', size: -1 },
    value: { type: 'BINARY', size: -1 },
  })
  const records = await proxy.cluster.topic('orders').records()
  expect(records.map(({ key, value }) => [key, value])).toEqual([
    [null, null],
    [null, null],
  ])
})

test('a batch tells of successes and failures by the ids of its entries', async () => {
  await using proxy = await RestProxyUnderTest.start()
  const path = `${proxy.records('orders')}:batch`
  const entry = (id: string, data: unknown): object => ({ id, partition_id: 0, value: { type: 'STRING', data } })
  const { status, body } = await proxy.ask('POST', path, { entries: [entry('a', 'x'), entry('b', 1)] })
  expect(status).toBe(207)
  expect(body).toMatchObject({
    successes: [{ id: 'a', offset: 0, value: { type: 'STRING', size: 1 } }],
    failures: [{ id: 'b', error_code: 400, message: 'Bad Request: data=1 is not a string.' }],
  })
  expect(await proxy.codes('POST', path, { entries: [] })).toEqual([422, 42208])
  expect(await proxy.codes('POST', path, { entries: [entry('a', 'x'), entry('a', 'y')] })).toEqual([422, 42208])
  const many = Array.from({ length: 11 }, (_, index) => entry(String(index), 'x'))
  expect((await proxy.ask('POST', path, { entries: many })).body).toEqual({
    error_code: 42208,
    message: 'Too many entries in batch.',
  })
  expect(await proxy.codes('POST', path, { entries: [entry('no id!', 'x')] })).toEqual([422, 42208])
  expect(await proxy.codes('POST', path, { records: [] })).toEqual([422, 422])
  expect(await proxy.codes('POST', path, { entries: [{ id: 'a', value: { type: 'XML' } }] })).toEqual([400, 400])
})
