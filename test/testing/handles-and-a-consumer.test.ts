import { expect, onTestFinished, test } from 'vitest'
import { newConfig, newConsumerGroup, OffsetOldest } from '../../src/client/index.ts'
import { aCluster, onMemkafka } from './a-cluster.ts'

/** A cluster, and a consumer of the topic orders in the group billing that tells what it reads and commits it. */
async function startConsumer() {
  const config = { 'group.initial.rebalance.delay.ms': '0' }
  const cluster = await aCluster({ topics: { orders: {} }, waitTimeout: 10_000, config })
  const orders = cluster.topic(cluster.name('orders'))
  const group = cluster.group(cluster.name('billing'))
  const options = newConfig({
    consumer: {
      offsets: { initial: OffsetOldest, autoCommit: { enable: false } },
      group: { heartbeat: { interval: 20 } },
    },
  })
  const consumer = await newConsumerGroup(cluster.bootstrapServers, group.id, options)
  const end = new AbortController()
  const read: string[] = []
  const reading = (async () => {
    while (!end.signal.aborted) {
      await consumer.consume(
        [orders.name],
        {
          async consumeClaim(session, claim) {
            for await (const message of claim.messages) {
              read.push(String(message.value))
              session.markMessage(message, '')
              await session.commit()
            }
          },
        },
        { signal: end.signal },
      )
    }
  })().catch(() => {})
  onTestFinished(async () => {
    end.abort()
    await consumer.close()
    await reading
  })
  return { orders, group, read }
}

onMemkafka('Kafka lets nobody else commit')(
  'a consumer that is evicted after its offset was set reads from there when it is back',
  async () => {
    const { orders, group, read } = await startConsumer()
    await orders.append([{ value: 'a' }, { value: 'b' }])
    const { members } = await group.waitUntilStable({ members: 1 })
    await group.waitUntilCaughtUp({ topic: orders.name })
    expect(read).toEqual(['a', 'b'])
    await group.setOffset(orders.name, 0, 1)
    await group.evict(members[0]?.memberId ?? '')
    const again = await group.waitUntilStable({ members: 1 })
    expect(again.members[0]?.memberId).not.toBe(members[0]?.memberId)
    await group.waitForCommit({ topic: orders.name, offset: 2 })
    expect(read).toEqual(['a', 'b', 'b'])
  },
)

test('a consumer that has to rebalance goes on where it was', async () => {
  const { orders, group, read } = await startConsumer()
  await orders.append({ value: 'a' })
  await group.waitUntilStable({ members: 1 })
  await group.waitUntilCaughtUp()
  await group.rebalance()
  await group.waitUntilStable()
  await orders.append({ value: 'b' })
  await group.waitForCommit({ topic: orders.name, offset: 2 })
  expect(read).toEqual(['a', 'b'])
})
