import { Kafka, logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { nothingAcknowledgedIsLost, type Run, simulate } from '../../../src/testing/exploring/index.ts'

const cluster = {
  topics: { orders: {} },
  config: { 'transaction.state.log.num.partitions': '1' },
}
const laws = [nothingAcknowledgedIsLost({ topic: 'orders' })]

/** Sends an order in a transaction, says that it has it, and then ends the transaction in some way. */
const shop =
  (end?: 'commit' | 'abort') =>
  async ({ cluster: { bootstrapServers: brokers, socketFactory }, acknowledged }: Run): Promise<void> => {
    const kafka = new Kafka({ brokers, socketFactory, logLevel: logLevel.NOTHING })
    const producer = kafka.producer({ transactionalId: 'shop', maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'orders', messages: [{ value: 'order-1' }] })
    acknowledged('order-1')
    if (end !== undefined) await transaction[end]()
    await producer.disconnect()
  }

test('what was acknowledged and aborted is lost', async () => {
  await simulate({ cluster, laws, run: shop('commit') })
  await expect(simulate({ cluster, laws, run: shop('abort') })).rejects.toThrow(
    'order-1: acknowledged, and not in orders',
  )
})

test('what is in a transaction that is still open is there, and what comes after it', async () => {
  await simulate({
    cluster,
    laws,
    run: async (run) => {
      await shop()(run)
      run.acknowledged('order-2')
      await run.cluster.topic('orders').append({ value: 'order-2' })
    },
  })
})
