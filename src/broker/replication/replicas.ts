import { KafkaError } from '../../protocol/errors.ts'
import type { Timer } from '../clock.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { LogConfig } from '../config/log-config.ts'
import {
  ALL_BROKERS,
  type MetadataChange,
  type MetadataImage,
  type PartitionImage,
  type TopicImage,
} from '../controller/metadata-image.ts'
import type { ProducerRules } from '../log/producer-states.ts'
import type { WaitQueue } from '../wait-queue.ts'
import { Partition, type PartitionHost } from './partition.ts'

/** The partitions that a broker hosts: as long as each has one log, those that it leads. */
export class Replicas {
  private readonly nodeId: number
  private readonly queue: WaitQueue
  private readonly config: BrokerConfig
  private readonly image: MetadataImage
  private readonly topics = new Map<string, Map<number, Partition>>()
  private host: PartitionHost | undefined
  private retentionTimer: Timer | undefined

  constructor(options: { nodeId: number; queue: WaitQueue; config: BrokerConfig; image: MetadataImage }) {
    this.nodeId = options.nodeId
    this.queue = options.queue
    this.config = options.config
    this.image = options.image
  }

  find(topic: string, index: number): Partition | undefined {
    return this.topics.get(topic)?.get(index)
  }

  /** Every partition that is hosted here. */
  *all(): IterableIterator<Partition> {
    for (const partitions of this.topics.values()) yield* partitions.values()
  }

  /**
   * The partition, if this broker leads it.
   * @param currentLeaderEpoch the epoch that whoever asks believes the leader to have; left out: not checked (KIP-320)
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH
   */
  partition(topic: string, index: number, currentLeaderEpoch?: number): Partition {
    const partition = this.find(topic, index)
    if (partition !== undefined) {
      partition.checkLeader(currentLeaderEpoch)
      return partition
    }
    const known = this.image.partition(topic, index)
    if (known === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    // A follower looks at the epoch first.
    if (currentLeaderEpoch !== undefined && known.replicas.includes(this.nodeId)) {
      if (currentLeaderEpoch < known.leaderEpoch) throw new KafkaError('FENCED_LEADER_EPOCH')
      if (currentLeaderEpoch > known.leaderEpoch) throw new KafkaError('UNKNOWN_LEADER_EPOCH')
    }
    throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
  }

  /** What has changed in the image. */
  apply(change: MetadataChange): void {
    for (const topic of change.deletedTopics) this.closeTopic(topic.name)
    for (const topic of change.createdTopics) this.place(topic, topic.partitions)
    for (const { topic, after } of change.changedPartitions) this.place(topic, [after])
    const isOurs = (broker: string): boolean => broker === ALL_BROKERS || broker === String(this.nodeId)
    // What changes for the broker changes for every topic that does not override it.
    const changed = change.changedBrokerConfigs.some(isOurs) ? this.topics.keys() : change.changedTopicConfigs
    for (const name of changed) this.reconfigure(name)
  }

  /** Has every partition let go of what its retention no longer wants, now. Returns how many segments went. */
  deleteOldSegments(): number {
    let count = 0
    for (const partition of this.all()) count += partition.deleteOldSegments()
    return count
  }

  private place(topic: TopicImage, images: readonly PartitionImage[]): void {
    let config: LogConfig | undefined
    const partitions = this.topics.get(topic.name) ?? new Map<number, Partition>()
    for (const image of images) {
      const { index, leader } = image
      const hosted = partitions.get(index)
      if (leader !== this.nodeId) {
        hosted?.close('moved')
        partitions.delete(index)
      } else if (hosted !== undefined) {
        hosted.update(image)
      } else {
        config ??= this.config.logConfig(this.image.topicConfigs(topic.name))
        partitions.set(index, new Partition(this.partitionHost(), topic, index, image, config))
      }
    }
    if (partitions.size === 0) this.topics.delete(topic.name)
    else this.topics.set(topic.name, partitions)
  }

  private closeTopic(name: string): void {
    const partitions = this.topics.get(name)
    this.topics.delete(name)
    for (const partition of partitions?.values() ?? []) partition.close('deleted')
  }

  private reconfigure(topic: string): void {
    const partitions = this.topics.get(topic)
    if (partitions === undefined) return
    const config = this.config.logConfig(this.image.topicConfigs(topic))
    for (const partition of partitions.values()) partition.reconfigure(config)
  }

  private partitionHost(): PartitionHost {
    const { nodeId, queue, config } = this
    this.host ??= {
      nodeId,
      queue,
      producerRules: producerRules(config),
      validateCompressedRecords: config.bool('memkafka.validate.compressed.records'),
      expiresLater: () => this.checkRetentionLater(),
    }
    return this.host
  }

  /** Sets the timer that looks for what has expired; there is none while no partition has anything that could. */
  private checkRetentionLater(): void {
    this.retentionTimer ??= this.queue.after(this.config.long('log.retention.check.interval.ms'), () => {
      this.retentionTimer = undefined
      let again = false
      for (const partition of this.all()) {
        partition.deleteOldSegments()
        again ||= partition.mayExpire
      }
      if (again) this.checkRetentionLater()
    })
  }
}

/** What the broker's configs say of producers; some of them can change while it runs. */
function producerRules(config: BrokerConfig): ProducerRules {
  return {
    get expirationMs() {
      return config.int('producer.id.expiration.ms')
    },
    checkIntervalMs: config.int('producer.id.expiration.check.interval.ms'),
    get verifiesTransactions() {
      return config.bool('transaction.partition.verification.enable')
    },
  }
}
