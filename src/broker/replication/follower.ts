import { KafkaError } from '../../protocol/errors.ts'
import type { LogConfig } from '../config/log-config.ts'
import { isUnreachable, type Link, type Station } from '../link.ts'
import type { EpochEnd } from '../log/leader-epochs.ts'
import type { ReplicaLog } from '../log/replica-log.ts'
import type { Signal } from '../signal.ts'
import type { WaitQueue } from '../wait-queue.ts'
import { type Reply, Waiting } from '../waiting.ts'

/** What a follower asks its leader for. */
export interface FollowerFetchRequest {
  readonly topic: string
  readonly topicId: string
  readonly index: number
  readonly nodeId: number
  readonly brokerEpoch: number
  /** Of the leader, as the follower knows it (KIP-320). */
  readonly currentLeaderEpoch: number
  readonly offset: number
  /** Of the follower's last record; undefined: it has none. */
  readonly lastFetchedEpoch: number | undefined
  readonly logStartOffset: number
  /** The high watermark that the follower knows of. */
  readonly highWatermark: number
}

/** What a leader gives to a follower. Whatever it says of offsets is of the time of the answer. */
export interface FollowerFetchAnswer {
  /** Batches as the leader keeps them: the same bytes. */
  readonly records: readonly Buffer[]
  readonly highWatermark: number
  readonly logStartOffset: number
  readonly logEndOffset: number
  /** Where the logs went different ways; then there are no records (KIP-595). */
  readonly diverging?: EpochEnd
  /** The follower's offset is not in the leader's log. */
  readonly outOfRange?: boolean
}

/** What stands at the far end of a follower's link: a broker and its replicas. */
export interface LeadingBroker extends Station {
  readonly replicas: { fetchAsFollower(request: FollowerFetchRequest): Reply<FollowerFetchAnswer> }
}

/** What a follower needs of its broker. */
export interface FollowerHost {
  readonly nodeId: number
  readonly queue: WaitQueue
  /** The epoch of the broker that follows. */
  readonly brokerEpoch: number
  /** `replica.fetch.backoff.ms` */
  readonly backoffMs: number
  /** Whether nothing can be appended. */
  readonly isDiskFull: boolean
  /** Marked when the network has changed. */
  readonly networkChanged: Signal
  linkTo(nodeId: number): Link<LeadingBroker>
}

/** The partition that a follower belongs to. */
export interface FollowedPartition {
  readonly topic: string
  readonly topicId: string
  readonly index: number
  readonly config: LogConfig
  /** Told when the log, its start or its high watermark are other than they were. */
  replicated(): void
}

/**
 * A replica that follows (one partition of Kafka's `ReplicaFetcherThread`): always one fetch is under way, which the leader answers when it has
 * something new. What contradicts the leader's log is taken away first, epoch by epoch (KIP-101, KIP-279, KIP-595).
 */
export class Follower {
  private readonly host: FollowerHost
  private readonly partition: FollowedPartition
  private readonly log: ReplicaLog
  private readonly leader: number
  private readonly leaderEpoch: number
  private stopped = false
  /** What the leader is asked now. */
  private asked: FollowerFetchRequest | undefined
  /** Ends the wait for a leader that cannot be reached, or is not ready. */
  private stopWaiting: () => void = () => {}

  constructor(host: FollowerHost, partition: FollowedPartition, log: ReplicaLog, leader: number, leaderEpoch: number) {
    this.host = host
    this.partition = partition
    this.log = log
    this.leader = leader
    this.leaderEpoch = leaderEpoch
    // Without epochs there is no telling where the logs part: what is not committed goes.
    if (log.epochs.latest === undefined) log.truncateTo(log.highWatermark)
  }

  start(): void {
    this.fetch()
  }

  stop(): void {
    this.stopped = true
    this.stopWaiting()
  }

  /**
   * This broker may be registered in another epoch than the one that the leader was told, and be in sync only in that (KIP-903). In Kafka the
   * next fetch tells it, which is due every `replica.fetch.wait.max.ms`.
   */
  brokersChanged(): void {
    if (this.asked !== undefined && this.asked.brokerEpoch !== this.host.brokerEpoch) this.fetch()
  }

  private fetch(): void {
    if (this.stopped) return
    const { host, log, partition } = this
    const request: FollowerFetchRequest = {
      topic: partition.topic,
      topicId: partition.topicId,
      index: partition.index,
      nodeId: host.nodeId,
      brokerEpoch: host.brokerEpoch,
      currentLeaderEpoch: this.leaderEpoch,
      offset: log.logEndOffset,
      lastFetchedEpoch: log.epochs.latest?.epoch,
      logStartOffset: log.logStartOffset,
      highWatermark: log.highWatermark,
    }
    this.asked = request
    host.linkTo(this.leader).send(
      (broker) => broker.replicas.fetchAsFollower(request),
      (answer) => {
        if (this.isCurrent(request)) this.take(answer)
      },
      (error) => {
        if (this.isCurrent(request)) this.failed(error)
      },
    )
  }

  /** Whether this is the fetch that is awaited; it is over then. */
  private isCurrent(request: FollowerFetchRequest): boolean {
    if (this.asked !== request) return false
    this.asked = undefined
    return !this.stopped
  }

  private take(answer: FollowerFetchAnswer): void {
    const { log, host } = this
    if (answer.outOfRange) {
      if (!this.moveIntoRange(answer)) {
        this.fetchLater()
        return
      }
    } else if (answer.diverging !== undefined) this.truncate(answer.diverging)
    else if (host.isDiskFull && answer.records.length > 0) {
      this.fetchLater()
      return
    } else {
      if (answer.records.length > 0) log.appendAsFollower(answer.records, this.partition.config, host.queue.clock.now())
      log.updateHighWatermark(answer.highWatermark)
      if (answer.logStartOffset > log.logStartOffset) {
        log.incrementStartOffset(Math.min(answer.logStartOffset, log.highWatermark))
      }
    }
    this.partition.replicated()
    this.fetch()
  }

  /** Takes away what the leader does not have (`AbstractFetcherThread.getOffsetTruncationState`). */
  private truncate({ epoch, endOffset }: EpochEnd): void {
    const { log } = this
    const own = log.epochs.endOf(epoch, log.logEndOffset)
    // An epoch of the leader's that is not known here: what came after the last one before it goes, and the leader is asked again.
    const to = own === undefined ? endOffset : own.epoch === epoch ? Math.min(own.endOffset, endOffset) : own.endOffset
    log.truncateTo(Math.min(to, log.logEndOffset))
  }

  /** `AbstractFetcherThread.fetchOffsetAndTruncate`. Whether anything changed by it. */
  private moveIntoRange({ logStartOffset, logEndOffset }: FollowerFetchAnswer): boolean {
    const { log } = this
    if (logEndOffset < log.logEndOffset) log.truncateTo(logEndOffset)
    else if (logStartOffset > log.logEndOffset) log.truncateFullyAndStartAt(logStartOffset)
    else return false
    return true
  }

  private failed(error: unknown): void {
    const { host } = this
    if (isUnreachable(error)) {
      const reached = Waiting.until({
        on: [host.networkChanged],
        ask: () => (host.linkTo(this.leader).isUp ? true : undefined),
      })
      this.stopWaiting = host.queue.await(reached, { done: () => this.fetch(), failed: () => {} })
    } else if (error instanceof KafkaError) {
      // This broker or the leader has not heard of the other's epoch yet. A newer one here begins with another follower.
      this.fetchLater()
    } else throw error
  }

  private fetchLater(): void {
    const timer = this.host.queue.after(this.host.backoffMs, () => this.fetch())
    const stop = (): void => timer.cancel()
    this.stopWaiting = stop
  }
}
