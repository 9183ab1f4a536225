/** Milliseconds from `KafkaCluster.start()` to the first acknowledged record: `first-record.ts <entry>`. */
import { load } from '../build.ts'
import { produceFirst } from '../first-record.ts'
import { answer } from '../worker.ts'

const WARM_UPS = 30

const { KafkaCluster } = await load(process.argv[2] as string)

async function once(): Promise<number> {
  const begun = performance.now()
  const cluster = await KafkaCluster.start()
  await produceFirst(cluster.bootstrapServers[0] as string)
  const took = performance.now() - begun
  await cluster.stop()
  return took
}

for (let i = 0; i < WARM_UPS; i++) await once()
answer({ round: async () => ({ values: [await once()] }) })
