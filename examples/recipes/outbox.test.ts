import { KafkaResponse, kafka } from 'memkafka/testing'
import { expect } from 'memkafka/vitest'
import { OutboxRelay } from './services/outbox.ts'
import { test } from './test.ts'

test('what was refused stays in the outbox, and is sent in its order later', async ({ cluster, client, start }) => {
  const outbox = [1, 2, 3].map((id) => ({ key: 'order-1', event: { id }, sent: false }))
  const refusal = () => KafkaResponse.error('TOPIC_AUTHORIZATION_FAILED')
  cluster.use(kafka.produce({ topic: 'events' }, refusal, { skip: 1, once: true }))
  const relay = await start(new OutboxRelay(client, outbox))
  await expect(relay.relay()).rejects.toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED' })
  expect(outbox.map(({ sent }) => sent)).toEqual([true, false, false])
  await relay.relay()
  await expect(cluster.topic('events')).toHaveRecords(outbox.map(({ event }) => ({ value: event })))
})
