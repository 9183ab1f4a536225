import type { Partition } from '../../replication/partition.ts'
import type { ClusterView } from '../cluster-view.ts'
import { RecordsHandle } from '../records/records-handle.ts'
import { PartitionHandle } from './partition-handle.ts'

/** A topic by its name, whether it is there or not yet. */
export class TopicHandle extends RecordsHandle {
  /** As it was asked for. */
  readonly name: string
  readonly #view: ClusterView

  /** @internal */
  constructor(view: ClusterView, name: string) {
    super(view, name)
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

  /**
   * Has each of its partitions led by one of its in-sync replicas, another one than before where there is another.
   * @throws Error when it is not there
   */
  shuffleLeaders(): void {
    const { controller, queue, image, random } = this.#view
    const topic = image.topic(this.name)
    if (topic === undefined) throw new Error(`there is no topic ${this.name}`)
    queue.turn(() => {
      for (const { index, isr, leader } of topic.partitions) {
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
