import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { interceptKafka, KafkaResponse, kafka as on } from '../../../src/testing/index.ts'

afterEach(() => {
  vi.useRealTimers()
})

const common = { clientId: 'shop', bootstrapBrokers: ['kafka.internal:9092'] }

async function start(): Promise<KafkaCluster> {
  vi.useFakeTimers()
  const cluster = await KafkaCluster.start({
    topics: { orders: { partitions: 6 } },
    clock: { advanceTimers: vi.advanceTimersByTime },
  })
  onTestFinished(() => cluster.stop())
  await interceptKafka(cluster, { 'kafka.internal:9092': 1 })
  return cluster
}

test('@platformatic/kafka moves with a cluster under faked timers, through three rebalances of a group', async () => {
  const { clock } = await start()
  const begin = clock.now()
  const member = async () => {
    const consumer = new Consumer({
      ...common,
      groupId: 'billing',
      deserializers: stringDeserializers,
      maxWaitTime: 1000,
    })
    const stream = consumer.consume({ topics: ['orders'], mode: 'earliest', autocommit: false })
    void stream.then((messages) => messages.resume())
    const held = (): number => consumer.assignments?.[0]?.partitions.length ?? 0
    return { consumer, stream, held, close: async () => consumer.close(true) }
  }
  const one = await member()
  await clock.runUntil(() => one.held() === 6)
  const two = await member()
  await clock.runUntil(() => one.held() === 3 && two.held() === 3)
  const three = await member()
  await clock.runUntil(() => [one, two, three].every(({ held }) => held() === 2))
  await clock.runUntil(three.close())
  await clock.runUntil(() => one.held() === 3 && two.held() === 3)
  expect(clock.now() - begin).toBeGreaterThan(3000)
  await clock.runUntil(Promise.all([one.close(), two.close()]))
})

test('@platformatic/kafka moves with a cluster under faked timers, through its back-offs', async () => {
  const cluster = await start()
  const { clock } = cluster
  const producer = new Producer({ ...common, serializers: stringSerializers, retries: 5, retryDelay: 20_000 })
  cluster.use(on.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS'), { times: 2 }))
  const begin = clock.now()
  await clock.runUntil(producer.send({ messages: [{ topic: 'orders', key: '', value: 'late' }] }))
  expect(clock.now() - begin).toBe(2 * 20_000)
  await clock.runUntil(producer.close())
})
