/** One cluster for a file. */
import { kafka } from 'memkafka/testing'
import { describe, expect, test } from 'memkafka/vitest'

test.override({ clusterOptions: { per: 'file', brokers: 2 } })

describe('a shared cluster', { concurrent: false }, () => {
  let address = ''

  test('is started once, and changed by a test', async ({ cluster }) => {
    address = cluster.bootstrapServers.join()
    cluster.use(kafka.metadata({}, () => undefined))
    cluster.network.split([cluster.broker(1)], [cluster.broker(2)])
    cluster.broker(2).pause()
    await cluster.broker(1).kill()
  })

  test('is as before in the next test', ({ cluster }) => {
    expect(cluster.bootstrapServers.join()).toBe(address)
    expect(cluster.listHandlers()).toEqual([])
    expect(cluster.network.isWhole).toBe(true)
    expect(cluster.brokers.map(({ isRunning, isPaused }) => [isRunning, isPaused])).toEqual([
      [true, false],
      [true, false],
    ])
  })

  test('can have a broker more', async ({ cluster }) => {
    await cluster.addBroker({ nodeId: 7 })
    expect(cluster.brokers).toHaveLength(3)
  })

  test('which the next test does not see', ({ cluster }) => {
    expect(cluster.brokers).toHaveLength(2)
  })
})
