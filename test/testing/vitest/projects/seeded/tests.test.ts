/** Tests that fail, and tell which cluster they had: its id follows from its seed. */
import { describe, test } from 'memkafka/vitest'

describe('orders', () => {
  test('are announced', ({ cluster }) => {
    throw new Error(`the cluster ${cluster.clusterId}`)
  })
})

describe('with a seed of its own', () => {
  test.override({ clusterOptions: { seed: 42, timeline: false } })

  test('fails as ever', ({ cluster }) => {
    throw new Error(`the cluster ${cluster.clusterId}`)
  })
})

describe('with a cluster of the file', () => {
  test.override({ clusterOptions: { per: 'file' } })

  test.for(['one', 'another'])('fails like %s', (_, { cluster }) => {
    throw new Error(`the cluster ${cluster.clusterId}`)
  })
})
