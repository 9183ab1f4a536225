import { withKafka } from 'memkafka/vitest'
import 'memkafka/vitest/matchers'
import { test as base, expect } from 'vitest'

// A `test` that there is already, with what its tests share.
const ours = base.extend<{ tenant: string }>({ tenant: 'acme' })

const test = withKafka(ours, { topics: { 'acme.orders': {} } })

test('orders of each tenant have a topic', async ({ cluster, tenant }) => {
  await cluster.topic(cluster.name(`${tenant}.orders`)).append({ key: 'order-1', value: 'created' })
  await expect(cluster.topic(cluster.name('acme.orders'))).toHaveRecords(1)
})
