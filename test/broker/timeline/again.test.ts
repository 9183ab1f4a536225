import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { KafkaResponse, kafka } from '../../../src/testing/index.ts'
import { fetch, produce } from '../../testing/fixture.ts'
import { WireClient } from '../../wire-client.ts'

/** What happens, step by step, on the virtual clock and in memory. */
async function history(seed: number, steps: readonly number[]): Promise<{ told: string; entries: unknown }> {
  await using cluster = await KafkaCluster.start({
    seed,
    brokers: 3,
    clock: 'virtual',
    timeline: true,
    topics: { orders: { partitions: 3, replicationFactor: 3 } },
  })
  cluster.use(
    kafka.produce({}, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { probability: 0.3 }),
    kafka.fetch({}, async ({ delay, passthrough }) => {
      await delay(20)
      return passthrough()
    }),
  )
  for (const step of steps) {
    const partition = step % 3
    const client = new WireClient(cluster.connect(cluster.partition('orders', partition).leader ?? 1))
    if (step < 6) await produce(client, { orders: [partition] })
    else if (step < 8) {
      const fetched = fetch(client, { orders: [partition] })
      await cluster.clock.advance(50)
      await fetched
    } else {
      const broker = cluster.broker(cluster.partition('orders', partition).leader)
      await broker.kill()
      await broker.start()
    }
    await cluster.clock.advance(step)
    client.stream.destroy()
    await cluster.clock.advance(0)
  }
  return { told: String(cluster.timeline), entries: cluster.timeline.entries }
}

test('the same seed and the same order give the same timeline', async () => {
  const steps = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fc.nat(), steps, async (seed, chosen) => {
      expect(await history(seed, chosen)).toEqual(await history(seed, chosen))
    }),
    { numRuns: 15 },
  )
})
