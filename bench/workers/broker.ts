/** A broker for clients in other processes: `broker.ts <entry>`. */
import { load } from '../build.ts'
import { copiedBytes } from '../count-copies.ts'
import { answer } from '../worker.ts'

const { KafkaCluster } = await load(process.argv[2] as string)
const cluster = await KafkaCluster.start()
answer(
  {
    address: () => cluster.bootstrapServers[0],
    /** Microseconds of processor time so far. */
    cpu: () => {
      const { user, system } = process.cpuUsage()
      return user + system
    },
    copied: () => copiedBytes(),
  },
  () => cluster.stop(),
)
