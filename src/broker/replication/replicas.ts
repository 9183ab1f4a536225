import { KafkaError } from '../../protocol/errors.ts'
import type { Release } from '../../protocol/release.ts'
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
import type { Link } from '../link.ts'
import type { Disk } from '../log/disk.ts'
import type { ReplicaLog } from '../log/replica-log.ts'
import type { Signal } from '../signal.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { Reply } from '../waiting.ts'
import { BrokerHost } from './broker-host.ts'
import type { FollowerFetchAnswer, FollowerFetchRequest, LeadingBroker } from './follower.ts'
import type { IsrAuthority } from './isr-proposal.ts'
import { Partition } from './partition.ts'
import type { PartitionHost } from './partition-host.ts'

/** What the replicas of a broker are made with. */
export interface ReplicasOptions {
  readonly nodeId: number
  readonly queue: WaitQueue
  readonly config: BrokerConfig
  readonly image: MetadataImage
  readonly release: Release
  readonly disk: Disk
  readonly controller: Link<IsrAuthority>
  /** Marked when the network has changed. */
  readonly networkChanged: Signal
  peer(nodeId: number): Link<LeadingBroker>
}

/** The partitions that a broker hosts: those that it leads, and those that it follows. */
export class Replicas {
  private readonly options: ReplicasOptions
  private readonly nodeId: number
  private readonly queue: WaitQueue
  private readonly config: BrokerConfig
  private readonly image: MetadataImage
  private readonly topics = new Map<string, Map<number, Partition>>()
  private host: PartitionHost | undefined
  private retentionTimer: Timer | undefined
  private lagTimer: Timer | undefined
  private tellTimer: Timer | undefined
  /** Partitions whose followers do not know of the high watermark yet. */
  private readonly untold = new Set<Partition>()
  private cleanerTimer: Timer | undefined
  private knowsDisk = false

  constructor(options: ReplicasOptions) {
    this.options = options
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
    const partition = this.replica(topic, index, currentLeaderEpoch)
    partition.checkLeader()
    return partition
  }

  /**
   * The partition, whether this broker leads it or follows.
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH
   */
  replica(topic: string, index: number, currentLeaderEpoch?: number): Partition {
    const partition = this.find(topic, index)
    if (partition === undefined) {
      const isKnown = this.image.partition(topic, index) !== undefined
      throw new KafkaError(isKnown ? 'NOT_LEADER_OR_FOLLOWER' : 'UNKNOWN_TOPIC_OR_PARTITION')
    }
    partition.checkEpoch(currentLeaderEpoch)
    return partition
  }

  /** Gives a follower what it does not have yet of a partition that this broker leads; waits until there is something. */
  fetchAsFollower(request: FollowerFetchRequest): Reply<FollowerFetchAnswer> {
    const partition = this.partition(request.topic, request.index, request.currentLeaderEpoch)
    if (partition.topicId !== request.topicId) throw new KafkaError('INCONSISTENT_TOPIC_ID')
    return partition.fetchAsFollower(request, this.config.int('replica.fetch.max.bytes'))
  }

  /** What has changed in the image. */
  apply(change: MetadataChange): void {
    this.forgetStrayLogs()
    for (const topic of change.deletedTopics) this.closeTopic(topic.name)
    for (const topic of change.createdTopics) this.place(topic, topic.partitions)
    for (const { topic, after } of change.changedPartitions) this.place(topic, [after])
    if (change.changedBrokers.length > 0) for (const partition of this.all()) partition.brokersChanged()
    const isOurs = (broker: string): boolean => broker === ALL_BROKERS || broker === String(this.nodeId)
    // What changes for the broker changes for every topic that does not override it.
    const changed = change.changedBrokerConfigs.some(isOurs) ? this.topics.keys() : change.changedTopicConfigs
    for (const name of changed) this.reconfigure(name)
  }

  private place(topic: TopicImage, images: readonly PartitionImage[]): void {
    let config: LogConfig | undefined
    const partitions = this.topics.get(topic.name) ?? new Map<number, Partition>()
    for (const image of images) {
      const { index, replicas } = image
      const hosted = partitions.get(index)
      if (!replicas.includes(this.nodeId)) {
        if (hosted === undefined) continue
        hosted.close('moved')
        partitions.delete(index)
        this.options.disk.delete(topic.id, index)
      } else if (hosted !== undefined) {
        hosted.update(image)
      } else {
        config ??= this.config.logConfig(this.image.topicConfigs(topic.name))
        partitions.set(index, new Partition(this.partitionHost(), topic, image, config, this.logOf(topic, index)))
      }
    }
    if (partitions.size === 0) this.topics.delete(topic.name)
    else this.topics.set(topic.name, partitions)
  }

  private closeTopic(name: string): void {
    const partitions = this.topics.get(name)
    this.topics.delete(name)
    for (const partition of partitions?.values() ?? []) {
      partition.close('deleted')
      this.options.disk.delete(partition.topicId, partition.index)
    }
  }

  private logOf(topic: TopicImage, index: number): ReplicaLog {
    const { producerRules } = this.partitionHost()
    const log = this.options.disk.log(topic.id, index, () => ({
      topicPartition: `${topic.name}-${index}`,
      createdMs: this.queue.clock.now(),
      producerRules,
    }))
    log.reopen(producerRules)
    return log
  }

  /** What was deleted, or moved to other brokers, while this one was down. */
  private forgetStrayLogs(): void {
    if (this.knowsDisk) return
    this.knowsDisk = true
    this.options.disk.deleteStray((topicId, index) => {
      const partition = this.image.topicById(topicId)?.partitions[index]
      return partition?.replicas.includes(this.nodeId) ?? false
    })
  }

  private reconfigure(topic: string): void {
    const partitions = this.topics.get(topic)
    if (partitions === undefined) return
    const config = this.config.logConfig(this.image.topicConfigs(topic))
    for (const partition of partitions.values()) partition.reconfigure(config)
  }

  private partitionHost(): PartitionHost {
    this.host ??= new BrokerHost(this.options, {
      lagsLater: () => this.checkLagLater(),
      tellsLater: (partition) => {
        this.untold.add(partition)
        this.tellLater()
      },
      expiresLater: () => this.checkRetentionLater(),
      cleansLater: () => this.cleanLater(),
    })
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

  /** Sets the timer of the cleaner; there is none while no log has anything for it. */
  private cleanLater(): void {
    if (!this.config.bool('log.cleaner.enable')) return
    this.cleanerTimer ??= this.queue.after(this.config.long('log.cleaner.backoff.ms'), () => {
      this.cleanerTimer = undefined
      let again = false
      for (const partition of this.all()) {
        partition.clean()
        again ||= partition.mayBeCleaned
      }
      if (again) this.cleanLater()
    })
  }

  /** Looks, as often as Kafka's `isr-expiration`, for followers that are behind for too long; no more once none is behind. */
  private checkLagLater(): void {
    const { maxLagMs } = this.partitionHost()
    this.lagTimer ??= this.queue.after(maxLagMs / 2, () => {
      this.lagTimer = undefined
      let again = false
      for (const partition of this.all()) again = partition.shrinkIsr() || again
      if (again) this.checkLagLater()
    })
  }

  /** Followers that have nothing to fetch hear of the high watermark as late as in Kafka, where their fetch is answered then. */
  private tellLater(): void {
    this.tellTimer ??= this.queue.after(this.config.int('replica.fetch.wait.max.ms'), () => {
      this.tellTimer = undefined
      const told = [...this.untold]
      this.untold.clear()
      for (const partition of told) partition.tellHighWatermark()
    })
  }
}
