/**
 * Bytes that a broker allocates on the heap: `allocations.ts <entry>`, with a young generation so large that nothing is
 * collected meanwhile. Records are counted by the difference: requests with many of them beside requests that are as large, and
 * have one.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { WireClient } from '../../test/wire-client.ts'
import { load } from '../build.ts'
import { LoadClient } from '../client.ts'
import { createTopic, fetchRequest, produceRequest } from '../requests.ts'
import { answer } from '../worker.ts'

const MANY = 100
const VALUE_BYTES = 8
const REQUESTS = 2000
/** V8 needs some thousand requests to make up its mind. */
const WARM_UPS = 6000
const LONG_POLLS = 20
/** Collections that come in between are waited out so many times. */
const TRIES = 10

const { KafkaCluster } = await load(process.argv[2] as string)
const cluster = await KafkaCluster.start()
const admin = new WireClient(cluster.connect())
const client = LoadClient.over(cluster.connect())
const collections = new PerformanceObserver(() => {})
collections.observe({ entryTypes: ['gc'] })

/** Heap bytes for each request, the broker's and the client's. */
async function allocated(request: Buffer): Promise<number> {
  for (let left = TRIES; left > 0; left--) {
    await turn()
    collections.takeRecords()
    const before = process.memoryUsage().heapUsed
    await client.run([request], REQUESTS, 1)
    const after = process.memoryUsage().heapUsed
    await turn()
    if (collections.takeRecords().length === 0) return (after - before) / REQUESTS
  }
  throw new Error('something is collected each time')
}

/** Fetches that wait for more than will come, and what ends them. */
async function longPolls(topic: string): Promise<() => void> {
  const waiting = Array.from({ length: LONG_POLLS }, () => LoadClient.over(cluster.connect()))
  const poll = fetchRequest(0, { topic, minBytes: 1 << 30, maxWaitMs: 1 << 30 })
  for (const one of waiting) void one.run([poll], 1, 1).catch(() => {})
  await turn()
  return () => {
    for (const one of waiting) one.close()
  }
}

const sizeOfOne = produceRequest(MANY, VALUE_BYTES).length - produceRequest(1, 0).length
const produce = (topic: string, records: number) =>
  produceRequest(records, records === 1 ? sizeOfOne : VALUE_BYTES, topic)

for (const topic of ['many', 'one', 'appended', 'elsewhere']) await createTopic(admin, topic)
const produceMany = produce('many', MANY)
const produceOne = produce('one', 1)
const append = produce('appended', 1)
// What a fetch of one batch answers, since the next one does not fit: as large for many records as for one.
const fetchMany = fetchRequest(0, { topic: 'many', partitionMaxBytes: 1 })
const fetchOne = fetchRequest(0, { topic: 'one', partitionMaxBytes: 1 })
for (const request of [produceMany, produceOne, append, fetchMany, fetchOne]) await client.run([request], WARM_UPS, 1)

async function round(): Promise<{ values: number[] }> {
  const [ofMany, ofOne] = [await allocated(produceMany), await allocated(produceOne)]
  const [fetchOfMany, fetchOfOne] = [await allocated(fetchMany), await allocated(fetchOne)]
  const alone = await allocated(append)
  const endElsewhere = await longPolls('elsewhere')
  const withOthers = await allocated(append)
  endElsewhere()
  const endHere = await longPolls('appended')
  await client.run([append], WARM_UPS, 1)
  const withPolls = await allocated(append)
  endHere()
  return {
    values: [
      (ofMany - ofOne) / (MANY - 1),
      (fetchOfMany - fetchOfOne) / (MANY - 1),
      (withOthers - alone) / LONG_POLLS,
      (withPolls - alone) / LONG_POLLS,
      ofOne,
      fetchOfOne,
    ],
  }
}

answer({ round }, () => cluster.stop())
