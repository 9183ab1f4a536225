import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { KafkaResponse, kafka } from '../../../src/testing/index.ts'
import { fetch, fetchOf, produce, requestOf } from '../../testing/fixture.ts'
import { WireClient } from '../../wire-client.ts'
import { entriesOf, requestsOf, startRecording } from './fixture.ts'

/** A commit of a consumer that is in no group. */
const commitOf = (groupId: string, committedOffset: number) => ({
  groupId,
  generationIdOrMemberEpoch: -1,
  memberId: '',
  topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset }] }],
})

describe('of a request', () => {
  test('it is told who asked whom, in which version, about what, and what came of it', async () => {
    const { cluster, client } = await startRecording({ clock: 'virtual' })
    await produce(client, { orders: [0, 2] }, { clientId: 'shop' })
    expect(requestsOf(cluster, 'Produce')).toEqual([
      {
        kind: 'request',
        at: 0,
        lastAt: 0,
        requestId: 1,
        connectionId: 'memory:1-0',
        nodeId: 1,
        clientId: 'shop',
        api: 'Produce',
        version: 9,
        entities: ['orders/0', 'orders/2'],
        offsets: { 'orders/0': 0, 'orders/2': 0 },
        outcome: 'ok',
        errors: [],
        isEmpty: false,
        worked: true,
        by: 'broker',
        handlers: [],
        durationMs: 0,
        count: 1,
      },
    ])
  })

  test('errors are told by name, each with what it is about', async () => {
    const { cluster, client } = await startRecording()
    await produce(client, { orders: [0, 7], bills: [8] })
    expect(requestsOf(cluster, 'Produce')).toMatchObject([
      {
        outcome: 'error',
        entities: ['orders/0', 'orders/7', 'bills/8'],
        offsets: { 'orders/0': 0 },
        errors: [{ error: 'UNKNOWN_TOPIC_OR_PARTITION', entities: ['orders/7', 'bills/8'] }],
      },
    ])
  })

  test('an error of the whole is about nothing in particular', async () => {
    const { cluster, client } = await startRecording()
    await client.send(Heartbeat, 4, { groupId: 'nobody', memberId: 'me', generationId: 1 })
    expect(requestsOf(cluster, 'Heartbeat')).toMatchObject([
      { entities: ['group nobody'], errors: [{ error: expect.any(String), entities: [] }] },
    ])
  })

  test('topics, groups and transactional ids are told wherever a request names them', async () => {
    const { cluster, client } = await startRecording()
    await client.send(Metadata, 12, { topics: [{ name: 'orders' }, { name: 'bills' }] })
    await client.send(Metadata, 12, { topics: null })
    await client.send(FindCoordinator, 4, { keyType: 1, coordinatorKeys: ['tx-1'] })
    await client.send(OffsetCommit, 8, commitOf('billing', 5))
    const told = entriesOf(cluster, 'request').map(({ api, entities }) => [api, ...entities])
    expect(told).toEqual([
      ['Metadata', 'orders', 'bills'],
      ['Metadata', 'all'],
      ['FindCoordinator', 'transaction tx-1'],
      ['OffsetCommit', 'group billing', 'orders/0'],
    ])
    expect(requestsOf(cluster, 'OffsetCommit')).toMatchObject([{ offsets: { 'orders/0': 5 } }])
  })

  test('it is told that it wants no answer', async () => {
    const { cluster, client } = await startRecording()
    client.post(Produce, 9, requestOf({ orders: [0] }, 0))
    await client.send(Metadata, 12, { topics: [] })
    expect(requestsOf(cluster, 'Produce')).toMatchObject([{ outcome: 'no answer', by: 'broker', worked: true }])
  })

  test('it waits until it is answered, and is disconnected when its client leaves before', async () => {
    const { cluster, connect, client } = await startRecording()
    const leaving = connect()
    const left = fetch(leaving, { orders: [0] }, { maxWaitMs: 60_000, minBytes: 1 }).catch(() => {})
    await client.send(Metadata, 12, { topics: [] })
    expect(requestsOf(cluster, 'Fetch')).toMatchObject([{ outcome: 'waiting', durationMs: undefined }])
    const closed = new Promise((resolve) => cluster.events.on('connection:close', resolve))
    leaving.stream.destroy()
    await Promise.all([left, closed])
    expect(requestsOf(cluster, 'Fetch')).toMatchObject([
      { outcome: 'disconnected', worked: true, by: 'broker', durationMs: expect.any(Number) },
    ])
  })

  test('what was given before stays as it was', async () => {
    const { cluster, connect, client } = await startRecording()
    const waiting = fetch(connect(), { orders: [0] }, { maxWaitMs: 60_000, minBytes: 1 })
    await client.send(Metadata, 12, { topics: [] })
    const before = cluster.timeline.entries
    await produce(client, { orders: [0] })
    await waiting
    expect(before.filter((entry) => entry.kind === 'request' && entry.api === 'Fetch')).toMatchObject([
      { outcome: 'waiting' },
    ])
    expect(requestsOf(cluster, 'Fetch')).toMatchObject([{ outcome: 'ok', isEmpty: false }])
  })
})

describe('of a request that a handler acts on', () => {
  test('it is told which handler answered, and where that was made', async () => {
    const { cluster, client } = await startRecording()
    cluster.use(kafka.produce({ topic: 'orders', partition: 0 }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER')))
    await produce(client, { orders: [0, 1] })
    expect(requestsOf(cluster, 'Produce')).toMatchObject([
      {
        outcome: 'error',
        errors: [{ error: 'NOT_LEADER_OR_FOLLOWER', entities: ['orders/0'] }],
        by: "kafka.produce({ topic: 'orders', partition: 0 })",
        handlers: [
          {
            description: "kafka.produce({ topic: 'orders', partition: 0 })",
            madeAt: expect.stringMatching(/requests\.test\.ts:\d+:\d+$/),
            did: 'error',
          },
        ],
      },
    ])
  })

  test('a disconnect is told to come before the work or after it', async () => {
    const { cluster, connect } = await startRecording()
    cluster.use(
      kafka.produce({ topic: 'orders' }, () => KafkaResponse.disconnect()),
      kafka.produce({ topic: 'bills' }, () => KafkaResponse.disconnect({ at: 'after' })),
    )
    await expect(produce(connect(), { orders: [0] })).rejects.toThrow()
    await expect(produce(connect(), { bills: [0] })).rejects.toThrow()
    expect(requestsOf(cluster, 'Produce')).toMatchObject([
      { outcome: 'disconnected', worked: false, by: "kafka.produce({ topic: 'orders' })" },
      { outcome: 'disconnected', worked: true, by: "kafka.produce({ topic: 'bills' })" },
    ])
    expect(entriesOf(cluster, 'connection').flatMap(({ reason }) => reason ?? [])).toHaveLength(2)
  })

  test('a dropped answer is none', async () => {
    const { cluster, connect, client } = await startRecording()
    cluster.use(kafka.produce({}, () => KafkaResponse.drop()))
    connect().post(Produce, 9, requestOf({ orders: [0] }))
    await client.send(Metadata, 12, { topics: [] })
    expect(requestsOf(cluster, 'Produce')).toMatchObject([
      { outcome: 'no answer', worked: false, handlers: [{ did: 'drop' }] },
    ])
  })

  test('it is held until the gate opens', async () => {
    const { cluster, connect } = await startRecording()
    const gate = cluster.gate(kafka.produce({ topic: 'orders' }))
    const produced = produce(connect(), { orders: [0] })
    await gate.reached
    expect(requestsOf(cluster, 'Produce')).toMatchObject([
      { outcome: 'held', worked: false, handlers: [{ description: expect.stringContaining('gate('), did: 'holds' }] },
    ])
    gate.open()
    await produced
    expect(requestsOf(cluster, 'Produce')).toMatchObject([
      { outcome: 'ok', worked: true, by: 'broker', handlers: [{ did: 'passes' }] },
    ])
  })

  test('what a handler throws is told, and that the connection ends with it', async () => {
    const { cluster, connect } = await startRecording()
    cluster.events.on('unhandledException', () => {})
    cluster.use(
      kafka.produce({}, () => {
        throw new RangeError('no such thing')
      }),
    )
    await expect(produce(connect(), { orders: [0] })).rejects.toThrow()
    expect(requestsOf(cluster, 'Produce')).toMatchObject([{ outcome: 'disconnected', handlers: [{ did: 'threw' }] }])
    expect(entriesOf(cluster, 'handler')).toMatchObject([{ api: 'Produce', error: 'RangeError: no such thing' }])
    await cluster.waitUntil(() => entriesOf(cluster, 'connection').some(({ change }) => change === 'close'))
    expect(cluster.timeline.story()).toMatch(/disconnected: client .* sent Produce v\d+ and met a handler that threw$/m)
    expect(cluster.timeline.story().match(/no such thing/g)).toHaveLength(1)
  })

  test('an answer that a handler has made up may be anything', async () => {
    const { cluster, connect, client } = await startRecording()
    cluster.events.on('unhandledException', () => {})
    const odd = { responses: [null, { topic: 'orders', partitions: [undefined] }] } as never
    cluster.use(kafka.fetch({}, () => odd))
    await expect(fetch(connect(), { orders: [0] })).rejects.toThrow()
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 NONE'])
  })
})

describe('requests that are the same', () => {
  test('are one entry, which counts them', async () => {
    const { cluster, client } = await startRecording({ clock: 'virtual' })
    await produce(client, { orders: [0] })
    await cluster.clock.advance(5)
    await produce(client, { orders: [0] })
    await cluster.clock.advance(5)
    await produce(client, { orders: [0] })
    expect(requestsOf(cluster, 'Produce')).toMatchObject([
      { at: 0, lastAt: 10, count: 3, offsets: { 'orders/0': 2 }, requestId: 1 },
    ])
  })

  test('are not one where one of them failed', async () => {
    const { cluster, client } = await startRecording()
    cluster.use(kafka.produce({}, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { skip: 2, times: 2 }))
    for (let i = 0; i < 6; i++) await produce(client, { orders: [0] })
    expect(requestsOf(cluster, 'Produce').map(({ outcome, count }) => [outcome, count])).toEqual([
      ['ok', 2],
      ['error', 2],
      ['ok', 2],
    ])
  })

  test('are not one on both sides of what may be the reason', async () => {
    const { cluster, client } = await startRecording()
    await produce(client, { orders: [0] })
    cluster.network.split([cluster.broker(1)])
    cluster.network.heal()
    await produce(client, { orders: [0] })
    expect(requestsOf(cluster, 'Produce').map(({ count }) => count)).toEqual([1, 1])
  })

  test('are one whatever happens meanwhile where they are the polls of a consumer that has nothing to do', async () => {
    const { cluster, client, connect } = await startRecording()
    const idle = connect()
    for (let i = 0; i < 5; i++) {
      await fetch(idle, { orders: [0] })
      cluster.network.heal()
      await produce(client, { bills: [0] })
    }
    expect(requestsOf(cluster, 'Fetch')).toMatchObject([{ isEmpty: true, count: 5 }])
  })

  test('are one each of another connection', async () => {
    const { cluster, client, connect } = await startRecording()
    const other = connect()
    await produce(client, { orders: [0] })
    await produce(other, { orders: [0] })
    expect(requestsOf(cluster, 'Produce').map(({ connectionId }) => connectionId)).toEqual(['memory:1-0', 'memory:1-1'])
  })
})

test('a fetch session is about all that it has, not just what its last request names', async () => {
  const { cluster, client } = await startRecording()
  const full = fetchOf({ orders: [0, 1] }, { sessionEpoch: 0 })
  const { sessionId } = await client.send(Fetch, 12, full)
  await client.send(Fetch, 12, { sessionId, sessionEpoch: 1, maxWaitMs: 0, topics: [] })
  expect(requestsOf(cluster, 'Fetch')).toMatchObject([{ entities: ['orders/0', 'orders/1'], count: 2 }])
})

test('over TCP the same is told, but for the ports', async () => {
  const { cluster } = await startRecording()
  const client = await WireClient.to(cluster.bootstrapServers[0] as string)
  await produce(client, { orders: [0] })
  const closed = new Promise((resolve) => cluster.events.on('connection:close', resolve))
  client.stream.destroy()
  await Promise.all([once(client.stream, 'close'), closed])
  expect(cluster.timeline.entries.map(({ kind }) => kind).slice(-3)).toEqual(['connection', 'request', 'connection'])
})
