import type { Kept } from './entry-buffer.ts'
import type { PartitionEntry } from './timeline-entry.ts'

/** What became of a partition. */
export type PartitionChange =
  | { readonly topic: string; readonly change: 'leader'; readonly leader: number; readonly leaderEpoch: number }
  | { readonly topic: string; readonly change: 'isr'; readonly isr: readonly number[] }

/** A change of partitions: of a broker that dies many change alike. */
export class PartitionRecord implements Kept {
  readonly place: number
  readonly isTelling = true
  /** The same for changes that are alike. */
  readonly sameness: string
  private readonly at: number
  private readonly partitions: number[]
  private readonly change: PartitionChange

  constructor(place: number, at: number, partition: number, change: PartitionChange) {
    this.place = place
    this.at = at
    this.partitions = [partition]
    this.change = change
    // Which of those in sync is named first tells nothing.
    const what = change.change === 'isr' ? change.isr.toSorted((a, b) => a - b) : [change.leader, change.leaderEpoch]
    this.sameness = JSON.stringify([at, change.topic, change.change, what])
  }

  add(partition: number): void {
    if (!this.partitions.includes(partition)) this.partitions.push(partition)
  }

  entry(): PartitionEntry {
    const { at, partitions, change } = this
    return { kind: 'partition', at, partitions: [...partitions], ...change }
  }
}
