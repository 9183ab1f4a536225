import type { Consumer } from 'kafkajs'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { interceptKafka, KafkaResponse, kafka as on } from '../../../src/testing/index.ts'
import { kafkajs } from '../intercept-kafka/clients.ts'

afterEach(() => {
  vi.useRealTimers()
})

const ways: [string, (ms: number) => unknown][] = [
  ['vi.advanceTimersByTime', vi.advanceTimersByTime],
  ['vi.advanceTimersByTimeAsync', vi.advanceTimersByTimeAsync],
]

describe.each(ways)('kafkajs moves with a cluster under faked timers, by %s', (_name, advanceTimers) => {
  async function start(): Promise<KafkaCluster> {
    vi.useFakeTimers()
    const cluster = await KafkaCluster.start({ topics: { orders: { partitions: 6 } }, clock: { advanceTimers } })
    onTestFinished(() => cluster.stop())
    return cluster
  }

  /** A member of the group, which tells how many partitions it has. */
  async function member(kafka: ReturnType<typeof kafkajs>): Promise<{ consumer: Consumer; held: () => number }> {
    const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 5000 })
    let held = 0
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      held = payload.memberAssignment.orders?.length ?? 0
    })
    await consumer.connect()
    await consumer.subscribe({ topic: 'orders', fromBeginning: true })
    void consumer.run({ eachMessage: async () => {} })
    return { consumer, held: () => held }
  }

  test('through three rebalances of a group', async () => {
    const { clock, bootstrapServers: brokers, socketFactory } = await start()
    const kafka = kafkajs({ brokers, socketFactory })
    const begin = clock.now()
    const one = await member(kafka)
    await clock.runUntil(() => one.held() === 6)
    const two = await member(kafka)
    await clock.runUntil(() => one.held() === 3 && two.held() === 3)
    const three = await member(kafka)
    await clock.runUntil(() => [one, two, three].every(({ held }) => held() === 2))
    await clock.runUntil(three.consumer.disconnect())
    await clock.runUntil(() => one.held() === 3 && two.held() === 3)
    // Each is heard of by a heartbeat.
    expect(clock.now() - begin).toBeGreaterThan(3000)
    await clock.runUntil(Promise.all([one.consumer.disconnect(), two.consumer.disconnect()]))
  })

  test('through its back-offs, of seconds', async () => {
    const cluster = await start()
    const { clock } = cluster
    await using _ = await interceptKafka(cluster, { 'kafka.internal:9092': 1 })
    const kafka = kafkajs({
      brokers: ['kafka.internal:9092'],
      retry: { initialRetryTime: 1000, factor: 0, multiplier: 1 },
    })
    const producer = kafka.producer()
    await producer.connect()
    cluster.use(on.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS'), { times: 3 }))
    const begin = clock.now()
    let isSent = false
    const sent = producer.send({ topic: 'orders', messages: [{ value: 'late' }] }).then(() => {
      isSent = true
    })
    await clock.advance(2999)
    expect(isSent).toBe(false)
    await clock.advance(1)
    await sent
    expect(clock.now() - begin).toBe(3 * 1000)
    await producer.disconnect()
  })

  test('through long polls: a record is there at once, whatever the time', async () => {
    const { clock, bootstrapServers: brokers, socketFactory } = await start()
    const kafka = kafkajs({ brokers, socketFactory })
    const { consumer, held } = await member(kafka)
    await clock.runUntil(() => held() === 6)
    // In the middle of a Fetch of 5 s.
    await clock.advance(2000)
    const before = clock.now()
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic: 'orders', messages: [{ value: 'in between' }] })
    expect(clock.now()).toBe(before)
    await clock.runUntil(Promise.all([producer.disconnect(), consumer.disconnect()]))
  })
})

describe('a client over TCP', () => {
  test('is refused where timers were faked before the start, with a warning that says what to do', async () => {
    vi.useFakeTimers()
    await using cluster = await KafkaCluster.start({ clock: 'virtual' })
    vi.useRealTimers()
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const admin = kafkajs({ brokers: cluster.bootstrapServers, retry: { retries: 0 } }).admin()
    await expect(admin.connect()).rejects.toThrow()
    expect(await warned).toMatchObject({
      name: 'MemkafkaWarning',
      message: expect.stringMatching(/over TCP was refused: timers were faked .*cluster.socketFactory for kafkajs/),
    })
    expect(cluster.network.connections).toEqual([])
  })

  test('is not where Date alone was', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await using cluster = await KafkaCluster.start()
    const admin = kafkajs({ brokers: cluster.bootstrapServers }).admin()
    await admin.connect()
    await admin.disconnect()
  })
})
