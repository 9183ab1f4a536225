import type { ErrorName } from '../../../protocol/errors.ts'
import type { Broker } from '../../broker.ts'
import type { Timer } from '../../clock.ts'
import type { MetadataImage } from '../../controller/metadata-image.ts'
import type { Gate } from '../../gate.ts'
import type { Link } from '../../link.ts'
import type { TransactionMarker } from '../../log/transactions.ts'
import type { WaitQueue } from '../../wait-queue.ts'
import type { Completion } from './completion.ts'
import type { PartitionResult } from './markers.ts'
import { type PartitionsOfTopic, TopicPartitions } from './topic-partitions.ts'

/** What a marker sender is made with. */
export interface MarkerSenderOptions {
  readonly queue: WaitQueue
  readonly image: MetadataImage
  readonly peer: (nodeId: number) => Link<Broker>
  /** Markers wait while it is closed. */
  readonly gate: Gate
  /** The epoch of the coordinator of what belongs to a partition of `__transaction_state`. */
  coordinatorEpoch(index: number): number
  /** The transaction version that a marker carries. */
  markerVersion(completion: Completion): number
  /** Hears that all partitions of a transaction have their markers. */
  done(completion: Completion): void
}

/** How long it takes until a marker that was refused is sent again, ms: as long as Kafka's brokers wait to connect again. */
const RETRY_MS = 50

/** After these a marker is sent again. */
const retried: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_OR_FOLLOWER',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'REQUEST_TIMED_OUT',
  'KAFKA_STORAGE_ERROR',
])

/**
 * Sends the markers of a broker's transactions to the leaders of their partitions, until these have taken them, as Kafka's
 * `TransactionMarkerChannelManager`.
 */
export class MarkerSender {
  private readonly options: MarkerSenderOptions
  /** What could not be sent, or was refused. */
  private readonly waiting = new Map<Completion, TopicPartitions>()
  private timer: Timer | undefined

  constructor(options: MarkerSenderOptions) {
    this.options = options
    options.queue.whenever([options.gate.opened], () => this.retry())
  }

  /** Sends the markers of a transaction once the change that decided its end is over. */
  send(completion: Completion): void {
    this.options.queue.post(() => this.deliver(completion, completion.remaining))
  }

  /** Tries again what waits: leaders may have changed. */
  retry(): void {
    this.timer?.cancel()
    this.timer = undefined
    const again = [...this.waiting]
    this.waiting.clear()
    for (const [completion, partitions] of again) this.deliver(completion, partitions)
  }

  private deliver(completion: Completion, partitions: TopicPartitions): void {
    if (completion.isCancelled) return
    const { image, gate } = this.options
    if (gate.isClosed) {
      this.waiting.set(completion, partitions)
      return
    }
    const byLeader = new Map<number, PartitionsOfTopic[]>()
    for (const [topic, partition] of partitions) {
      const state = image.partition(topic, partition)
      // Nobody reads what has been deleted.
      if (state === undefined) completion.remaining = completion.remaining.without(topic, partition)
      else if (state.leader === -1 || !image.isAlive(state.leader)) this.keep(completion, topic, partition)
      else byLeader.set(state.leader, [...(byLeader.get(state.leader) ?? []), { topic, partitions: [partition] }])
    }
    for (const [leader, topics] of byLeader) this.sendTo(leader, completion, TopicPartitions.of(topics))
    this.finish(completion)
  }

  private sendTo(leader: number, completion: Completion, partitions: TopicPartitions): void {
    const { prepared, index } = completion
    const marker: TransactionMarker = {
      producerId: prepared.producerId,
      producerEpoch: prepared.producerEpoch,
      committed: prepared.state === 'PrepareCommit',
      coordinatorEpoch: this.options.coordinatorEpoch(index),
      transactionVersion: this.options.markerVersion(completion),
    }
    const link = this.options.peer(leader)
    link.send(
      (broker) => broker.transactions.writeMarker(marker, partitions),
      (results) => this.answered(completion, results),
      () => {
        for (const [topic, partition] of partitions) this.keep(completion, topic, partition)
      },
      link.requestTimeoutMs,
    )
  }

  private answered(completion: Completion, results: readonly PartitionResult[]): void {
    if (completion.isCancelled) return
    for (const { topic, partition, error } of results) {
      if (retried.has(error)) this.keep(completion, topic, partition)
      // A newer producer or coordinator is there: this one's transaction is never complete, and whoever loads it next decides.
      else if (error !== 'NONE') completion.cancel()
      else completion.remaining = completion.remaining.without(topic, partition)
    }
    this.finish(completion)
  }

  private finish(completion: Completion): void {
    if (!completion.isCancelled && completion.remaining.isEmpty) this.options.done(completion)
  }

  private keep(completion: Completion, topic: string, partition: number): void {
    if (completion.isCancelled) return
    const kept = this.waiting.get(completion) ?? TopicPartitions.NONE
    this.waiting.set(completion, kept.with([{ topic, partitions: [partition] }]))
    this.timer ??= this.options.queue.after(RETRY_MS, () => this.retry())
  }
}
