import type { INestApplicationContext, INestMicroservice } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { BillingModule } from '../src/billing.module'
import { BillingService } from '../src/billing.service'
import { kafkaOptions } from '../src/kafka'
import { Shop } from '../src/shop'
import { ShopModule } from '../src/shop.module'

// What makes tests quick. kafkajs waits 300 ms before it tries again, 3 s between heartbeats, and up to 5 s at a broker that has
// nothing for it, which is also how long a consumer takes to close.
const settings = {
  client: { logLevel: logLevel.NOTHING, retry: { initialRetryTime: 10 } },
  consumer: { heartbeatInterval: 100, maxWaitTimeInMs: 50 },
}
const order = { id: 'order-1', amount: 100 }

let cluster: KafkaCluster
let billing: INestMicroservice
let shop: INestApplicationContext

beforeAll(async () => {
  cluster = await KafkaCluster.start({ brokers: 3, topics: { orders: {}, prices: {}, 'prices.reply': {} } })
})
afterAll(() => cluster.stop())

beforeEach(async () => {
  const service = await Test.createTestingModule({ imports: [BillingModule] }).compile()
  billing = service.createNestMicroservice(kafkaOptions(cluster.bootstrapServers, 'billing', settings))
  await billing.listen()
  const client = await Test.createTestingModule({
    imports: [ShopModule.register(cluster.bootstrapServers, settings)],
  }).compile()
  shop = await client.init()
})
afterEach(async () => {
  await Promise.all([shop?.close(), billing?.close()])
})

test('a request is answered', async () => {
  await expect(shop.get(Shop).priceOf(order)).resolves.toBe(119)
})

test('who asks is told what went wrong', async () => {
  await expect(shop.get(Shop).priceOf({ id: 'order-2', amount: -1 })).rejects.toMatchObject({
    message: 'there is no price for -1',
  })
})

test('an event is handled', async () => {
  await shop.get(Shop).order(order)
  await cluster.group('billing-server').waitUntilCaughtUp()
  expect(billing.get(BillingService).billed).toEqual([order])
})

test('an event whose handler failed is handled again', async () => {
  const service = billing.get(BillingService)
  const bill = jest.spyOn(service, 'bill').mockRejectedValueOnce(new Error('the bank is closed'))
  await shop.get(Shop).order(order)
  await cluster.group('billing-server').waitUntilCaughtUp()
  expect(bill).toHaveBeenCalledTimes(2)
  expect(service.billed).toEqual([order])
})

test('both go on when their coordinator moves, and when a broker restarts', async () => {
  const group = cluster.group('billing-server')
  const coordinator = cluster.broker(group.coordinator)
  group.moveCoordinator(cluster.broker((coordinator.nodeId % 3) + 1))
  await coordinator.stop()
  await coordinator.start()
  await expect(shop.get(Shop).priceOf(order)).resolves.toBe(119)
  await shop.get(Shop).order(order)
  await group.waitUntilCaughtUp()
  expect(billing.get(BillingService).billed).toEqual([order])
})

test('nothing is left when both are closed', async () => {
  await Promise.all([shop.close(), billing.close()])
  for (const group of ['billing-server', 'shop-client']) {
    await expect(cluster.group(group).describe()).resolves.toMatchObject({ state: 'Empty', members: [] })
  }
})
