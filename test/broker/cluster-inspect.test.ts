import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'

test('a cluster that is printed tells what it is, in short', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} }, seed: 1 })
  const { clusterId, bootstrapServers } = cluster
  expect(inspect(cluster)).toBe(
    `KafkaCluster ${inspect({ clusterId, bootstrapServers, topics: ['orders'], isStopped: false })}`,
  )
  await cluster.stop()
  expect(inspect({ cluster })).toContain('isStopped: true')
})
