import { describe, expect, onTestFinished, test } from 'vitest'
import type { ClusterOptions } from '../../../src/broker/options.ts'
import { Clusters } from '../../../src/testing/vitest/clusters.ts'
import type { FixtureChoices } from '../../../src/testing/vitest/fixture-options.ts'

const CHOICES: FixtureChoices = { per: 'file', leaks: 'off', unfired: 'off' }

function start() {
  const clusters = new Clusters()
  onTestFinished(() => clusters.stop())
  const share = (options: ClusterOptions = {}) => clusters.share(options, CHOICES)
  return { clusters, share }
}

describe('a cluster that tests share', () => {
  test('is started anew for the next test when one has stopped it', async () => {
    const { clusters, share } = start()
    const first = await share()
    await first.cluster.stop()
    await clusters.reset(first)
    const second = await share()
    expect(second).not.toBe(first)
    await second.cluster.topic('orders').append({ value: 'v' })
    await clusters.reset(second)
    expect(await share()).toBe(second)
  })

  test('that cannot be started is nobody else’s business', async () => {
    const { clusters, share } = start()
    const good = await share()
    await expect(share({ brokers: 0 })).rejects.toThrow('brokers: a whole number from 1 on is wanted, not 0')
    await expect(share({ brokers: 0 })).rejects.toThrow('brokers: a whole number from 1 on is wanted, not 0')
    await good.cluster.addBroker({ nodeId: 7 })
    await clusters.reset(good)
    expect((await share()).cluster.brokers).toHaveLength(1)
    await clusters.stop()
  })
})
