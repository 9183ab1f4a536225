import {
  type AsyncProducer,
  type Config,
  newAsyncProducer,
  newConfig,
  type ProducerMessage,
  WaitForAll,
} from '../../../src/client/index.ts'
import type { ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { Produce, type RequestHandler, respond } from '../../../src/testing/index.ts'
import { settled } from './settled.ts'

export const threeBrokers: ClusterOptions = {
  clock: 'virtual',
  brokers: 3,
  topics: { orders: { partitions: 1, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } } },
}

export async function producerOf(
  cluster: KafkaCluster,
  change: (config: Config) => void = () => {},
): Promise<AsyncProducer> {
  const config = newConfig(cluster.clientConfig())
  config.producer.return.successes = true
  config.producer.requiredAcks = WaitForAll
  change(config)
  return newAsyncProducer(cluster.bootstrapServers, config)
}

export function idempotent({ producer }: Config): void {
  producer.idempotent = true
}

/** Answers Produce with an error for every partition. */
export function refuse(code: number, times: number, more: object = {}): RequestHandler {
  let left = times
  return respond(Produce, ({ request }) => {
    if (left-- <= 0) return undefined
    return {
      responses: request.topicData.map(({ name, topicId, partitionData }) => ({
        name,
        topicId,
        partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: code, baseOffset: -1, ...more })),
      })),
    }
  })
}

export const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`)

export async function receive(
  cluster: KafkaCluster,
  producer: AsyncProducer,
  count: number,
): Promise<ProducerMessage[]> {
  const messages: ProducerMessage[] = []
  while (messages.length < count) {
    messages.push((await settled(cluster, producer.successes.receive())) as ProducerMessage)
  }
  return messages
}
