import { expect, test } from 'vitest'
import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { fetch, produce, start } from '../../testing/fixture.ts'

test('a connection tells nothing of its client before the first request', async () => {
  const { cluster } = await start()
  expect(cluster.network.connections).toEqual([
    {
      nodeId: 1,
      connectionId: 'memory:1-0',
      remote: 'in-memory client',
      clientId: undefined,
      groupId: undefined,
      transactionalId: undefined,
      lastRequest: undefined,
    },
  ])
})

test('a connection tells who is there, and what was asked for last', async () => {
  const { cluster, client } = await start({ clock: 'virtual' })
  await cluster.clock.advance(250)
  await client.send(Metadata, 12, { topics: [] }, 'admin')
  await produce(client, { orders: [0] }, { clientId: 'shop' })
  expect(cluster.network.connections).toMatchObject([
    { clientId: 'shop', lastRequest: { api: 'Produce', version: 9, at: 250, isAnswered: true } },
  ])
})

test('a connection tells the group and the transactional id that it named last', async () => {
  const { cluster, client, connect } = await start()
  await client.send(Heartbeat, 4, { groupId: 'billing', memberId: 'me', generationId: 1 })
  await fetch(client, { orders: [0] })
  const other = connect()
  await other.send(OffsetFetch, 8, { groups: [{ groupId: 'shipping', topics: null }] })
  await other.send(InitProducerId, 4, { transactionalId: 'tx-1', transactionTimeoutMs: 1000 })
  expect(cluster.network.connections).toMatchObject([
    { groupId: 'billing', transactionalId: undefined, lastRequest: { api: 'Fetch' } },
    { groupId: 'shipping', transactionalId: 'tx-1', lastRequest: { api: 'InitProducerId' } },
  ])
})

test('a connection tells that its last request waits for an answer', async () => {
  const { cluster, client, connect } = await start()
  const waiting = fetch(connect(), { orders: [0] }, { maxWaitMs: 60_000, minBytes: 1 })
  await client.send(Metadata, 12, { topics: [] })
  expect(cluster.network.connections.map(({ lastRequest }) => lastRequest?.isAnswered)).toEqual([true, false])
  await produce(client, { orders: [0] })
  await waiting
  expect(cluster.network.connections.map(({ lastRequest }) => lastRequest?.isAnswered)).toEqual([true, true])
})
