import { expect } from 'memkafka/vitest'
import { Billing } from './services/billing.ts'
import { quick, test } from './test.ts'

// A client that is still connected at the end fails the test.
test.override({ clusterOptions: { leaks: 'fail', topics: { orders: {}, bills: {} } } })

test('what was begun is ended and committed, and the group is left', async ({
  client,
  start,
  prefix,
  topic,
  group,
}) => {
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const charge = (): Promise<void> => {
    asked.resolve()
    return answered.promise
  }
  const billing = await start(new Billing(client, { prefix, charge, consumer: quick }))
  await topic('orders').append({ key: 'order-1', value: { id: 'order-1', amount: 100 } })
  await asked.promise
  const stopped = billing.stop()
  answered.resolve()
  await stopped
  await expect(topic('bills')).toHaveRecord({ key: 'order-1' })
  await expect(group('billing')).toHaveCommitted({ [topic('orders').name]: 1 })
  await expect(group('billing')).toHaveMembers(0)
})
