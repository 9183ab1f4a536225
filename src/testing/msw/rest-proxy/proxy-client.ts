import type { KafkaCluster } from '../../../broker/cluster.ts'
import {
  type Client,
  type ClusterAdmin,
  type ConfigOptions,
  newClient,
  newClusterAdminFromClient,
  newConfig,
  newMurmur2Partitioner,
  newSyncProducerFromClient,
  type PartitionerConstructor,
  type ProducerMessage,
  type SentMessage,
} from '../../../client/index.ts'
import { kafkaErrorIn } from './errors.ts'

/** How the proxy reaches the cluster: by a client in memory, which lives as long as a request. */
export class ProxyClient {
  readonly cluster: KafkaCluster

  constructor(cluster: KafkaCluster) {
    this.cluster = cluster
  }

  async admin<T>(act: (admin: ClusterAdmin) => Promise<T>): Promise<T> {
    return this.#with(async (client) => {
      const admin = await newClusterAdminFromClient(client)
      try {
        return await act(admin)
      } finally {
        await admin.close()
      }
    })
  }

  /**
   * Lends a producer: each message goes to the partition that it names, or by its key, where Kafka's own clients put it.
   * @param act is told by `send` where a message is; it throws NotInMetadata for a partition that is not there
   */
  async producing<T>(act: (send: (message: ProducerMessage) => Promise<SentMessage>) => Promise<T>): Promise<T> {
    return this.#with(
      async (client) => {
        const producer = await newSyncProducerFromClient(client)
        try {
          let before: Promise<void> = Promise.resolve()
          return await act((message) => {
            const demanded = before.then(() => demandPartition(client, message))
            // The next one is not sent before this one, though that one's topic may be known already.
            before = demanded.catch(() => {})
            return demanded.then(() => producer.sendMessage(message))
          })
        } finally {
          await producer.close()
        }
      },
      { producer: { partitioner: newNamedPartitioner, requiredAcks: -1 } },
    )
  }

  async #with<T>(act: (client: Client) => Promise<T>, options: ConfigOptions = {}): Promise<T> {
    const client = await newClient(this.cluster.bootstrapServers, newConfig(this.cluster.clientConfig(), options))
    try {
      return await act(client)
    } finally {
      await client.close()
    }
  }
}

/** That a record is for a partition that is not there. The real proxy waits for a minute whether it comes. */
export class NotInMetadata extends Error {
  override readonly name = 'NotInMetadata'
}

async function demandPartition(client: Client, { topic, partition }: ProducerMessage): Promise<void> {
  let partitions: readonly number[]
  try {
    partitions = await client.partitions(topic)
  } catch (error) {
    if (kafkaErrorIn(error)?.error !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
    throw new NotInMetadata(`Topic ${topic} not present in metadata.`)
  }
  if (partition === undefined || partitions.includes(partition)) return
  throw new NotInMetadata(
    `Partition ${partition} of topic ${topic} with partition count ${partitions.length} is not present in metadata.`,
  )
}

/** That which the message names, or else that of its key. */
const newNamedPartitioner: PartitionerConstructor = (topic, random) => {
  const byKey = newMurmur2Partitioner(topic, random)
  return {
    partition: (message, count) => message.partition ?? byKey.partition(message, count),
    requiresConsistency: (message) => message.partition !== undefined || byKey.requiresConsistency(message),
  }
}
