import { errorName, KafkaError } from '../../protocol/errors.ts'
import { autoTopic } from '../controller/auto-topics.ts'
import { isInternalTopic } from '../replication/internal-topics.ts'
import type { ClusterView } from './cluster-view.ts'

/**
 * How many partitions a topic has. One that is not there is made, as for a client that asks for it; brokers hear of it after the turn.
 * @param where asks, for errors
 * @throws Error where `auto.create.topics.enable` forbids it, or no broker runs; KafkaError that says why it cannot be made
 */
export function partitionCount(view: ClusterView, where: string, topic: string): number {
  const known = view.image.topic(topic)?.partitions.length
  if (known !== undefined) return known
  const broker = [...view.brokers.values()].find(({ nodeId }) => view.image.isActive(nodeId))
  if (broker === undefined) throw new Error(`${where}: no broker runs that could make the topic ${topic}`)
  if (!isInternalTopic(topic) && !broker.config.bool('auto.create.topics.enable')) {
    throw new Error(
      `${where}: there is no topic ${topic}, and auto.create.topics.enable is false: name it in the topics of KafkaCluster.start, or create it by a client`,
    )
  }
  const [result] = view.controller.createTopics({ topics: [autoTopic(topic, broker.config)], validateOnly: false })
  if (result !== undefined && result.errorCode !== 0) {
    const why = `${where}: the topic ${topic} cannot be made: ${result.errorMessage}`
    throw new KafkaError(errorName(result.errorCode), why)
  }
  return view.image.topic(topic)?.partitions.length ?? 0
}
