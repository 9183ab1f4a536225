import { expect } from 'memkafka/vitest'
import { Billing } from './services/billing.ts'
import { quick, test } from './test.ts'

// A client that is still connected at the end fails the test.
test.override({ clusterOptions: { leaks: 'fail' } })

test('what was begun is ended and committed, and the group is left', async ({ cluster, client, start }) => {
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const charge = (): Promise<void> => {
    asked.resolve()
    return answered.promise
  }
  const billing = await start(new Billing(client, { charge, consumer: quick }))
  await cluster.topic('orders').append({ key: 'order-1', value: { id: 'order-1', amount: 100 } })
  await asked.promise
  const stopped = billing.stop()
  answered.resolve()
  await stopped
  await expect(cluster.topic('bills')).toHaveRecord({ key: 'order-1' })
  await expect(cluster.group('billing')).toHaveCommitted({ orders: 1 })
  await expect(cluster.group('billing')).toHaveMembers(0)
})
