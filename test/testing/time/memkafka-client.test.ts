import { expect, onTestFinished, test } from 'vitest'
import {
  type ConsumerGroup,
  type ConsumerGroupSession,
  newAsyncProducer,
  newConfig,
  newConsumerGroup,
  newSyncProducer,
} from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { KafkaResponse, kafka as on } from '../../../src/testing/index.ts'

async function start(): Promise<KafkaCluster> {
  const cluster = await KafkaCluster.start({ topics: { orders: { partitions: 6 } }, clock: 'virtual' })
  onTestFinished(() => cluster.stop())
  return cluster
}

/** A member that stays until it is closed. */
async function member(cluster: KafkaCluster) {
  const config = newConfig({}, cluster.clientConfig())
  const group: ConsumerGroup = await newConsumerGroup(cluster.bootstrapServers, 'billing', config)
  let session: ConsumerGroupSession | undefined
  let isOpen = true
  const consumed = (async () => {
    while (isOpen) {
      await group.consume(['orders'], {
        setup: (begun) => {
          session = begun
        },
        consumeClaim: async (_, claim) => {
          for await (const _message of claim.messages);
        },
        cleanup: () => {
          session = undefined
        },
      })
    }
  })().catch(() => {})
  return {
    held: () => session?.claims.orders?.length ?? 0,
    close: async () => {
      isOpen = false
      await group.close()
      await consumed
    },
  }
}

test('the client of memkafka moves with a cluster on virtual time, through three rebalances of a group', async () => {
  const cluster = await start()
  const { clock } = cluster
  const begin = clock.now()
  const one = await member(cluster)
  await clock.runUntil(() => one.held() === 6)
  const two = await member(cluster)
  await clock.runUntil(() => one.held() === 3 && two.held() === 3)
  const three = await member(cluster)
  await clock.runUntil(() => [one, two, three].every(({ held }) => held() === 2))
  await clock.runUntil(three.close())
  await clock.runUntil(() => one.held() === 3 && two.held() === 3)
  // Each is heard of by a heartbeat, and none takes long.
  expect(clock.now() - begin).toBeGreaterThan(3000)
  await clock.runUntil(Promise.all([one.close(), two.close()]))
})

test('the client of memkafka moves with a cluster on virtual time, through its back-offs', async () => {
  const cluster = await start()
  const { clock } = cluster
  const config = newConfig(
    { producer: { return: { successes: true }, retry: { max: 5, backoff: 60_000 } } },
    cluster.clientConfig(),
  )
  const producer = await newSyncProducer(cluster.bootstrapServers, config)
  cluster.use(on.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS'), { times: 2 }))
  const begin = clock.now()
  await clock.runUntil(producer.sendMessage({ topic: 'orders', value: 'late' }))
  // About a minute each: it is spread by chance.
  expect(clock.now() - begin).toBeGreaterThan(90_000)
  expect(clock.now() - begin).toBeLessThan(150_000)
  await clock.runUntil(producer.close())
})

test('a cluster stops without its clock, while clients wait for time that will not pass', async () => {
  const cluster = await start()
  const config = newConfig(
    { producer: { return: { successes: true }, retry: { max: 5, backoff: 60_000 } } },
    cluster.clientConfig(),
  )
  const producer = await newAsyncProducer(cluster.bootstrapServers, config)
  cluster.use(on.produce({}, ({ delay }) => delay(3_600_000).then(() => KafkaResponse.drop())))
  await producer.input.send({ topic: 'orders', value: 'never' })
  const joined = await member(cluster)
  await cluster.clock.runUntil(() => joined.held() === 6)
  const before = cluster.clock.now()
  await cluster.stop()
  expect(cluster.clock.now()).toBe(before)
  producer.asyncClose()
})
