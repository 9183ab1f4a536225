/** What clusters take, and leave behind: `clusters.ts <entry>`; wants `--expose-gc`. */
import { setImmediate as turn } from 'node:timers/promises'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { WireClient } from '../../test/wire-client.ts'
import { load } from '../build.ts'
import { produceFirst } from '../first-record.ts'
import { answer } from '../worker.ts'

const IDLE_CLUSTERS = 20
const MANY = 1000
const WARM_UPS = 100
const KIB = 1024

const { KafkaCluster } = await load(process.argv[2] as string)

/** Bytes of the heap and outside of it that are in use. */
async function memory(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void }
  if (gc === undefined) throw new Error('this needs --expose-gc')
  for (let i = 0; i < 4; i++) {
    gc()
    await turn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** KiB that one cluster takes to which nobody has come, and one that has `__consumer_offsets`. */
async function idle(): Promise<{ values: number[] }> {
  const before = await memory()
  const clusters = await Promise.all(Array.from({ length: IDLE_CLUSTERS }, () => KafkaCluster.start()))
  const fresh = await memory()
  for (const cluster of clusters) {
    const client = new WireClient(cluster.connect())
    await client.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['g'] })
    const closed = new Promise((resolve) => client.stream.once('close', resolve))
    client.close()
    await closed
  }
  const withOffsets = await memory()
  await Promise.all(clusters.map((cluster) => cluster.stop()))
  return { values: [fresh - before, withOffsets - before].map((bytes) => bytes / IDLE_CLUSTERS / KIB) }
}

async function startAndStop(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const cluster = await KafkaCluster.start()
    await produceFirst(cluster.bootstrapServers[0] as string)
    await cluster.stop()
  }
}

/** Of 1,000 clusters that took a record each, one after the other: ms each, KiB that are left of all, handles that are left. */
async function many(): Promise<{ values: number[] }> {
  const before = await memory()
  const handles = handleCount()
  const begun = performance.now()
  await startAndStop(MANY)
  const took = performance.now() - begun
  const after = await memory()
  return { values: [took / MANY, (after - before) / KIB, handleCount() - handles] }
}

function handleCount(): number {
  return process.getActiveResourcesInfo().length
}

await startAndStop(WARM_UPS)
answer({ idle, many })
