import { type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { PartitionImage } from '../controller/metadata-image.ts'
import type { ReplicaLog } from '../log/replica-log.ts'
import { type FollowerFetch, RemoteReplica } from './remote-replica.ts'

/** The in-sync replicas that a leader proposes to the controller (KIP-497). */
export interface IsrProposal {
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  /** With the broker epoch in which each has fetched; -1: not known (KIP-903). */
  readonly isr: readonly { readonly brokerId: number; readonly brokerEpoch: number }[]
}

/** What a leader needs of what is around it. */
export interface LeaderHost {
  readonly nodeId: number
  /** The epoch of the broker that leads. */
  readonly brokerEpoch: number
  /** `replica.lag.time.max.ms` */
  readonly maxLagMs: number
  /**
   * Whether the high watermark stands still while fewer than `min.insync.replicas` are in sync, as since 3.7 (KIP-966); since then it also takes no
   * more replicas than there are.
   */
  readonly watermarkNeedsMinIsr: boolean
  nowMs(): number
  /** The epoch of a broker that may be in sync: alive, and not about to stop. Undefined otherwise. */
  eligibleEpoch(nodeId: number): number | undefined
  /** Asks the controller to change the in-sync replicas of this partition. `answered` hears what came of it. */
  propose(proposal: IsrProposal, answered: (outcome: IsrOutcome) => void): void
  /** Has what the controller refused asked again, after a while. */
  later(retry: () => void): void
  /** Told when the controller has decided who is in sync. */
  isrDecided(): void
}

/** What the controller says to a proposal: what holds now, or an error. */
export type IsrOutcome =
  | { readonly leaderEpoch: number; readonly partitionEpoch: number; readonly isr: readonly number[] }
  | ErrorName

/** Errors after which the leader waits for new metadata: its proposal may have been taken or not. */
const waitsForMetadata: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'FENCED_LEADER_EPOCH',
  'INVALID_UPDATE_VERSION',
  'INVALID_REQUEST',
  'NEW_LEADER_ELECTED',
])

/** A change of the in-sync replicas that the controller has not answered yet. */
interface Proposed {
  readonly isr: readonly number[]
  /** What counts meanwhile: those that were in sync, and one that is to be (KIP-497). */
  readonly maximal: readonly number[]
}

/**
 * The replicas of a partition as its leader sees them (the leader's part of Kafka's `Partition`): who has what, who is in sync, and
 * thereby what is committed.
 */
export class InSyncReplicas {
  private readonly host: LeaderHost
  private readonly log: ReplicaLog
  private readonly remotes = new Map<number, RemoteReplica>()
  private image: PartitionImage
  /** What the controller has decided, as far as it is known here. */
  private committed: readonly number[]
  private partitionEpoch: number
  private proposed: Proposed | undefined
  /** Where this leader's own records begin. */
  readonly epochStartOffset: number

  /** This broker has become leader in the epoch of `image`. */
  constructor(host: LeaderHost, log: ReplicaLog, image: PartitionImage) {
    this.host = host
    this.log = log
    this.image = image
    this.epochStartOffset = log.logEndOffset
    this.committed = image.isr
    this.partitionEpoch = image.partitionEpoch
    const nowMs = host.nowMs()
    for (const nodeId of image.replicas) {
      if (nodeId === host.nodeId) continue
      const remote = new RemoteReplica(nodeId)
      remote.reset(nowMs, image.isr.includes(nodeId))
      this.remotes.set(nodeId, remote)
    }
  }

  /** Those that the controller has said to be in sync. */
  get isr(): readonly number[] {
    return this.committed
  }

  /** Those that count: none of them can be left out of sight before the controller has answered. */
  get maximalIsr(): readonly number[] {
    return this.proposed?.maximal ?? this.committed
  }

  /** How many must be in sync: `min.insync.replicas`, but since 3.7 no more than there are (KAFKA-15583). */
  minIsr(configured: number): number {
    return this.host.watermarkNeedsMinIsr ? Math.min(configured, this.remotes.size + 1) : configured
  }

  isUnderMinIsr(configured: number): boolean {
    return this.committed.length < this.minIsr(configured)
  }

  /** The followers that the controller has said to be in sync. */
  inSyncFollowers(): RemoteReplica[] {
    return [...this.remotes.values()].filter(({ nodeId }) => this.committed.includes(nodeId))
  }

  remote(nodeId: number): RemoteReplica | undefined {
    return this.remotes.get(nodeId)
  }

  /** The least offset that every live replica still has. */
  get lowWatermark(): number {
    let low = this.log.logStartOffset
    for (const { nodeId, logStartOffset } of this.remotes.values()) {
      if (this.host.eligibleEpoch(nodeId) !== undefined && logStartOffset < low) low = logStartOffset
    }
    return low
  }

  /** How many offsets all followers have deleted together, dead ones too: it grows with each that deletes. */
  get followersDeleted(): number {
    return [...this.remotes.values()].reduce((sum, { logStartOffset }) => sum + logStartOffset, 0)
  }

  /** The metadata log has other things to say of the partition, which this broker leads in the same epoch. */
  update(image: PartitionImage): void {
    const nowMs = this.host.nowMs()
    this.image = image
    if (image.partitionEpoch < this.partitionEpoch) return
    this.partitionEpoch = image.partitionEpoch
    this.committed = image.isr
    this.proposed = undefined
    for (const nodeId of this.remotes.keys()) if (!image.replicas.includes(nodeId)) this.remotes.delete(nodeId)
    for (const nodeId of image.replicas) {
      if (nodeId === this.host.nodeId || this.remotes.has(nodeId)) continue
      const remote = new RemoteReplica(nodeId)
      remote.reset(nowMs, image.isr.includes(nodeId))
      this.remotes.set(nodeId, remote)
    }
    this.maybeExpandAll()
  }

  /**
   * A follower asks for what comes at `fetch.offset`. Whether the high watermark or the start of its log moved.
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER when it is an earlier incarnation of the follower that asks
   */
  followerFetched(fetch: FollowerFetch, minInSync: number): boolean {
    const remote = this.remotes.get(fetch.nodeId)
    if (remote === undefined) return false
    if (fetch.brokerEpoch >= 0 && remote.brokerEpoch !== undefined && fetch.brokerEpoch < remote.brokerEpoch) {
      throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    }
    const { logEndOffset, logStartOffset } = remote
    remote.fetched(fetch, this.log.logEndOffset, this.host.nowMs())
    this.maybeExpand(remote)
    const startMoved = logStartOffset !== remote.logStartOffset
    return (logEndOffset !== remote.logEndOffset && this.maybeMoveHighWatermark(minInSync)) || startMoved
  }

  /**
   * Moves the high watermark to what all in-sync replicas have, and those that are about to be in sync again. Whether it moved.
   */
  maybeMoveHighWatermark(minInSync: number): boolean {
    const { log, host } = this
    if (host.watermarkNeedsMinIsr && this.isUnderMinIsr(minInSync)) return false
    const end = log.logEndOffset
    let watermark = end
    if (this.remotes.size > 0) {
      const nowMs = host.nowMs()
      const counting = this.maximalIsr
      for (const remote of this.remotes.values()) {
        if (remote.logEndOffset >= watermark) continue
        if (counting.includes(remote.nodeId) || this.isWaitedFor(remote, end, nowMs)) watermark = remote.logEndOffset
      }
    }
    return log.maybeIncrementHighWatermark(watermark)
  }

  /** Takes those out of sync that are behind for too long. Whether some replica is behind, so that it is worth looking again. */
  maybeShrink(): boolean {
    const { host, log } = this
    const end = log.logEndOffset
    let behind = false
    for (const remote of this.remotes.values()) behind ||= remote.logEndOffset !== end
    if (!behind || this.proposed !== undefined) return behind
    const nowMs = host.nowMs()
    const isr = this.committed.filter((nodeId) => {
      const remote = this.remotes.get(nodeId)
      return remote === undefined || remote.isCaughtUp(end, nowMs, host.maxLagMs)
    })
    if (isr.length < this.committed.length) this.propose(isr, this.committed)
    return true
  }

  /**
   * Asks for those to be in sync that may be by now: their brokers are alive again, or nothing else is under way any more. In Kafka their next
   * fetch does that, which is due every `replica.fetch.wait.max.ms`; here it comes when there is something to fetch.
   */
  maybeExpandAll(): void {
    const { logEndOffset } = this.log
    const nowMs = this.host.nowMs()
    for (const remote of this.remotes.values()) {
      if (remote.isCaughtUp(logEndOffset, nowMs, this.host.maxLagMs)) this.maybeExpand(remote)
    }
  }

  private isWaitedFor(remote: RemoteReplica, end: number, nowMs: number): boolean {
    return remote.isCaughtUp(end, nowMs, this.host.maxLagMs) && this.isEligible(remote)
  }

  private maybeExpand(remote: RemoteReplica): void {
    const { logEndOffset, nodeId } = remote
    if (this.proposed !== undefined || this.committed.includes(nodeId)) return
    if (logEndOffset < this.log.highWatermark || logEndOffset < this.epochStartOffset || !this.isEligible(remote))
      return
    const isr = [...this.committed, nodeId]
    this.propose(isr, isr)
  }

  /** KIP-841, KIP-903: neither a fenced nor a stopping broker, nor an earlier incarnation of one, may be in sync. */
  private isEligible({ nodeId, brokerEpoch }: RemoteReplica): boolean {
    const epoch = this.host.eligibleEpoch(nodeId)
    return epoch !== undefined && brokerEpoch !== undefined && (brokerEpoch === -1 || brokerEpoch === epoch)
  }

  private propose(isr: readonly number[], maximal: readonly number[]): void {
    const proposed: Proposed = { isr, maximal }
    this.proposed = proposed
    this.send(proposed)
  }

  private send(proposed: Proposed): void {
    const { host, image } = this
    host.propose(
      {
        leaderEpoch: image.leaderEpoch,
        partitionEpoch: this.partitionEpoch,
        isr: proposed.isr.map((brokerId) => ({
          brokerId,
          brokerEpoch: brokerId === host.nodeId ? host.brokerEpoch : (this.remotes.get(brokerId)?.brokerEpoch ?? -1),
        })),
      },
      (outcome) => this.answered(proposed, outcome),
    )
  }

  private answered(proposed: Proposed, outcome: IsrOutcome): void {
    // Overtaken by metadata, or by another leader.
    if (this.proposed !== proposed) return
    if (typeof outcome !== 'string') {
      if (outcome.leaderEpoch !== this.image.leaderEpoch || outcome.partitionEpoch < this.partitionEpoch) return
      this.partitionEpoch = outcome.partitionEpoch
      this.committed = outcome.isr
      this.proposed = undefined
      this.maybeExpandAll()
      this.host.isrDecided()
    } else if (outcome === 'INELIGIBLE_REPLICA' || outcome === 'OPERATION_NOT_ATTEMPTED') {
      this.proposed = undefined
      // What the controller knew of brokers then may have changed, and been heard of here, before its answer came.
      this.host.later(() => this.maybeExpandAll())
    } else if (!waitsForMetadata.has(outcome)) {
      this.host.later(() => {
        if (this.proposed === proposed) this.send(proposed)
      })
    }
  }
}
