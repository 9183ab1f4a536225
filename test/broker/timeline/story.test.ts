import { inspect } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { storyOf } from '../../../src/broker/timeline/story.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { KafkaResponse, kafka } from '../../../src/testing/index.ts'
import { fetch, produce } from '../../testing/fixture.ts'
import { startRecording } from './fixture.ts'

describe('the story of a cluster', () => {
  test('has a line for what failed, and puts together what went as it should', async () => {
    const { cluster, client } = await startRecording({ clock: 'virtual' })
    await produce(client, { orders: [0] }, { clientId: 'shop' })
    await cluster.clock.advance(12)
    await produce(client, { orders: [1] }, { clientId: 'shop' })
    cluster.use(kafka.produce({}, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { times: 2 }))
    await produce(client, { orders: [0] }, { clientId: 'shop' })
    await cluster.clock.advance(1000)
    await produce(client, { orders: [0] }, { clientId: 'shop' })
    for (let i = 0; i < 3; i++) await fetch(client, { orders: [2] }, {}, 'shop')
    expect(cluster.timeline.story().replace(/:\d+:\d+/, '')).toBe(
      [
        '+0.000 s  cluster   started with broker 1 · topics orders, bills',
        '+0.000 s  shop → 1  connected · Produce orders/0@0 · Produce orders/1@0',
        '+0.012 s  shop → 1  Produce v9 ×2 orders/0: NOT_LEADER_OR_FOLLOWER, until +1.012 s, by kafka.produce (story.test.ts)',
        '+1.012 s  shop → 1  Fetch ×3 orders/2@0 empty',
      ].join('\n'),
    )
  })

  test('is as long as it is wanted, and loses first what went as it should', async () => {
    const { cluster, client } = await startRecording()
    cluster.use(kafka.produce({ topic: 'bills' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER')))
    for (let i = 0; i < 3; i++) {
      await produce(client, { bills: [i] })
      await produce(client, { orders: [i] })
    }
    const lines = cluster.timeline.story({ last: 4 }).split('\n')
    expect(lines[0]).toBe('(4 lines left out)')
    expect(lines.slice(1).map((line) => /NOT_LEADER/.test(line))).toEqual([true, true, true, false])
    expect(lines[4]).toContain('Produce orders/2@0')
  })

  test('may be about a topic, a client, or both', async () => {
    const { cluster, client, connect } = await startRecording()
    await produce(client, { orders: [0] }, { clientId: 'shop' })
    await produce(connect(), { bills: [0] }, { clientId: 'shop' })
    await produce(connect(), { orders: [1] }, { clientId: 'desk' })
    const { timeline } = cluster
    const produced = (story: string) => story.match(/(shop|desk) → 1|(orders|bills)\/\d/g)
    expect(produced(timeline.story({ about: { topic: 'orders' } }))).toEqual([
      'shop → 1',
      'orders/0',
      'desk → 1',
      'orders/1',
    ])
    expect(produced(timeline.story({ about: { clientId: 'shop' } }))).toEqual(['shop → 1', 'orders/0', 'bills/0'])
    expect(produced(timeline.story({ about: { clientId: 'shop', topic: 'bills' } }))).toEqual(['shop → 1', 'bills/0'])
    expect(produced(timeline.story({ about: { group: 'billing' } }))).toBeNull()
  })

  test('about a group tells what its members ask for besides', async () => {
    const { cluster, client, connect } = await startRecording()
    await client.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['billing'] }, 'app')
    await client.send(Heartbeat, 4, { groupId: 'billing', memberId: 'me', generationId: 1 }, 'app')
    await fetch(connect(), { orders: [0] }, {}, 'app')
    await produce(connect(), { orders: [0] }, { clientId: 'app' })
    await fetch(connect(), { bills: [0] }, {}, 'other')
    const story = cluster.timeline.story({ about: { group: 'billing' } })
    const times = [...story.matchAll(/^\+([\d.]+) s/gm)].map(([, seconds]) => Number(seconds))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(story).toContain('Heartbeat v4 group billing: UNKNOWN_MEMBER_ID')
    expect(story).toContain('Fetch orders/0@0 empty')
    expect(story).not.toMatch(/Produce|bills|other/)
  })

  test('tells what waits still, and who holds it', async () => {
    const { cluster, connect } = await startRecording()
    const gate = cluster.gate(kafka.produce({ topic: 'orders' }))
    const produced = produce(connect(), { orders: [0] }, { clientId: 'shop' })
    await gate.reached
    expect(cluster.timeline.story()).toMatch(
      /shop → 1 +Produce v9 orders\/0: waiting, held by gate\(kafka\.produce\(\{ topic: 'orders' }\)\) \(story\.test\.ts:\d+:\d+\)/,
    )
    gate.open()
    await produced
  })

  test.each([0, -1, 1.5, Number.NaN])('wants a number of lines, not %d', (last) => {
    expect(() => storyOf([], { last })).toThrow(TypeError)
  })
})

test('the story of a group of kafkajs whose broker died tells why', async () => {
  const { cluster } = await startRecording({
    brokers: 3,
    topics: { orders: { partitions: 3, replicationFactor: 3 } },
    config: { 'group.initial.rebalance.delay.ms': '0' },
  })
  const app = new Kafka({
    clientId: 'billing-app',
    brokers: cluster.bootstrapServers,
    socketFactory: cluster.socketFactory,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10 },
  })
  const consumer = app.consumer({ groupId: 'billing', maxWaitTimeInMs: 20 })
  const producer = app.producer()
  onTestFinished(async () => {
    await Promise.all([consumer.disconnect(), producer.disconnect()])
  })
  await producer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  cluster.use(
    kafka.offsetCommit({ group: 'billing' }, () => KafkaResponse.error('REBALANCE_IN_PROGRESS'), { once: true }),
  )
  const consumed = new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => (String(message.value) === 'last' ? resolve() : undefined),
    })
  })
  await producer.send({ topic: 'orders', messages: [{ value: 'first', partition: 0 }] })
  await cluster.broker(cluster.partition('orders', 0).leader).kill()
  await producer.send({ topic: 'orders', messages: [{ value: 'last', partition: 0 }] })
  await consumed
  const story = cluster.timeline.story({ last: 60, about: { group: 'billing' } })
  expect(story).toMatch(/group billing +Stable, generation 1, 1 member/)
  expect(story).toMatch(/broker \d +stopped/)
  expect(story).toMatch(/orders\/0 +leader broker \d, epoch 1/)
  expect(story.split('\n').length).toBeLessThanOrEqual(61)
})

test('console.log shows what happened', async () => {
  const { cluster } = await startRecording()
  expect(inspect(cluster.timeline)).toMatch(/^Timeline\n\+0\.\d{3} s {2}broker 1/)
})

test('the whole is a line for each entry, in columns', async () => {
  const { cluster, client } = await startRecording()
  await produce(client, { orders: [0, 1, 2], bills: [9] }, { clientId: 'shop' })
  const lines = String(cluster.timeline).split('\n')
  expect(lines).toHaveLength(cluster.timeline.entries.length)
  expect(lines.at(-1)).toMatch(
    /^\+\d\.\d{3} s {2}shop → 1 {2}Produce v9 orders\/0@0 orders\/1@0 orders\/2@0 bills\/9: UNKNOWN_TOPIC_OR_PARTITION \(bills\/9\)/,
  )
})
