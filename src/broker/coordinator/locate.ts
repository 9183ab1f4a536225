import { KafkaError } from '../../protocol/errors.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { autoTopic } from '../controller/auto-topics.ts'
import type { Controller } from '../controller/controller.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import { javaStringHash } from '../java-hash.ts'
import type { Link } from '../link.ts'
import type { Reply } from '../waiting.ts'

/** What is needed to find a coordinator. */
export interface CoordinatorSearch {
  readonly image: MetadataImage
  readonly config: BrokerConfig
  readonly controller: Link<Controller>
}

/**
 * The node that leads a partition of a coordinator's internal topic. The first time somebody asks, the topic is made.
 * @param partition tells it once the topic is there
 * @throws COORDINATOR_NOT_AVAILABLE while the partition has no leader; with `memkafka.auto.create.topics.at.once=false` the
 * first who asks is told so, as by Kafka
 */
export function locateCoordinator(
  { image, config, controller }: CoordinatorSearch,
  topic: string,
  partition: () => number,
): Reply<number> {
  const leader = (): number => {
    const node = image.partition(topic, partition())?.leader ?? -1
    if (node === -1) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    return node
  }
  if (image.topic(topic) !== undefined) return leader()
  const topics = [autoTopic(topic, config)]
  const created = controller.ask((active) => active.createTopics({ topics, validateOnly: false }))
  if (config.bool('memkafka.auto.create.topics.at.once')) return created.map(leader)
  throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
}

/** Which partition of an internal topic a key belongs to. The least of all hashes has no positive counterpart: it counts as 0. */
export function coordinatorPartition(key: string, partitions: number): number {
  const hash = javaStringHash(key)
  return hash === -(2 ** 31) ? 0 : Math.abs(hash) % partitions
}
