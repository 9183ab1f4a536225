import { describe, expect, test } from 'vitest'
import { KafkaResponse, kafka, Metadata, scenarios } from '../../../src/testing/index.ts'
import { WireClient } from '../../wire-client.ts'
import { produce } from '../fixture.ts'
import { failureOf, startMemkafka as start } from './fixture.ts'

async function startRecording(options: Parameters<typeof start>[0] = {}) {
  const started = await start({ timeline: true, ...options })
  return { ...started, client: new WireClient(started.cluster.connect()) }
}

const nothing = () => undefined

describe('toHaveReceivedRequest', () => {
  test('knows a request by its API, its client, its broker and what it is about', async () => {
    const { cluster, client } = await startRecording()
    await produce(client, { orders: [0] }, { clientId: 'billing-1' })
    await expect(cluster).toHaveReceivedRequest('Produce')
    await expect(cluster).toHaveReceivedRequest('produce')
    await expect(cluster).toHaveReceivedRequest(kafka.produce())
    await expect(cluster).toHaveReceivedRequest(kafka.produce({ topic: 'orders', partition: 0 }))
    await expect(cluster).toHaveReceivedRequest(kafka.produce({ topic: /^ord/, clientId: /billing/, version: 9 }))
    await expect(cluster).toHaveReceivedRequest(kafka.all({ topic: 'orders' }))
    await expect(cluster).not.toHaveReceivedRequest(kafka.produce({ topic: 'orders', partition: 1 }))
    await expect(cluster).not.toHaveReceivedRequest(kafka.produce({ topic: 'order' }))
    await expect(cluster).not.toHaveReceivedRequest(kafka.produce({ clientId: 'billing' }))
    await expect(cluster).not.toHaveReceivedRequest(kafka.fetch())
    await expect(cluster).not.toHaveReceivedRequest('Fetch')
  })

  test('counts, also requests that are one entry of the timeline', async () => {
    const { cluster, client } = await startRecording()
    for (const _ of [1, 2, 3]) await client.send(Metadata, 12, { topics: [{ name: 'orders' }] })
    await expect(cluster).toHaveReceivedRequest('Metadata', { times: 3 })
    await expect(cluster).not.toHaveReceivedRequest('Metadata', { times: 2 })
    await expect(cluster).toHaveReceivedRequest('Produce', { times: 0 })
    expect(await failureOf(expect(cluster).toHaveReceivedRequest('Metadata', { times: 4 }))).toMatch(
      /^Expected the cluster to have received 4 requests Metadata; it has received 3\.$/m,
    )
  })

  test('waits for a request', async () => {
    const { cluster, client } = await startRecording({ waitTimeout: 2000 })
    const expected = expect(cluster).toHaveReceivedRequest(kafka.produce({ topic: 'many', partition: 2 }))
    await produce(client, { many: [0] })
    await produce(client, { many: [2] })
    await expected
  })

  test('of a broker knows what that one has received', async () => {
    const { cluster } = await startRecording({ brokers: 2 })
    await new WireClient(cluster.connect(2)).send(Metadata, 12, { topics: null })
    await expect(cluster.broker(2)).toHaveReceivedRequest(kafka.metadata({ topic: 'orders' }))
    await expect(cluster.broker(1)).not.toHaveReceivedRequest('Metadata')
    await expect(cluster).toHaveReceivedRequest(kafka.metadata({ node: 2 }))
    await expect(cluster).not.toHaveReceivedRequest(kafka.metadata({ node: 1 }))
  })

  test('tells which requests came instead', async () => {
    const { cluster, client } = await startRecording()
    expect(await failureOf(expect(cluster).toHaveReceivedRequest('Fetch'))).toBe(
      [
        'expect(cluster).toHaveReceivedRequest(expected)',
        '',
        'Expected the cluster to have received a request Fetch; it has received 0.',
        '',
        'waited 30 ms for a request Fetch, in vain.\nNo request came at all.',
      ].join('\n'),
    )
    await produce(client, { orders: [0] }, { clientId: 'billing-1' })
    expect(await failureOf(expect(cluster).toHaveReceivedRequest(kafka.fetch({ topic: 'orders' })))).toContain(
      "waited 30 ms for a request kafka.fetch({ topic: 'orders' }), in vain.\nThese came: Produce 1.",
    )
    expect(await failureOf(expect(cluster).not.toHaveReceivedRequest('Produce'))).toContain(
      '  Produce v9 by billing-1 to broker 1 of orders/0: ok',
    )
  })

  test('says what to do where nothing is recorded, or not enough', async () => {
    const { cluster } = await start()
    expect(await failureOf(expect(cluster).toHaveReceivedRequest('Produce'))).toMatch(
      /^toHaveReceivedRequest looks into cluster\.timeline, which records nothing: start the cluster with { timeline: true }/,
    )
    const recording = (await startRecording()).cluster
    for (const asking of [
      kafka.produce({ acks: -1 }),
      kafka.produce(({ acks }) => acks === -1),
      kafka.heartbeat({ member: 'm-1' }),
    ]) {
      expect(await failureOf(expect(recording).not.toHaveReceivedRequest(asking))).toMatch(
        /^toHaveReceivedRequest: kafka\.\w+.* asks what a timeline does not keep: .*expect\(cluster\)\.toHaveFired\(spy\)$/,
      )
    }
    expect(await failureOf(expect(recording).toHaveReceivedRequest('Produec'))).toBe(
      'toHaveReceivedRequest: there is no API Produec, Produce is meant?',
    )
    expect(await failureOf(expect(recording).toHaveReceivedRequest(3 as never))).toMatch(
      /, or the name of an API, not 3$/,
    )
    expect(await failureOf(expect(recording.topic('orders')).toHaveReceivedRequest('Produce'))).toBe(
      'toHaveReceivedRequest wants a KafkaCluster, one of its brokers, cluster.broker(1), or a KafkaProxy, not the topic orders',
    )
  })
})

describe('a timeline that has let go of requests', () => {
  test('tells of none that it did not come, or how many did', async () => {
    const { cluster, client } = await startRecording({ timeline: { capacity: 3 } })
    await client.send(Metadata, 9, { topics: [] }, 'first')
    for (const name of ['a', 'b', 'c']) await produce(client, { orders: [0] }, { clientId: name })
    const unknown =
      /^toHaveReceivedRequest: nobody knows any more how many requests Metadata came\. The timeline has let go of \d/
    expect(await failureOf(expect(cluster).not.toHaveReceivedRequest('Metadata'))).toMatch(unknown)
    expect(await failureOf(expect(cluster).toHaveReceivedRequest('Metadata', { times: 1 }))).toMatch(unknown)
    expect(await failureOf(expect(cluster).not.toHaveReceivedRequest('Metadata', { times: 1 }))).toMatch(unknown)
    expect(await failureOf(expect(cluster).toHaveReceivedRequest('Metadata'))).toMatch(
      /These came: Produce \d\. The timeline has let go of \d of its entr/,
    )
    await expect(cluster).toHaveReceivedRequest('Produce')
    expect(await failureOf(expect(cluster).not.toHaveReceivedRequest('Produce'))).toContain('it has received 2')
    cluster.timeline.clear()
    await expect(cluster).not.toHaveReceivedRequest('Metadata')
    await client.send(Metadata, 9, { topics: [] }, 'first')
    await expect(cluster).toHaveReceivedRequest('Metadata', { times: 1 })
  })
})

describe('toHaveFired', () => {
  test('waits until a handler has acted', async () => {
    const { cluster, client } = await startRecording({ waitTimeout: 2000, timeline: false })
    const refused = kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), {
      once: true,
    })
    const spy = kafka.produce(({ acks }) => acks === -1, nothing)
    cluster.use(refused, spy)
    await expect(cluster).not.toHaveFired(refused)
    const expected = [expect(cluster).toHaveFired(refused), expect(cluster).toHaveFired(spy, { times: 2 })]
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 NOT_LEADER_OR_FOLLOWER'])
    await produce(client, { many: [0] })
    await produce(client, { orders: [0] })
    await Promise.all(expected)
    await expect(cluster).toHaveFired(refused, { times: 1 })
    await expect(cluster).not.toHaveFired(spy, { times: 1 })
  })

  test('tells what a handler acted on, and why it may not have', async () => {
    const { cluster, client } = await startRecording()
    const handler = kafka.produce({ topic: 'orders' }, nothing)
    expect(await failureOf(expect(cluster).toHaveFired(handler))).toContain(
      'The cluster does not use it: cluster.use(handler) was not called, or resetHandlers() has taken it away.',
    )
    cluster.use(handler)
    expect(await failureOf(expect(cluster).toHaveFired(handler))).toMatch(
      /^Expected kafka\.produce\({ topic: 'orders' }\), made at .*requests\.test\.ts:\d+:\d+, to have acted; it has acted 0 times\.$/m,
    )
    await produce(client, { orders: [0] }, { clientId: 'billing-1' })
    expect(await failureOf(expect(cluster).not.toHaveFired(handler))).toContain(
      'It acted on\n  Produce v9 by billing-1 to broker 1',
    )
  })

  test('takes a scenario that is a handler', async () => {
    const { cluster, client } = await startRecording()
    const lost = scenarios.lostAcknowledgement(cluster, { topic: 'orders' })
    await expect(cluster).not.toHaveFired(lost)
    await expect(produce(client, { orders: [0] })).rejects.toThrow(/closed/)
    await expect(cluster).toHaveFired(lost, { times: 1 })
  })

  test('wants a cluster, and a handler', async () => {
    const { cluster } = await start()
    const handler = kafka.produce({}, nothing)
    expect(await failureOf(expect(handler).toHaveFired(handler))).toBe(
      'toHaveFired wants the cluster or the proxy in which a handler is used, of which a handler knows nothing: ' +
        'await expect(cluster).toHaveFired(handler), with kafka.produce for the handler',
    )
    expect(await failureOf(expect(cluster).toHaveFired('Produce' as never))).toMatch(
      /^toHaveFired wants a handler that/,
    )
    expect(await failureOf(expect(cluster).toHaveFired(kafka.produce() as never))).toMatch(
      /^toHaveFired wants a handler; kafka\.produce has no resolver, and never acts\. .*toHaveReceivedRequest\(kafka\.produce\)/,
    )
    expect(await failureOf(expect(cluster).toHaveFired(handler, { times: 1.5 }))).toMatch(
      /^toHaveFired: times is a whole/,
    )
  })

  test('is looked at while a gate holds a request', async () => {
    const { cluster, client, orders } = await startRecording()
    const gate = cluster.gate(kafka.produce({ topic: 'orders' }))
    const sent = produce(client, { orders: [0] })
    await gate.reached
    await expect(orders).not.toHaveRecord()
    gate.open()
    await sent
    await expect(orders).toHaveRecord()
  })
})
