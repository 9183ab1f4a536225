import { VersionedMap } from '../versioned-map.ts'

/** An offset that a group has committed. */
export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** The epoch of the last record consumed; -1 when the client did not say. */
  readonly leaderEpoch: number
  readonly metadata: string
  /** When it was committed, ms. */
  readonly commitTimestamp: number
  /** When it expires, ms, if the client has asked for a time of its own; else -1. */
  readonly expireTimestamp: number
  /** The zero id when the record does not say. */
  readonly topicId: string
  /** Of the record that committed it, or wrote it in a transaction. */
  readonly recordOffset: number
}

/** The offsets of a shard's groups. */
export class Offsets {
  private readonly byGroup = new Map<string, VersionedMap<string, CommittedOffset>>()
  private readonly committed: () => number

  constructor(committed: () => number) {
    this.committed = committed
  }

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.byGroup.get(group)?.get(partitionKey(topic, partition))
  }

  /** What was committed as of the records below `recordOffset`. */
  getAsOf(group: string, topic: string, partition: number, recordOffset: number): CommittedOffset | undefined {
    return this.byGroup.get(group)?.getAsOf(partitionKey(topic, partition), recordOffset)
  }

  /** All offsets of a group. */
  of(group: string): CommittedOffset[] {
    return [...(this.byGroup.get(group)?.entries() ?? [])].map(([, offset]) => offset)
  }

  ofAsOf(group: string, recordOffset: number): CommittedOffset[] {
    return [...(this.byGroup.get(group)?.entriesAsOf(recordOffset) ?? [])].map(([, offset]) => offset)
  }

  /** The groups that have offsets. */
  groups(): IterableIterator<string> {
    return this.byGroup.keys()
  }

  set(group: string, committed: CommittedOffset, recordOffset: number): void {
    let offsets = this.byGroup.get(group)
    if (offsets === undefined) {
      offsets = new VersionedMap(this.committed)
      this.byGroup.set(group, offsets)
    }
    offsets.set(partitionKey(committed.topic, committed.partition), committed, recordOffset)
  }

  remove(group: string, topic: string, partition: number, recordOffset: number): void {
    const offsets = this.byGroup.get(group)
    if (offsets === undefined) return
    offsets.set(partitionKey(topic, partition), undefined, recordOffset)
    if (offsets.size === 0) this.byGroup.delete(group)
  }
}

/** No topic's name has a colon. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}:${partition}`
}
