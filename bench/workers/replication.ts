/**
 * What three replicas cost: acks=all on a cluster of one broker and on one of three, in turn, in memory: `replication.ts <entry>`. Gives the
 * throughput of three as a share of that of one, for batches of 16 KiB and of 1 MB, and the milliseconds that three brokers take to start. Throughput
 * is that of a second of processor time: other programs hardly change it.
 */

import { load } from '../build.ts'
import { LoadClient } from '../client.ts'
import { produceRequest, recordsIn, TOPIC } from '../requests.ts'
import { answer } from '../worker.ts'

const IN_FLIGHT = 5
const RECORD_BYTES = 1024
/** Bytes of values in one half of a round: long enough to be measured, short enough that both halves meet the same machine. */
const HALF_ROUND_BYTES = 24e6
const HALVES = 6
const BATCHES = [16_384, 1 << 20]

const { KafkaCluster } = await load(process.argv[2] as string)

async function start(brokers: number) {
  const begun = performance.now()
  const cluster = await KafkaCluster.start({ brokers, topics: { [TOPIC]: { replicationFactor: brokers } } })
  return { cluster, startedMs: performance.now() - begun }
}

/** Microseconds of processor time that a load takes on a cluster that is new, its client's included. */
async function produce(brokers: number, batchBytes: number): Promise<number> {
  const { cluster } = await start(brokers)
  const records = recordsIn(batchBytes, RECORD_BYTES)
  const request = produceRequest(records, RECORD_BYTES)
  const count = Math.ceil(HALF_ROUND_BYTES / (records * RECORD_BYTES))
  const partition = cluster.partition(TOPIC, 0)
  const before = process.cpuUsage()
  await LoadClient.over(cluster.connect(partition.leader)).run([request], count, IN_FLIGHT)
  const { user, system } = process.cpuUsage(before)
  if (partition.highWatermark !== count * records) throw new Error(`${partition.highWatermark} records are committed`)
  if (partition.isr.length !== brokers) throw new Error(`${partition.isr.length} replicas are in sync`)
  await cluster.stop()
  return user + system
}

async function ratio(batchBytes: number): Promise<number> {
  let one = 0
  let three = 0
  for (let half = 0; half < HALVES; half++) {
    one += await produce(1, batchBytes)
    three += await produce(3, batchBytes)
  }
  return one / three
}

async function startOfThree(): Promise<number> {
  const { cluster, startedMs } = await start(3)
  await cluster.stop()
  return startedMs
}

for (let i = 0; i < 10; i++) await startOfThree()
for (const batchBytes of BATCHES) await ratio(batchBytes)
answer({
  round: async () => {
    const ratios: number[] = []
    for (const batchBytes of BATCHES) ratios.push(await ratio(batchBytes))
    return { values: [...ratios, await startOfThree()] }
  },
})
