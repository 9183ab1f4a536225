import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'
import { saramaProducer } from './producer.ts'

test("the notes' producer sends a message every half second, to partitions by chance, until Ctrl-C", async () => {
  await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { '0606_test': { partitions: 3 } } })
  const { partitions } = cluster.topic('0606_test')
  const stop = new AbortController()
  const printed: unknown[] = []
  const producer = saramaProducer({
    addrs: cluster.bootstrapServers,
    options: cluster.clientConfig(),
    signal: stop.signal,
    print: (...values) => printed.push(values.join(' ')),
  })
  const before = cluster.clock.now()
  const sent = () => partitions.reduce((sum, { highWatermark }) => sum + highWatermark, 0)
  await cluster.clock.runUntil(() => sent() === 30)
  stop.abort()
  await producer
  expect(cluster.clock.now() - before).toBe(15_000)
  expect(printed).toEqual(['start make producer', 'start goroutine'])
  for (const { highWatermark } of partitions) expect(highWatermark).toBeGreaterThan(0)
})
