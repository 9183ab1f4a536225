import type { FetchedPartition, FetchPartitionParams } from './fetching.ts'

/** How a session ends: the epoch of a request that wants none (KIP-227). */
export const FINAL_EPOCH = -1
/** The epoch of a request that names all its partitions and would like a session. */
export const INITIAL_EPOCH = 0

/** The epoch of the request that follows one with `epoch`. */
export function nextEpoch(epoch: number): number {
  if (epoch < 0) return FINAL_EPOCH
  return epoch === 0x7fffffff ? 1 : epoch + 1
}

/**
 * A partition that a fetch asks for, named in the request or remembered from an earlier one, and what was last told of it
 * (Kafka's `CachedPartition`).
 */
export class FetchPartition implements FetchPartitionParams {
  /** The same for every mention of the partition, by whatever it is named. */
  readonly key: string
  readonly topicId: string | undefined
  readonly index: number
  offset: number
  maxBytes: number
  currentLeaderEpoch: number | undefined
  lastFetchedEpoch: number | undefined
  private name: string | undefined
  private highWatermark = -1
  private logStartOffset = -1

  /** @param topic its name; undefined as long as nobody knows what topic has the id */
  constructor(topic: string | undefined, wanted: Omit<FetchPartitionParams, 'topic'>) {
    this.name = topic
    this.topicId = wanted.topicId
    this.index = wanted.index
    this.offset = wanted.offset
    this.maxBytes = wanted.maxBytes
    this.currentLeaderEpoch = wanted.currentLeaderEpoch
    this.lastFetchedEpoch = wanted.lastFetchedEpoch
    this.key = partitionKey(topic, wanted.topicId, wanted.index)
  }

  /** Whether it is known which topic is meant. An id may be anyone's. */
  get isNamed(): boolean {
    return this.name !== undefined
  }

  get topic(): string {
    return this.name ?? ''
  }

  /** Learns which topic has its id. What was learned once stays, even when the topic is there no more. */
  resolve(nameOf: (topicId: string) => string | undefined): void {
    if (this.name === undefined && this.topicId !== undefined) this.name = nameOf(this.topicId)
  }

  /** Takes what a later request says of the partition. */
  update(wanted: FetchPartitionParams): void {
    this.offset = wanted.offset
    this.maxBytes = wanted.maxBytes
    this.currentLeaderEpoch = wanted.currentLeaderEpoch
    this.lastFetchedEpoch = wanted.lastFetchedEpoch
  }

  /**
   * Notes what is about to be told of it. True if it is news: records, an error, a divergence, or another high watermark or
   * start of the log than before. After an error there is always news.
   */
  tell(result: FetchedPartition): boolean {
    const failed = typeof result === 'string'
    const highWatermark = failed ? -1 : result.highWatermark
    const logStartOffset = failed ? -1 : result.logStartOffset
    const moved = highWatermark !== this.highWatermark || logStartOffset !== this.logStartOffset
    this.highWatermark = highWatermark
    this.logStartOffset = logStartOffset
    if (failed || moved || result.sizeInBytes > 0) return true
    return result.diverging !== undefined || result.preferredReadReplica !== undefined
  }
}

/** What tells a partition of a session from the others: the topic's id where it has one, as from version 13 on, or its name. */
export function partitionKey(topic: string | undefined, topicId: string | undefined, index: number): string {
  return `${index} ${topicId ?? topic}`
}

/**
 * What the broker remembers of a client's fetches, so that a request names only what is different, and an answer tells only
 * what is new (KIP-227). Soft state: a client that hears of an unknown session begins another one.
 */
export class FetchSession {
  readonly id: number
  /** Whether a follower's. A consumer's session makes room for it. */
  readonly privileged: boolean
  /** Whether its partitions have ids (KIP-516). A client that changes between names and ids needs another session. */
  readonly usesTopicIds: boolean
  readonly createdMs: number
  lastUsedMs: number
  /** Of the request that is due. */
  epoch: number = nextEpoch(INITIAL_EPOCH)
  /** How many partitions it had when it was last used. */
  lastSize: number
  private readonly byKey = new Map<string, FetchPartition>()

  constructor(
    options: { readonly id: number; readonly privileged: boolean; readonly usesTopicIds: boolean },
    partitions: Iterable<FetchPartition>,
    nowMs: number,
  ) {
    this.id = options.id
    this.privileged = options.privileged
    this.usesTopicIds = options.usesTopicIds
    this.createdMs = nowMs
    this.lastUsedMs = nowMs
    for (const partition of partitions) this.byKey.set(partition.key, partition)
    this.lastSize = this.byKey.size
  }

  get size(): number {
    return this.byKey.size
  }

  /** In the order in which they are read: those that gave something last come last. */
  get partitions(): Iterable<FetchPartition> {
    return this.byKey.values()
  }

  /** Adds and changes what a request names, and drops what it forgets. */
  update(wanted: Iterable<FetchPartition>, forgotten: Iterable<string>): void {
    for (const partition of wanted) {
      const known = this.byKey.get(partition.key)
      if (known === undefined) this.byKey.set(partition.key, partition)
      else known.update(partition)
    }
    for (const key of forgotten) this.byKey.delete(key)
  }

  /** Whether a partition belongs into the answer. One that has records goes to the end, so that the others get their turn. */
  select(partition: FetchPartition, result: FetchedPartition): boolean {
    const isNews = partition.tell(result)
    if (typeof result !== 'string' && result.sizeInBytes > 0 && this.byKey.delete(partition.key)) {
      this.byKey.set(partition.key, partition)
    }
    return isNews
  }
}
