import { setupServer } from 'msw/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { restProxy } from '../../../src/testing/msw/index.ts'

const JSON_V2 = 'application/vnd.kafka.json.v2+json'
const BINARY_V2 = 'application/vnd.kafka.binary.v2+json'

let cluster: KafkaCluster
let server: ReturnType<typeof setupServer>
beforeEach(async () => {
  cluster = await KafkaCluster.start({ topics: { orders: { partitions: 2 } } })
  server = setupServer(...restProxy(cluster, { url: 'http://rest.test' }))
  server.listen({ onUnhandledFrame: 'error' })
})
afterEach(async () => {
  server.close()
  await cluster.stop()
})

interface Answer {
  readonly status: number
  readonly type: string | null
  // biome-ignore lint/suspicious/noExplicitAny: whatever the answer is, the test says what of it there has to be
  readonly body: any
}

async function ask(method: string, path: string, body?: unknown, type = JSON_V2, accept = JSON_V2): Promise<Answer> {
  const response = await fetch(`http://rest.test${path}`, {
    method,
    headers: { 'Content-Type': type, Accept: accept },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: text === '' ? undefined : JSON.parse(text),
  }
}

test('v2: records are produced in JSON and in binary, and each is told where it is', async () => {
  const { status, type, body } = await ask('POST', '/topics/orders', {
    records: [
      { key: 'a', value: { id: 1 }, partition: 1 },
      { value: { id: 2 }, partition: 0 },
    ],
  })
  expect([status, type]).toEqual([200, 'application/vnd.kafka.v2+json'])
  expect(body).toEqual({
    offsets: [
      { partition: 1, offset: 0, error_code: null, error: null },
      { partition: 0, offset: 0, error_code: null, error: null },
    ],
    key_schema_id: null,
    value_schema_id: null,
  })
  const binary = { records: [{ value: Buffer.from('raw').toString('base64') }] }
  expect((await ask('POST', '/topics/orders/partitions/1', binary, BINARY_V2)).body.offsets[0].offset).toBe(1)
  const values = (await cluster.topic('orders').records()).map(({ value }) => value)
  expect(values).toEqual(['{"id":2}', '{"id":1}', 'raw'])
})

test('v2: topics and partitions', async () => {
  expect((await ask('GET', '/topics')).body).toEqual(['orders'])
  const partitions = [0, 1].map((partition) => ({
    partition,
    leader: 1,
    replicas: [{ broker: 1, leader: true, in_sync: true }],
  }))
  expect((await ask('GET', '/topics/orders')).body).toMatchObject({ name: 'orders', partitions })
  expect((await ask('GET', '/topics/orders/partitions/1')).body).toEqual(partitions[1])
  expect((await ask('GET', '/topics/orders/partitions/1/offsets')).body).toEqual({ beginning_offset: 0, end_offset: 0 })
  expect((await ask('GET', '/brokers')).body).toEqual({ brokers: [1] })
})

test('v2: a consumer is made, subscribed, asked for records, commits, and is deleted', async () => {
  await cluster.topic('orders').append([
    { key: '"a"', value: { id: 1 }, partition: 0 },
    { value: { id: 2 }, partition: 1 },
  ])
  const made = await ask('POST', '/consumers/billing', { name: 'one', format: 'json', 'auto.offset.reset': 'earliest' })
  const uri = '/consumers/billing/instances/one'
  expect(made.body).toEqual({ instance_id: 'one', base_uri: `http://rest.test${uri}` })
  expect((await ask('POST', `${uri}/subscription`, { topics: ['orders'] })).status).toBe(204)
  expect((await ask('GET', `${uri}/subscription`)).body).toEqual({ topics: ['orders'] })
  const records: { partition: number }[] = []
  while (records.length < 2) {
    const { status, type, body } = await ask('GET', `${uri}/records?timeout=3000`)
    expect([status, type]).toEqual([200, JSON_V2])
    records.push(...body)
  }
  expect(records.sort((one, other) => one.partition - other.partition)).toEqual([
    { topic: 'orders', key: 'a', value: { id: 1 }, partition: 0, offset: 0 },
    { topic: 'orders', key: null, value: { id: 2 }, partition: 1, offset: 0 },
  ])
  expect((await ask('GET', `${uri}/assignments`)).body.partitions).toHaveLength(2)
  expect((await ask('POST', `${uri}/offsets`)).status).toBe(200)
  expect(await cluster.group('billing').lag()).toBe(0)
  expect((await ask('DELETE', uri)).status).toBe(204)
  expect((await ask('GET', `${uri}/records`)).body.error_code).toBe(40403)
})

test('v3: the cluster, its topics, and a record produced', async () => {
  const { body } = await ask('GET', '/v3/clusters')
  const [{ cluster_id: id }] = body.data
  expect(id).toBe(cluster.clusterId)
  const topics = `/v3/clusters/${id}/topics`
  expect((await ask('POST', topics, { topic_name: 'events', partitions_count: 3 })).status).toBe(201)
  expect((await ask('GET', topics)).body.data.map((topic: { topic_name: string }) => topic.topic_name)).toEqual([
    'events',
    'orders',
  ])
  expect((await ask('GET', `${topics}/events`)).body).toMatchObject({
    partitions_count: 3,
    replication_factor: 1,
    is_internal: false,
  })
  const record = { partition_id: 2, key: { type: 'STRING', data: 'a' }, value: { type: 'JSON', data: { id: 1 } } }
  expect((await ask('POST', `${topics}/events/records`, record)).body).toMatchObject({
    error_code: 200,
    topic_name: 'events',
    partition_id: 2,
    offset: 0,
    key: { type: 'STRING', size: 1 },
    value: { type: 'JSON', size: 8 },
  })
  const [written] = await cluster.topic('events').records()
  expect(written).toMatchObject({ key: 'a', value: '{"id":1}', partition: 2 })
  expect((await ask('DELETE', `${topics}/events`)).status).toBe(204)
  expect((await ask('GET', `${topics}/events`)).body.error_code).toBe(40403)
})

test('v3: consumer groups', async () => {
  await cluster.topic('orders').append({ value: 'a' })
  await cluster.group('billing').setOffset('orders', 0, 0)
  const groups = `/v3/clusters/${cluster.clusterId}/consumer-groups`
  expect((await ask('GET', groups)).body.data).toMatchObject([{ consumer_group_id: 'billing', state: 'EMPTY' }])
  expect((await ask('GET', `${groups}/billing`)).body).toMatchObject({ kind: 'KafkaConsumerGroup', is_simple: true })
  expect((await ask('GET', `${groups}/none`)).status).toBe(404)
})

test('what is wrong has an error code', async () => {
  const codes = async (...asked: Parameters<typeof ask>): Promise<unknown> => {
    const { status, body } = await ask(...asked)
    return [status, body.error_code]
  }
  expect(await codes('GET', '/topics/none')).toEqual([404, 40401])
  expect(await codes('GET', '/topics/orders/partitions/9')).toEqual([404, 40402])
  expect(await codes('POST', '/topics/orders', { records: [] })).toEqual([422, 422])
  expect(await codes('POST', '/topics/orders', { records: [{ value: 'no base64!' }] }, BINARY_V2)).toEqual([422, 42203])
  expect(await codes('POST', '/topics/orders', {}, 'application/vnd.kafka.avro.v2+json')).toEqual([415, 415])
  expect(await codes('GET', '/consumers/g/instances/none/records')).toEqual([404, 40403])
  expect((await ask('POST', '/consumers/g', { name: 'i', format: 'json' })).status).toBe(200)
  expect(await codes('POST', '/consumers/g', { name: 'i', format: 'json' })).toEqual([409, 40902])
  expect(await codes('GET', '/consumers/g/instances/i/records', undefined, JSON_V2, BINARY_V2)).toEqual([406, 40601])
  expect(await codes('POST', '/consumers/g', { format: 'xml' })).toEqual([422, 42204])
  expect(await codes('GET', '/v3/clusters/none')).toEqual([404, 404])
  const topics = `/v3/clusters/${cluster.clusterId}/topics`
  expect(await codes('POST', topics, { topic_name: 'orders' })).toEqual([400, 40002])
  expect(await codes('POST', `${topics}/none/records`, {})).toEqual([404, 40403])
  expect(await codes('GET', '/nowhere')).toEqual([404, 404])
})
