import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'

async function startAndStop() {
  const cluster = await KafkaCluster.start({ topics: { orders: {} } })
  await cluster.topic('orders').append({ value: 'a' })
  await cluster.group('billing').setOffset('orders', 0, 1)
  await cluster.stop()
  return cluster
}

describe('a cluster that is stopped', () => {
  test('can be looked into still', async () => {
    const cluster = await startAndStop()
    expect(await cluster.topic('orders').records()).toMatchObject([{ value: 'a' }])
    expect(cluster.group('billing').committed).toMatchObject([{ topic: 'orders', offset: 1 }])
  })

  test('takes nothing, and says so', async () => {
    const cluster = await startAndStop()
    const stopped = /the cluster (is|was) stopped/
    await expect(cluster.topic('orders').append({ value: 'b' })).rejects.toThrow(stopped)
    await expect(cluster.topic('bills').append({ value: 'b' })).rejects.toThrow(stopped)
    await expect(cluster.topic('orders').waitFor(1)).rejects.toThrow(stopped)
    await expect(cluster.topic('orders').clear()).rejects.toThrow(stopped)
    await expect(cluster.group('billing').setOffset('orders', 0, 0)).rejects.toThrow(stopped)
    await expect(cluster.broker(1).start()).rejects.toThrow(stopped)
    expect(cluster.topic('bills').exists).toBe(false)
    expect(await cluster.topic('orders').records()).toHaveLength(1)
  })
})
