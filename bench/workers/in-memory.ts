/** A broker and its client in one process, and no sockets: `in-memory.ts <entry> <scenario> <record bytes> <batch bytes>`. */
import { WireClient } from '../../test/wire-client.ts'
import { load } from '../build.ts'
import { LoadClient } from '../client.ts'
import { copiedBytes } from '../count-copies.ts'
import { scenarioOf } from '../scenarios.ts'
import { answer } from '../worker.ts'

const [entry, scenario, recordBytes, batchBytes] = process.argv.slice(2) as [string, string, string, string]
const { KafkaCluster } = await load(entry)
const cluster = await KafkaCluster.start()
const round = await scenarioOf(
  scenario,
  Number(recordBytes),
  Number(batchBytes),
)(new WireClient(cluster.connect()), LoadClient.over(cluster.connect()))
answer({ round, copied: () => copiedBytes() }, () => cluster.stop())
