import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeRequest } from '../../../src/protocol/frame.ts'
import {
  connectCluster,
  Fetch,
  KafkaProxy,
  type KafkaProxyOptions,
  KafkaResponse,
  kafka,
  Metadata,
  OffsetCommit,
  Produce,
  scenarios,
} from '../../../src/testing/index.ts'
import { WireClient } from '../../wire-client.ts'
import { fetchOf, produce, requestOf } from '../fixture.ts'
import { failureOf, startMemkafka } from './fixture.ts'

/** A proxy before a cluster of one broker, and a client that comes in by it. */
async function start(options: Omit<KafkaProxyOptions, 'upstream'> = {}) {
  const { cluster } = await startMemkafka()
  const proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers, waitTimeout: 30, ...options })
  onTestFinished(() => proxy.stop())
  const connect = async () => WireClient.to(proxy.bootstrapServers[0] as string)
  return { cluster, proxy, connect, client: await connect() }
}

const nothing = () => undefined
const orders = { topics: [{ name: 'orders' }] }

/** Whatever is quiet after turns of the event loop alone has been so long ago. */
async function manyTurns(): Promise<void> {
  for (let i = 0; i < 200; i++) await setImmediate()
}

describe('toHaveFired of a proxy', () => {
  test('waits until a handler has acted', async () => {
    const { cluster, proxy, client } = await start({ waitTimeout: 2000 })
    const refused = kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), {
      once: true,
    })
    const spy = kafka.produce(({ acks }) => acks === -1, nothing)
    proxy.use(refused, spy)
    await expect(proxy).not.toHaveFired(refused)
    const expected = [expect(proxy).toHaveFired(refused), expect(proxy).toHaveFired(spy, { times: 2 })]
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 NOT_LEADER_OR_FOLLOWER'])
    await produce(client, { many: [0] })
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 NONE'])
    await Promise.all(expected)
    await expect(proxy).toHaveFired(refused, { times: 1 })
    await expect(proxy).not.toHaveFired(spy, { times: 1 })
    // The cluster behind it uses neither.
    await expect(cluster).not.toHaveFired(refused)
  })

  test('tells what a handler acted on, and why it may not have', async () => {
    const { proxy, client } = await start()
    const handler = kafka.produce({ topic: 'orders' }, nothing)
    expect((await failureOf(expect(proxy).toHaveFired(handler))).replaceAll(/at \S+proxy/g, 'at proxy')).toMatch(
      new RegExp(
        [
          /expect\(proxy\)\.toHaveFired\(expected\)/,
          /Expected kafka\.produce\({ topic: 'orders' }\), made at proxy\.test\.ts:\d+:\d+, to have acted; it has acted 0 times\./,
          /waited 30 ms for kafka\.produce\({ topic: 'orders' }\) to act, in vain\.\nThe proxy does not use it: proxy\.use\(handler\) was not called, or resetHandlers\(\) has taken it away\.$/,
        ]
          .map(({ source }) => source)
          .join('\n\n'),
      ),
    )
    proxy.use(handler)
    expect(await failureOf(expect(proxy).toHaveFired(handler))).toContain('No request that it is about has come.')
    await produce(client, { orders: [0] }, { clientId: 'billing-1' })
    expect(await failureOf(expect(proxy).not.toHaveFired(handler))).toContain(
      'It acted on\n  Produce v9 by billing-1 to broker 1',
    )
    expect(await failureOf(expect(proxy).toHaveFired(handler, { times: 2 }))).toContain('it has acted 1 time.')
  })

  test('takes a scenario whose handler the proxy uses', async () => {
    const { cluster, proxy, client } = await start()
    const lost = scenarios.lostAcknowledgement(cluster, { topic: 'orders' })
    lost.undo()
    expect(await failureOf(expect(proxy).toHaveFired(lost))).toContain('The proxy does not use it')
    proxy.use(lost.handler)
    await expect(proxy).not.toHaveFired(lost)
    await expect(produce(client, { orders: [0] })).rejects.toThrow(/closed/)
    await expect(proxy).toHaveFired(lost, { times: 1 })
    await expect(cluster).not.toHaveFired(lost)
    expect(cluster.partition('orders', 0).logEndOffset).toBe(1)
  })

  test('wants a handler, and says of which place', async () => {
    const { proxy } = await start()
    expect(await failureOf(expect(proxy).toHaveFired('Produce' as never))).toMatch(
      /^toHaveFired wants a handler that the proxy uses/,
    )
    expect(await failureOf(expect(proxy).toHaveFired(kafka.produce() as never))).toMatch(
      /await expect\(proxy\)\.toHaveReceivedRequest\(kafka\.produce\), of those at a gate/,
    )
    expect(await failureOf(expect(proxy).toHaveLag(0))).toBe(
      "toHaveLag wants a group, cluster.group('billing'), not a KafkaProxy",
    )
  })
})

describe('toHaveReceivedRequest of a proxy', () => {
  test('knows a request by its API, its client, its broker and what it is about', async () => {
    const { proxy, client } = await start({ timeline: true })
    await produce(client, { orders: [0] }, { clientId: 'billing-1' })
    await expect(proxy).toHaveReceivedRequest('Produce')
    await expect(proxy).toHaveReceivedRequest(kafka.produce({ topic: 'orders', partition: 0 }))
    await expect(proxy).toHaveReceivedRequest(kafka.produce({ clientId: /billing/, version: 9, node: 1 }))
    await expect(proxy).not.toHaveReceivedRequest(kafka.produce({ topic: 'orders', partition: 1 }))
    await expect(proxy).not.toHaveReceivedRequest(kafka.produce({ node: 2 }))
    await expect(proxy).not.toHaveReceivedRequest('Fetch')
  })

  test('waits, and counts', async () => {
    const { proxy, client } = await start({ timeline: true, waitTimeout: 2000 })
    const expected = expect(proxy).toHaveReceivedRequest('Metadata', { times: 3 })
    for (const _ of [1, 2, 3]) await client.send(Metadata, 12, orders)
    await expected
    await expect(proxy).not.toHaveReceivedRequest('Metadata', { times: 2 })
    await expect(proxy).toHaveReceivedRequest('Produce', { times: 0 })
  })

  test('tells which requests came instead', async () => {
    const { proxy, client } = await start({ timeline: true })
    expect(await failureOf(expect(proxy).toHaveReceivedRequest('Fetch'))).toBe(
      [
        'expect(proxy).toHaveReceivedRequest(expected)',
        'Expected the proxy to have received a request Fetch; it has received 0.',
        'waited 30 ms for a request Fetch, in vain.\nNo request came at all.',
      ].join('\n\n'),
    )
    await produce(client, { orders: [0] }, { clientId: 'billing-1' })
    expect(await failureOf(expect(proxy).toHaveReceivedRequest('Fetch'))).toContain('These came: Produce 1.')
    expect(await failureOf(expect(proxy).not.toHaveReceivedRequest('Produce'))).toBe(
      [
        'expect(proxy).not.toHaveReceivedRequest(expected)',
        'Expected the proxy not to have received a request Produce; it has received 1.',
        '  Produce v9 by billing-1 to broker 1 of orders/0: ok',
      ].join('\n\n'),
    )
  })

  test('says what to do where nothing is recorded, or not enough', async () => {
    const { proxy } = await start()
    expect(await failureOf(expect(proxy).toHaveReceivedRequest(kafka.produce({ topic: 'orders' })))).toBe(
      'toHaveReceivedRequest looks into proxy.timeline, which records nothing: start the proxy with KafkaProxy.start({ upstream, timeline: true }), ' +
        'or have a handler look at the requests as they come, const spy = kafka.produce(…, () => undefined), proxy.use(spy), and then: ' +
        'await expect(proxy).toHaveFired(spy)',
    )
    const recording = await start({ timeline: { capacity: 2 } })
    expect(await failureOf(expect(recording.proxy).toHaveReceivedRequest(kafka.produce({ acks: -1 })))).toMatch(
      /asks what a timeline does not keep: .*proxy\.use\(spy\), and then: await expect\(proxy\)\.toHaveFired\(spy\)$/,
    )
    for (const name of ['a', 'b', 'c']) await produce(recording.client, { orders: [0] }, { clientId: name })
    expect(await failureOf(expect(recording.proxy).not.toHaveReceivedRequest('Metadata'))).toMatch(
      /^toHaveReceivedRequest: nobody knows any more how many .*, proxy\.timeline\.clear\(\), or .*expect\(proxy\)\.toHaveFired\(spy\)$/,
    )
  })
})

test('of a cluster that is there already nobody knows what came to it, but of a proxy before it', async () => {
  const { proxy } = await start({ timeline: true })
  await using real = await connectCluster(proxy.bootstrapServers)
  const spy = kafka.produce({}, nothing)
  proxy.use(spy)
  const hint =
    'not a RealCluster: a cluster that is there already tells nobody what comes to it, but a KafkaProxy before it does'
  expect(await failureOf(expect(real).toHaveFired(spy))).toBe(
    `toHaveFired wants a KafkaCluster or a KafkaProxy, ${hint}`,
  )
  expect(await failureOf(expect(real).toHaveReceivedRequest('Produce'))).toBe(
    `toHaveReceivedRequest wants a KafkaCluster, one of its brokers, cluster.broker(1), or a KafkaProxy, ${hint}`,
  )
  await expect(proxy).toHaveReceivedRequest('Metadata')
  await expect(proxy).not.toHaveFired(spy)
})

describe('a proxy is quiet', () => {
  test('once every request is answered, and what its client asks then', async () => {
    const { cluster, proxy, client } = await start({ waitTimeout: 20_000 })
    const spy = kafka.produce({ topic: 'orders' }, nothing)
    proxy.use(spy)
    const gate = cluster.gate(kafka.metadata())
    const asked = client.send(Metadata, 12, orders).then(() => produce(client, { orders: [0] }))
    await gate.reached
    const looked = failureOf(expect(proxy).not.toHaveFired(spy))
    await manyTurns()
    gate.open()
    expect(await looked).toContain('it has acted 1 time.')
    await asked
  })

  test('once an answer that has begun is here', async () => {
    const { cluster, proxy, client, connect } = await start({ waitTimeout: 20_000, settleTime: 0 })
    const spy = kafka.produce({ topic: 'orders' }, nothing)
    proxy.use(spy)
    await produce(client, { many: [0] })
    cluster.use(kafka.fetch({ topic: 'many' }, () => KafkaResponse.trickle({ chunk: 20, delay: 5 })))
    const other = await connect()
    const begun = new Promise((resolve) => other.stream.once('data', resolve))
    const asked = other.send(Fetch, 12, fetchOf({ many: [0] }), 'other').then(() => produce(client, { orders: [0] }))
    await begun
    expect(await failureOf(expect(proxy).not.toHaveFired(spy))).toContain('it has acted 1 time.')
    await asked
  })

  test('once a request that has begun is here', async () => {
    const { proxy, client } = await start({ waitTimeout: 20_000 })
    const spy = kafka.produce({ topic: 'orders' }, nothing)
    proxy.use(spy)
    const request = Buffer.concat(
      encodeRequest(Produce, 9, { correlationId: 1, clientId: 'slow' }, requestOf({ orders: [0] })),
    )
    client.stream.write(request.subarray(0, 40))
    await manyTurns()
    const looked = failureOf(expect(proxy).not.toHaveFired(spy))
    await manyTurns()
    client.stream.write(request.subarray(40))
    expect(await looked).toContain('it has acted 1 time.')
  })

  test('while a handler holds a request', async () => {
    const { proxy, client } = await start()
    const gate = proxy.gate(kafka.produce({ topic: 'orders' }))
    const spy = kafka.metadata({}, nothing)
    proxy.use(spy)
    const sent = produce(client, { orders: [0] })
    await gate.reached
    await expect(proxy).not.toHaveFired(spy)
    gate.open()
    await sent
  })

  test('while a Fetch waits upstream for records, once its time to settle is over', async () => {
    const { proxy, client } = await start({ settleTime: 20 })
    const spy = kafka.offsetCommit({}, nothing)
    proxy.use(spy)
    void client.send(Fetch, 12, fetchOf({ orders: [0] }, { maxWaitMs: 60_000, minBytes: 1 })).catch(nothing)
    await expect(proxy).not.toHaveFired(spy)
  })

  test('and no sooner: what comes of a record that a Fetch waits for is seen', async () => {
    const { cluster, proxy, client } = await start({ settleTime: 20_000, waitTimeout: 20_000 })
    const [fetched, commit] = [kafka.fetch({}, nothing), kafka.offsetCommit({}, nothing)]
    proxy.use(fetched, commit)
    const consumed = client
      .send(Fetch, 12, fetchOf({ orders: [0] }, { maxWaitMs: 60_000, minBytes: 1 }))
      .then(() => client.send(OffsetCommit, 8, { groupId: 'billing', topics: [] }))
    await expect(proxy).toHaveFired(fetched)
    const looked = failureOf(expect(proxy).not.toHaveFired(commit))
    await manyTurns()
    await cluster.topic('orders').append({ value: 'order-1' })
    expect(await looked).toContain('it has acted 1 time.')
    await consumed
  })

  test('or it is told who does not answer', async () => {
    const { cluster, proxy, client } = await start()
    const gate = cluster.gate(kafka.metadata())
    const asked = client.send(Metadata, 12, orders)
    await gate.reached
    const spy = kafka.produce({}, nothing)
    proxy.use(spy)
    expect(await failureOf(expect(proxy).not.toHaveFired(spy))).toBe(
      'waited 30 ms for the proxy to be quiet, in vain.\n' +
        'Requests went on all the time. Upstream has not answered: Metadata v12 to broker 1.',
    )
    gate.open()
    await asked
    await expect(proxy).not.toHaveFired(spy)
  })

  test('no more when it is stopped', async () => {
    const { proxy } = await start({ waitTimeout: 20_000 })
    const spy = kafka.produce({}, nothing)
    proxy.use(spy)
    const waiting = failureOf(expect(proxy).toHaveFired(spy))
    await proxy.stop()
    expect(await waiting).toBe('the proxy was stopped while a test waited')
    expect(await failureOf(expect(proxy).not.toHaveFired(spy))).toBe('the proxy was stopped while a test waited')
  })

  test('as long as a test waits that is not given up', async () => {
    const { proxy } = await start({ waitTimeout: 20_000 })
    const spy = kafka.produce({}, nothing)
    proxy.use(spy)
    const given = new AbortController()
    const waiting = failureOf(expect(proxy).toHaveFired(spy, { signal: given.signal }))
    given.abort(new Error('enough'))
    expect(await waiting).toBe('enough')
  })
})
