import {
  type AsyncProducer,
  type Config,
  newAsyncProducer,
  newConfig,
  type ProducerMessage,
} from '../../../src/client/index.ts'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { Produce, respond } from '../../../src/testing/index.ts'

export async function clusterWith(options: ClusterOptions = {}): Promise<KafkaCluster> {
  const config = { 'auto.create.topics.enable': 'false' }
  return KafkaCluster.start({ clock: 'virtual', topics: { orders: {} }, config, ...options })
}

export async function producerOf(
  cluster: KafkaCluster,
  change: (config: Config) => void = () => {},
): Promise<AsyncProducer> {
  const config = newConfig(cluster.clientConfig())
  config.producer.return.successes = true
  change(config)
  return newAsyncProducer(cluster.bootstrapServers, config)
}

/** How many records each Produce request brings, in the order of the requests. */
export function countRequests(cluster: KafkaCluster): number[] {
  const counts: number[] = []
  cluster.use(
    respond(Produce, ({ request }) => {
      let count = 0
      for (const { partitionData } of request.topicData) {
        for (const { records } of partitionData) count += records?.[0]?.readInt32BE(57) ?? 0
      }
      counts.push(count)
      return undefined
    }),
  )
  return counts
}

export async function receive(producer: AsyncProducer, count: number): Promise<ProducerMessage[]> {
  const messages: ProducerMessage[] = []
  while (messages.length < count) messages.push((await producer.successes.receive()) as ProducerMessage)
  return messages
}
