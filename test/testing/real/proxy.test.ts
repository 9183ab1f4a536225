import { describe, expect, onTestFinished, test } from 'vitest'
import { newConfig, newConsumer, newSyncProducer } from '../../../src/client/index.ts'
import { KafkaProxy, KafkaResponse, kafka } from '../../../src/testing/index.ts'
import { type Given, type Kind, kinds, start as startCluster } from './clusters.ts'

/** A cluster, and a proxy before it by which clients come in. */
async function start(kind: Kind): Promise<Given & { readonly proxy: KafkaProxy }> {
  const given = await startCluster(kind)
  const proxy = await KafkaProxy.start({
    upstream: given.cluster.bootstrapServers,
    timeline: true,
    waitTimeout: 10_000,
  })
  onTestFinished(() => proxy.stop())
  return { ...given, proxy }
}

describe.each(kinds)('a proxy before %s', (kind) => {
  test('is asked whether a handler has acted, and which requests have come', async () => {
    const { cluster, proxy, orders } = await start(kind)
    const refused = kafka.produce({ topic: orders }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS'), { once: true })
    const idle = kafka.offsetCommit({}, () => undefined)
    proxy.use(refused, idle)
    const acted = expect(proxy).toHaveFired(refused, { times: 1 })
    const config = newConfig({ producer: { return: { successes: true } } })
    await using producer = await newSyncProducer(proxy.bootstrapServers, config)
    expect(await producer.sendMessage({ topic: orders, value: 'order-1' })).toMatchObject({ partition: 0, offset: 0 })
    await acted
    await expect(proxy).toHaveReceivedRequest(kafka.produce({ topic: orders, partition: 0 }), { times: 2 })
    await expect(proxy).not.toHaveReceivedRequest(kafka.produce({ topic: orders, partition: 1 }))
    await expect(proxy).not.toHaveFired(idle)
    expect((await cluster.topic(orders).records()).map(({ value }) => value)).toEqual(['order-1'])
  })

  test('is quiet while its consumer waits for records', async () => {
    const { cluster, proxy, orders, config } = await start(kind)
    const fetched = kafka.fetch({ topic: orders }, () => undefined)
    const commit = kafka.offsetCommit({}, () => undefined)
    proxy.use(fetched, commit)
    await using consumer = await newConsumer(proxy.bootstrapServers, config)
    const reader = await consumer.consumePartition(orders, 0, -2)
    await expect(proxy).toHaveFired(fetched)
    await expect(proxy).not.toHaveFired(commit)
    await cluster.topic(orders).append({ value: 'order-1' })
    expect(await reader.messages.receive()).toMatchObject({ offset: 0 })
  })
})
