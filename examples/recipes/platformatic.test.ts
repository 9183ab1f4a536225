import { Producer, stringSerializers } from '@platformatic/kafka'
import { expect, test } from 'memkafka/vitest'

test('an order is announced by @platformatic/kafka', async ({ cluster }) => {
  const { bootstrapServers: bootstrapBrokers } = cluster
  const orders = cluster.name('orders')
  const producer = new Producer({
    clientId: 'shop',
    bootstrapBrokers,
    serializers: stringSerializers,
    autocreateTopics: true,
  })
  await producer.send({ messages: [{ topic: orders, key: 'order-1', value: '{"amount":100}' }] })
  await expect(cluster.topic(orders)).toHaveRecord({ key: 'order-1', value: { amount: 100 } })
  await producer.close()
})
