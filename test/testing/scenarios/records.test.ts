import kafkajs from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { ErrOffsetOutOfRange, newConfig, newConsumer } from '../../../src/client/index.ts'
import { scenarios } from '../../../src/testing/index.ts'
import { clients, shop, threeBrokers } from './fixture.ts'

describe.each(clients.map((client) => [client.name, client] as const))('%s', (_, client) => {
  test('poisonRecord: is handed the bytes as they are, and goes on behind them', async () => {
    const cluster = await threeBrokers(client)
    const { produce, bill, billed, journal } = await shop(client, cluster)
    await bill()
    await produce('before')
    const poison = await scenarios.poisonRecord(cluster, { topic: 'orders' })
    expect(poison).toMatchObject({ topic: 'orders', partition: 0, offset: 1 })
    await produce('after')
    await billed('before', 'after')
    const [, handed] = journal.records
    expect(handed).toMatchObject({ offset: 1, key: expect.anything() })
    expect(() => JSON.parse(String(handed?.value))).toThrow(SyntaxError)
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(handed?.value)).toThrow(TypeError)
  })

  test('expiredOffset: a member that comes back goes on where its reset says, and what expired is not read', async () => {
    const cluster = await threeBrokers(client)
    const { produce, bill, billed, values } = await shop(client, cluster)
    const first = await bill()
    await produce('one', 'two')
    await billed('one', 'two')
    await first.commit(new Map([[0, 1]]))
    await first.leave()
    await produce('three')
    const expired = await scenarios.expiredOffset(cluster, { topic: 'orders', group: 'billing' })
    expect(expired).toEqual({ logStartOffset: 3 })
    await produce('four')
    await bill('b')
    await billed('four')
    expect(values()).toEqual(['one', 'two', 'four'])
  })

  test('lostAcknowledgement: sends again; the record is there twice, and once where the producer is idempotent', async () => {
    const cluster = await threeBrokers(client)
    const { produce } = await shop(client, cluster)
    await produce('before')
    const lost = scenarios.lostAcknowledgement(cluster, { topic: 'orders' })
    await produce('after')
    expect(cluster.calls(lost.handler)).toHaveLength(1)
    // That of @platformatic/kafka is made idempotent in these tests.
    const idempotent = client.name === '@platformatic/kafka'
    expect(cluster.partition('orders', 0).logEndOffset).toBe(idempotent ? 2 : 3)
  })

  test('fullQuota: is answered, and waits', async () => {
    const cluster = await threeBrokers(client)
    const { produce } = await shop(client, cluster)
    await produce('before')
    const quota = scenarios.fullQuota(cluster, { throttle: 80 })
    const startedMs = performance.now()
    await produce('one')
    await produce('two')
    expect(performance.now() - startedMs).toBeGreaterThan(60)
    quota.undo()
    await produce('after')
    expect(cluster.calls(quota.handler).length).toBeGreaterThan(1)
    expect(cluster.partition('orders', 0).logEndOffset).toBe(4)
  })
})

test('memkafka/client, expiredOffset: a consumer of a partition is told OFFSET_OUT_OF_RANGE', async () => {
  const cluster = await threeBrokers()
  await cluster.topic('orders').append([{ value: 'one' }, { value: 'two' }])
  await using consumer = await newConsumer(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
  await scenarios.expiredOffset(cluster, { topic: 'orders' })
  await expect(consumer.consumePartition('orders', 0, 1)).rejects.toBeInstanceOf(ErrOffsetOutOfRange)
})

test('kafkajs, fullQuota of requests: is throttled in whatever it asks', async () => {
  const cluster = await threeBrokers()
  const kafka = new kafkajs.Kafka({
    clientId: 'billing',
    brokers: cluster.bootstrapServers,
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const admin = kafka.admin()
  await admin.connect()
  const quota = scenarios.fullQuota(cluster, { quota: 'requests', throttle: 20, clientId: 'billing', times: 2 })
  await admin.listTopics()
  await admin.listTopics()
  expect(cluster.calls(quota.handler).map(({ api }) => api)).toEqual(['Metadata', 'Metadata'])
  await admin.disconnect()
})
