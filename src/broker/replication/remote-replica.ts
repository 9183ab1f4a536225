/** A fetch of a follower, as far as its leader learns from it how far that one is. */
export interface FollowerFetch {
  readonly nodeId: number
  /** Up to here it has everything. */
  readonly offset: number
  readonly logStartOffset: number
  /** KIP-903; -1: not told. */
  readonly brokerEpoch: number
}

const UNKNOWN_OFFSET = -1
/** Before all time: a clock may begin at 0. */
const NEVER = Number.NEGATIVE_INFINITY

/** What a leader knows of one of its followers (Kafka's `Replica`). */
export class RemoteReplica {
  readonly nodeId: number
  /** -1: it has not fetched yet. */
  logEndOffset: number = UNKNOWN_OFFSET
  logStartOffset: number = UNKNOWN_OFFSET
  /** Of its last fetch; undefined before the first. */
  brokerEpoch: number | undefined
  /** When it had last all that the leader had, ms. */
  lastCaughtUpMs: number = NEVER
  private lastFetchMs = NEVER
  /** Where the leader's log ended at its last fetch. */
  private leaderEndAtLastFetch = 0

  constructor(nodeId: number) {
    this.nodeId = nodeId
  }

  /** Begins anew under a new leader: nothing is known of it. @param inSync whether it counts as caught up until it is late */
  reset(nowMs: number, inSync: boolean): void {
    this.logEndOffset = UNKNOWN_OFFSET
    this.logStartOffset = UNKNOWN_OFFSET
    this.brokerEpoch = undefined
    this.lastCaughtUpMs = inSync ? nowMs : NEVER
    this.lastFetchMs = NEVER
    this.leaderEndAtLastFetch = 0
  }

  /**
   * Notes a fetch. A follower is caught up at the time of a fetch that asks for the leader's end, and was at the time of the fetch before when
   * it has got by now what the leader had then.
   */
  fetched({ offset, logStartOffset, brokerEpoch }: FollowerFetch, leaderEnd: number, nowMs: number): void {
    if (offset >= leaderEnd) this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, nowMs)
    else if (offset >= this.leaderEndAtLastFetch) this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, this.lastFetchMs)
    this.logEndOffset = offset
    this.logStartOffset = logStartOffset
    this.brokerEpoch = brokerEpoch
    this.leaderEndAtLastFetch = leaderEnd
    this.lastFetchMs = nowMs
  }

  /** Whether it is not behind for longer than `maxLagMs` (`replica.lag.time.max.ms`). */
  isCaughtUp(leaderEnd: number, nowMs: number, maxLagMs: number): boolean {
    return this.logEndOffset === leaderEnd || nowMs - this.lastCaughtUpMs <= maxLagMs
  }
}
