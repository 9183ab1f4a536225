import { Kafka, logLevel } from 'kafkajs'
import { ErrorCode, KafkaCluster } from 'memkafka'
import { Produce, respond } from 'memkafka/testing'
import { expect, test } from 'vitest'

test('an order survives a change of leaders', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  // Once, a Produce request is told that another broker leads; the producer asks again.
  cluster.use(
    respond(
      Produce,
      ({ request }) => ({
        responses: request.topicData.map(({ name, partitionData }) => ({
          name,
          partitionResponses: partitionData.map(({ index }) => ({
            index,
            errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
          })),
        })),
      }),
      { once: true },
    ),
  )
  const kafka = new Kafka({
    brokers: cluster.bootstrapServers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 1 },
  })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ key: 'order-1', value: 'created' }] })
  expect(cluster.partition('orders', 0).highWatermark).toBe(1)
  await producer.disconnect()
})
