/** A broker for clients in other processes: `broker.ts <entry>`. */
import { load } from '../build.ts'
import { copiedBytes } from '../count-copies.ts'
import { answer, processorTime } from '../worker.ts'

const { KafkaCluster } = await load(process.argv[2] as string)
const cluster = await KafkaCluster.start()
answer(
  {
    address: () => cluster.bootstrapServers[0],
    cpu: processorTime,
    copied: () => copiedBytes(),
  },
  () => cluster.stop(),
)
