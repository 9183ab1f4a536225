import { expect, test } from 'vitest'
import { BINARY_V2, JSON_V2, RestProxyUnderTest, V2 } from './rest-proxy.ts'

test('v2: records are produced in JSON and in binary, and each is told where it is', async () => {
  await using proxy = await RestProxyUnderTest.start()
  const { status, type, body } = await proxy.ask('POST', '/topics/orders', {
    records: [
      { key: 'a', value: { id: 1 }, partition: 1 },
      { value: { id: 2 }, partition: 0 },
    ],
  })
  expect([status, type]).toEqual([200, V2])
  expect(body).toEqual({
    offsets: [
      { partition: 1, offset: 0, error_code: null, error: null },
      { partition: 0, offset: 0, error_code: null, error: null },
    ],
    key_schema_id: null,
    value_schema_id: null,
  })
  const binary = { records: [{ value: Buffer.from('raw').toString('base64') }] }
  const produced = await proxy.ask('POST', '/topics/orders/partitions/1', binary, { type: BINARY_V2 })
  expect(produced.body.offsets[0]).toMatchObject({ partition: 1, offset: 1 })
  const values = (await proxy.cluster.topic('orders').records()).map(({ value }) => value)
  expect(values).toEqual(['{"id":2}', '{"id":1}', 'raw'])
})

test('v2: a record that names no partition goes where its key sends it, beside one that names one', async () => {
  await using proxy = await RestProxyUnderTest.start({ topics: { orders: { partitions: 8 } } })
  const records = [
    { key: 'a', value: 1 },
    { key: 'a', value: 2, partition: 3 },
    { key: 'a', value: 3 },
  ]
  const { offsets } = (await proxy.ask('POST', '/topics/orders', { records })).body
  const [first, second, third] = offsets.map(({ partition }: { partition: number }) => partition)
  expect(second).toBe(3)
  expect(third).toBe(first)
})

test('v2: what a record says outweighs the partition that it is sent to', async () => {
  await using proxy = await RestProxyUnderTest.start()
  const { body } = await proxy.ask('POST', '/topics/orders/partitions/1', { records: [{ value: 1, partition: 0 }] })
  expect(body.offsets).toMatchObject([{ partition: 0, offset: 0 }])
})

test('v2: a record that Kafka does not take is told of in its place, and the others are produced', async () => {
  await using proxy = await RestProxyUnderTest.start({
    topics: { orders: { partitions: 2 } },
    config: { 'auto.create.topics.enable': 'false' },
  })
  const { status, body } = await proxy.ask('POST', '/topics/orders', {
    records: [
      { value: 1, partition: 9 },
      { value: 2, partition: 0 },
    ],
  })
  expect(status).toBe(200)
  expect(body.offsets).toMatchObject([
    { partition: null, offset: null, error_code: 50003, error: expect.stringContaining('not present in metadata') },
    { partition: 0, offset: 0, error_code: null, error: null },
  ])
  const elsewhere = await proxy.ask('POST', '/topics/none', { records: [{ value: 1 }] })
  expect(elsewhere.body.offsets).toMatchObject([{ error_code: 50003 }])
})

test('v2: topics and partitions', async () => {
  await using proxy = await RestProxyUnderTest.start()
  expect((await proxy.ask('GET', '/topics')).body).toEqual(['orders'])
  const partitions = [0, 1].map((partition) => ({
    partition,
    leader: 1,
    replicas: [{ broker: 1, leader: true, in_sync: true }],
  }))
  expect((await proxy.ask('GET', '/topics/orders')).body).toMatchObject({ name: 'orders', partitions })
  expect((await proxy.ask('GET', '/topics/orders/partitions/1')).body).toEqual(partitions[1])
  expect((await proxy.ask('GET', '/topics/orders/partitions/1/offsets')).body).toEqual({
    beginning_offset: 0,
    end_offset: 0,
  })
  expect((await proxy.ask('GET', '/brokers')).body).toEqual({ brokers: [1] })
})

test('v3: the cluster and its topics', async () => {
  await using proxy = await RestProxyUnderTest.start()
  const { body } = await proxy.ask('GET', '/v3/clusters')
  const [{ cluster_id: id }] = body.data
  expect(id).toBe(proxy.cluster.clusterId)
  const topics = `/v3/clusters/${id}/topics`
  expect((await proxy.ask('POST', topics, { topic_name: 'events', partitions_count: 3 })).status).toBe(201)
  expect((await proxy.ask('GET', topics)).body.data.map((topic: { topic_name: string }) => topic.topic_name)).toEqual([
    'events',
    'orders',
  ])
  expect((await proxy.ask('GET', `${topics}/events`)).body).toMatchObject({
    partitions_count: 3,
    replication_factor: 1,
    is_internal: false,
  })
  expect((await proxy.ask('DELETE', `${topics}/events`)).status).toBe(204)
  expect((await proxy.ask('GET', `${topics}/events`)).body.error_code).toBe(40403)
})

test('v3: consumer groups', async () => {
  await using proxy = await RestProxyUnderTest.start()
  await proxy.cluster.topic('orders').append({ value: 'a' })
  await proxy.cluster.group('billing').setOffset('orders', 0, 0)
  const groups = `/v3/clusters/${proxy.cluster.clusterId}/consumer-groups`
  expect((await proxy.ask('GET', groups)).body.data).toMatchObject([{ consumer_group_id: 'billing', state: 'EMPTY' }])
  expect((await proxy.ask('GET', `${groups}/billing`)).body).toMatchObject({
    kind: 'KafkaConsumerGroup',
    is_simple: true,
  })
  expect((await proxy.ask('GET', `${groups}/none`)).status).toBe(404)
})

test('what is wrong has an error code', async () => {
  await using proxy = await RestProxyUnderTest.start()
  const codes = proxy.codes.bind(proxy)
  expect(await codes('GET', '/topics/none')).toEqual([404, 40401])
  expect(await codes('GET', '/topics/orders/partitions/9')).toEqual([404, 40402])
  expect(await codes('POST', '/topics/orders', { records: [] })).toEqual([422, 422])
  expect(await codes('POST', '/topics/orders', { records: [{ valeu: 1 }] })).toEqual([422, 422])
  expect(await codes('POST', '/topics/orders', { records: [{ partition: 'first' }] })).toEqual([400, 400])
  const noBase64 = { records: [{ value: 'no base64!' }] }
  const { body } = await proxy.ask('POST', '/topics/orders', noBase64, { type: BINARY_V2 })
  expect(body).toEqual({
    error_code: 400,
    message: 'Bad Request: data="no base64!" is not a valid base64 string.',
  })
  // What is not one of the formats of records.
  const json = { type: 'application/json' }
  expect(await codes('POST', '/topics/orders', { records: [{ value: 1 }] }, json)).toEqual([415, 415])
  expect(await codes('POST', '/consumers/g', {}, json)).toEqual([415, 415])
  expect(await codes('GET', '/v3/clusters/none')).toEqual([404, 404])
  const topics = `/v3/clusters/${proxy.cluster.clusterId}/topics`
  expect(await codes('POST', topics, { topic_name: 'orders' })).toEqual([400, 40002])
  expect(await codes('GET', '/nowhere')).toEqual([404, 404])
})

test('schemas need a registry that the proxy was told of', async () => {
  await using proxy = await RestProxyUnderTest.start()
  const avro = 'application/vnd.kafka.avro.v2+json'
  const records = { value_schema: '"string"', records: [{ value: 'a' }] }
  expect((await proxy.ask('POST', '/topics/orders', records, { type: avro })).body).toEqual({
    error_code: 42206,
    message: 'Payload error. Schema Registry must be configured when using schemas.',
  })
  const record = { value: { type: 'AVRO', schema: '"string"', data: 'a' } }
  expect(await proxy.ask('POST', proxy.records('orders'), record)).toMatchObject({
    status: 200,
    body: {
      error_code: 422,
      message: 'Error: 42206 : Payload error. Schema Registry must be configured when using schemas.',
    },
  })
  expect(await proxy.codes('POST', '/consumers/g', { format: 'avro' }, { type: JSON_V2 })).toEqual([422, 42204])
})
