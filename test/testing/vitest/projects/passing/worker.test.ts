/** One cluster for a worker. */
import { expect, test } from 'memkafka/vitest'

test.override({ clusterOptions: { per: 'worker' } })

let address = ''

test('starts it', { concurrent: false }, ({ cluster }) => {
  address = cluster.bootstrapServers.join()
})

test('has the same', { concurrent: false }, ({ cluster }) => {
  expect(cluster.bootstrapServers.join()).toBe(address)
})
