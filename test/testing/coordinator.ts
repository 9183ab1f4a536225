import { onTestFinished } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { errorName } from '../../src/protocol/errors.ts'
import { FindCoordinator, type TestCluster } from '../../src/testing/index.ts'
import { WireClient } from '../wire-client.ts'

const KEY_TYPES = { group: 0, transaction: 1 } as const

/** A connection to the coordinator of a group or of a transactional id, which has been asked for as clients do. */
export async function connectToCoordinator(
  cluster: TestCluster,
  kind: keyof typeof KEY_TYPES,
  key: string,
): Promise<WireClient> {
  // Kafka makes the topic of all groups with the first of them; this waits for that.
  await cluster[kind](key).describe()
  const client = await connectTo(cluster)
  const { errorCode, nodeId, host, port } = await client.send(FindCoordinator, 1, { key, keyType: KEY_TYPES[kind] })
  if (errorCode !== 0) throw new Error(`no coordinator of ${key}: ${errorName(errorCode)}`)
  return connectTo(cluster, { nodeId, host, port })
}

/** In memory to memkafka, by TCP to any other cluster. */
async function connectTo(
  cluster: TestCluster,
  broker?: { readonly nodeId: number; readonly host: string; readonly port: number },
): Promise<WireClient> {
  if (cluster instanceof KafkaCluster) return new WireClient(cluster.connect(broker?.nodeId))
  const address = broker === undefined ? cluster.bootstrapServers[0] : `${broker.host}:${broker.port}`
  const client = await WireClient.to(address ?? '')
  onTestFinished(() => client.close())
  return client
}
