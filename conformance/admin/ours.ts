/**
 * Starts memkafka as the cases expect a cluster to be, asks it every case, and stops it.
 *
 *   node conformance/admin/ours.ts > ours.txt
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { KafkaCluster } from '../../src/index.ts'

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url))
  worker.once('message', (address: string) => {
    const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'ask.ts'), address], { stdio: 'inherit' })
    process.exitCode = status ?? 1
    void worker.terminate()
  })
} else {
  const cluster = await KafkaCluster.start({ brokers: [{ nodeId: 0 }, { nodeId: 1 }, { nodeId: 2 }] })
  parentPort?.postMessage(cluster.bootstrapServers[0])
}
