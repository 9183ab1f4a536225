import type { PartitionImage } from '../../controller/metadata-image.ts'
import { nodeIdOf } from '../brokers/broker-argument.ts'
import type { BrokerHandle } from '../brokers/broker-handle.ts'
import { type ClusterView, leaderReplica } from '../cluster-view.ts'
import { leaderless } from '../records/record-scan.ts'
import { RecordsHandle } from '../records/records-handle.ts'
import { ReplicaHandle } from './replica-handle.ts'

/** Where a partition begins and ends. */
export interface PartitionOffsets {
  /** Of the first record that is kept. */
  readonly start: number
  /** Up to which consumers see: the high watermark. */
  readonly end: number
  /** Up to which readers of committed records see: the last stable offset. */
  readonly stable: number
}

/** A partition by its topic and index, whether it is there or not yet. */
export class PartitionHandle extends RecordsHandle {
  /** The topic's name. */
  readonly topic: string
  /** From 0 on. */
  readonly index: number
  readonly #view: ClusterView

  /** @internal */
  constructor(view: ClusterView, topic: string, index: number) {
    super(view, topic, index)
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

  /**
   * Where it begins, and where it ends for consumers.
   * @throws Error when it is not there, or nobody leads it
   */
  async offsets(): Promise<PartitionOffsets> {
    const replica = leaderReplica(this.#view, this.topic, this.index)
    if (replica === undefined) throw new Error(leaderless(this.#view, this.topic, this.index))
    return { start: replica.logStartOffset, end: replica.highWatermark, stable: replica.lastStableOffset }
  }

  /** The log of a broker's replica, whether the broker runs or not; undefined when it has none. */
  log(broker: BrokerHandle): ReplicaHandle | undefined {
    const nodeId = nodeIdOf('log', broker)
    const id = this.#view.image.topic(this.topic)?.id
    const log = id === undefined ? undefined : this.#view.diskOf(nodeId)?.find(id, this.index)
    return log === undefined ? undefined : new ReplicaHandle(log)
  }

  /**
   * Has a broker lead it, at once.
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, and INELIGIBLE_REPLICA when the broker is not in sync; TypeError for what is no broker
   */
  elect(broker: BrokerHandle): void {
    const nodeId = nodeIdOf('elect', broker)
    const { controller, queue } = this.#view
    queue.turn(() => controller.electLeader(this.topic, this.index, nodeId))
  }

  get #image(): PartitionImage | undefined {
    return this.#view.image.partition(this.topic, this.index)
  }
}
