import type { KafkaCluster } from '../../../broker/cluster.ts'
import {
  type Client,
  type ClusterAdmin,
  type ConfigOptions,
  newClient,
  newClusterAdminFromClient,
  newConfig,
  newManualPartitioner,
  newMurmur2Partitioner,
  newSyncProducerFromClient,
  type ProducerMessage,
  type SentMessage,
} from '../../../client/index.ts'

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
   * Produces messages, each to the partition that it names, or by its key, where Kafka's own clients put it.
   * @returns for each where it is, or why it is nowhere
   */
  async produce(messages: readonly ProducerMessage[]): Promise<readonly (SentMessage | Error)[]> {
    const isManual = messages.some(({ partition }) => partition !== undefined)
    const partitioner = isManual ? newManualPartitioner : newMurmur2Partitioner
    return this.#with(
      async (client) => {
        const producer = await newSyncProducerFromClient(client)
        try {
          const sent = messages.map((message) => producer.sendMessage(message).catch((error: Error) => error))
          return await Promise.all(sent)
        } finally {
          await producer.close()
        }
      },
      { producer: { partitioner, requiredAcks: -1 } },
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
