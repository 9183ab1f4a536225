import type { PartitionImage } from '../controller/metadata-image.ts'
import type { Partition } from '../replication/partition.ts'
import type { BrokerHandle } from './broker-handle.ts'
import { type ClusterView, leaderReplica } from './cluster-view.ts'
import { Handle } from './handle.ts'
import { ReplicaHandle } from './replica-handle.ts'

/** A topic by its name, whether it is there or not yet. */
export class TopicHandle extends Handle {
  /** As it was asked for. */
  readonly name: string
  readonly #view: ClusterView

  /** @internal */
  constructor(view: ClusterView, name: string) {
    super()
    this.#view = view
    this.name = name
  }

  /** Whether it is there now. */
  get exists(): boolean {
    return this.#view.image.topic(this.name) !== undefined
  }

  /** The topic's id, 22 characters; undefined while it is not there. */
  get id(): string | undefined {
    return this.#view.image.topic(this.name)?.id
  }

  /** Its partitions in the order of their indices; none while it is not there. */
  get partitions(): readonly PartitionHandle[] {
    const count = this.#view.image.topic(this.name)?.partitions.length ?? 0
    return Array.from({ length: count }, (_, index) => new PartitionHandle(this.#view, this.name, index))
  }

  /** Has each of its partitions led by one of its in-sync replicas, another one than before where there is another. */
  shuffleLeaders(): void {
    const { controller, queue, image, random } = this.#view
    const topic = image.topic(this.name)
    queue.turn(() => {
      for (const { index, isr, leader } of topic?.partitions ?? []) {
        const others = isr.filter((id) => id !== leader && image.isActive(id))
        const next = others[random.below(others.length)]
        if (next !== undefined) controller.electLeader(this.name, index, next)
      }
    })
  }

  /**
   * Has the cleaner compact it now, on every broker that runs: of each key the latest record stays, in every segment that is decided, the last one
   * too, though by itself the cleaner would not have found it worth while yet. What is younger than `min.compaction.lag.ms` and tombstones younger
   * than `delete.retention.ms` stay. A follower hears of what is decided up to `replica.fetch.wait.max.ms` later.
   * @throws Error when it is not there, or not compacted (`cleanup.policy`)
   */
  compact(): void {
    this.#atEachReplica((partition) => {
      if (!partition.config.compact) throw new Error(`${this.name} is not compacted: its cleanup.policy has no compact`)
      partition.compact()
    })
  }

  /**
   * Lets go of the segments that retention no longer wants, now, on every broker that runs, where it would be
   * `log.retention.check.interval.ms` before somebody looks.
   * @throws Error when it is not there
   */
  deleteOldSegments(): void {
    this.#atEachReplica((partition) => partition.deleteOldSegments())
  }

  /** The configs that it overrides, by Kafka's names; none while it is not there. */
  get configs(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#view.image.topicConfigs(this.name))
  }

  #atEachReplica(change: (replica: Partition) => void): void {
    const { brokers, queue } = this.#view
    if (!this.exists) throw new Error(`there is no topic ${this.name}`)
    queue.turn(() => {
      for (const { replicas } of brokers.values()) {
        for (const { index } of this.partitions) {
          const replica = replicas.find(this.name, index)
          if (replica !== undefined) change(replica)
        }
      }
    })
  }
}

/** A partition by its topic and index, whether it is there or not yet. */
export class PartitionHandle extends Handle {
  /** The topic's name. */
  readonly topic: string
  /** From 0 on. */
  readonly index: number
  readonly #view: ClusterView

  /** @internal */
  constructor(view: ClusterView, topic: string, index: number) {
    super()
    this.#view = view
    this.topic = topic
    this.index = index
  }

  /** Whether it is there now. */
  get exists(): boolean {
    return this.#image !== undefined
  }

  /** The node id of its leader; undefined when it has none. */
  get leader(): number | undefined {
    const leader = this.#image?.leader ?? -1
    return leader === -1 ? undefined : leader
  }

  /** Counts its leaders (KIP-101); -1 while it is not there. */
  get leaderEpoch(): number {
    return this.#image?.leaderEpoch ?? -1
  }

  /** The node ids of its replicas, the preferred leader first; none while it is not there. */
  get replicas(): readonly number[] {
    return this.#image?.replicas ?? []
  }

  /** The node ids of its in-sync replicas, as the controller has it; none while it is not there. */
  get isr(): readonly number[] {
    return this.#image?.isr ?? []
  }

  /** The offset of the first record that is kept. This and the offsets below are its leader's, and 0 while it has none. */
  get logStartOffset(): number {
    return leaderReplica(this.#view, this.topic, this.index)?.logStartOffset ?? 0
  }

  /** The offset that consumers see up to. */
  get highWatermark(): number {
    return leaderReplica(this.#view, this.topic, this.index)?.highWatermark ?? 0
  }

  /** The offset up to which it is decided of every transaction whether it is committed. */
  get lastStableOffset(): number {
    return leaderReplica(this.#view, this.topic, this.index)?.lastStableOffset ?? 0
  }

  /** The offset that the next record will have. */
  get logEndOffset(): number {
    return leaderReplica(this.#view, this.topic, this.index)?.logEndOffset ?? 0
  }

  /** The log of a broker's replica, whether the broker runs or not; undefined when it has none. */
  log(broker: BrokerHandle): ReplicaHandle | undefined {
    const id = this.#view.image.topic(this.topic)?.id
    const log = id === undefined ? undefined : this.#view.diskOf(broker.nodeId)?.find(id, this.index)
    return log === undefined ? undefined : new ReplicaHandle(log)
  }

  /**
   * Has a broker lead it, at once.
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, and INELIGIBLE_REPLICA when the broker is not in sync
   */
  elect(broker: BrokerHandle): void {
    const { controller, queue } = this.#view
    queue.turn(() => controller.electLeader(this.topic, this.index, broker.nodeId))
  }

  get #image(): PartitionImage | undefined {
    return this.#view.image.partition(this.topic, this.index)
  }
}
