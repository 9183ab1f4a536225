import { KafkaError } from '../../protocol/errors.ts'
import { divergence } from '../log/divergence.ts'
import type { ReadLimits } from '../log/log.ts'
import type { ReplicaLog } from '../log/replica-log.ts'
import type { Signal, Wait } from '../signal.ts'
import { type Reply, Waiting } from '../waiting.ts'
import type { FollowerFetchAnswer, FollowerFetchRequest } from './follower.ts'
import type { InSyncReplicas } from './in-sync-replicas.ts'

/** What the feed of a partition's followers is made with. */
export interface FollowerFeedOptions {
  readonly log: ReplicaLog
  /** Marked when there may be something to tell. */
  readonly changed: Signal
  /** `min.insync.replicas` */
  minInSync(): number
  /** The replicas as this broker sees them. Throws KafkaError when it does not lead in that epoch. */
  leader(currentLeaderEpoch: number): InSyncReplicas
  /** Told that a follower does not know yet of the high watermark, and has nothing else to fetch. */
  tellsLater(): void
}

/** What a leader gives its followers, and what it learns from them (the leader's side of Kafka's replica fetchers). */
export class FollowerFeed {
  private readonly options: FollowerFeedOptions
  /** The high watermark that is worth an answer of its own. */
  private toldHighWatermark = 0

  private readonly signals: readonly Signal[]

  constructor(options: FollowerFeedOptions) {
    this.options = options
    this.signals = [options.changed]
  }

  /**
   * Gives a follower what it does not have yet, and learns from its request what it has. Waits until there is something: records, another
   * start of the log; another high watermark alone is told as late as in Kafka, `replica.fetch.wait.max.ms` after it moved.
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH
   */
  fetch(request: FollowerFetchRequest, maxBytes: number): Reply<FollowerFetchAnswer> {
    const { changed, leader, minInSync } = this.options
    const leading = leader(request.currentLeaderEpoch)
    // Which replicas there are may be news that one of the two has not heard yet.
    if (leading.remote(request.nodeId) === undefined) throw new KafkaError('UNKNOWN_LEADER_EPOCH')
    const astray = this.astray(request)
    if (astray !== undefined) return astray
    if (leading.followerFetched(request, minInSync())) changed.mark()
    return this.ask(request, maxBytes) ?? Waiting.until(new NewsWait(this, this.signals, request, maxBytes))
  }

  /** @internal What there is to tell a follower by now. Throws when this broker does not lead any more. */
  ask(request: FollowerFetchRequest, maxBytes: number): FollowerFetchAnswer | undefined {
    this.options.leader(request.currentLeaderEpoch)
    return this.astray(request) ?? this.news(request, maxBytes)
  }

  /** Answers followers that have nothing to fetch, for the sake of the high watermark. */
  tellHighWatermark(): void {
    this.toldHighWatermark = this.options.log.highWatermark
    this.options.changed.mark()
  }

  /** What to tell a follower whose log is not a part of this one. */
  private astray({ offset, lastFetchedEpoch }: FollowerFetchRequest): FollowerFetchAnswer | undefined {
    const { log } = this.options
    const { logStartOffset, logEndOffset } = log
    if (offset < logStartOffset) return { ...this.nothing(), outOfRange: true }
    if (lastFetchedEpoch !== undefined) {
      try {
        const diverging = divergence(log, offset, lastFetchedEpoch)
        if (diverging !== undefined) return { ...this.nothing(), diverging }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { ...this.nothing(), outOfRange: true }
      }
    }
    return offset > logEndOffset ? { ...this.nothing(), outOfRange: true } : undefined
  }

  private news(request: FollowerFetchRequest, maxBytes: number): FollowerFetchAnswer | undefined {
    const { log, tellsLater } = this.options
    const { offset } = request
    const { highWatermark, logStartOffset, logEndOffset } = log
    const records = offset === logEndOffset ? [] : log.read(offset, logEndOffset, limitsOf(maxBytes)).records
    // There may be nothing before the end either: what was there has been compacted away.
    if (records.length === 0 && logStartOffset <= request.logStartOffset) {
      const watermark = Math.min(highWatermark, offset)
      if (watermark <= request.highWatermark) return undefined
      if (watermark > this.toldHighWatermark) {
        tellsLater()
        return undefined
      }
    }
    return { records, highWatermark, logStartOffset, logEndOffset }
  }

  private nothing(): FollowerFetchAnswer {
    const { highWatermark, logStartOffset, logEndOffset } = this.options.log
    return { records: [], highWatermark, logStartOffset, logEndOffset }
  }
}

function limitsOf(maxBytes: number): ReadLimits {
  return { maxBytes, minOneMessage: true, wholeBatches: true }
}

/** A follower that has everything, and waits for more. */
class NewsWait implements Wait<FollowerFetchAnswer> {
  readonly on: readonly Signal[]
  // Its link starts the wait as soon as there was no news, so that nothing can change in between.
  readonly wasAsked = true
  private readonly feed: FollowerFeed
  private readonly request: FollowerFetchRequest
  private readonly maxBytes: number

  constructor(feed: FollowerFeed, on: readonly Signal[], request: FollowerFetchRequest, maxBytes: number) {
    this.feed = feed
    this.on = on
    this.request = request
    this.maxBytes = maxBytes
  }

  ask(): FollowerFetchAnswer | undefined {
    return this.feed.ask(this.request, this.maxBytes)
  }
}
