import type { StickyMember, StickyPartition } from './sticky-state.ts'

interface Movement {
  readonly from: StickyMember
  readonly to: StickyMember
}

/**
 * Which partitions one plan has moved so far. Two partitions of a topic need never trade places: before one goes from A to B, one that
 * went from B to A goes back instead.
 */
export class Movements {
  private readonly moved = new Map<StickyPartition, Movement>()

  /** Takes a partition from who has this one, for `to`: this one, or another of its topic if that leaves more of them at home. */
  move(partition: StickyPartition, to: StickyMember): void {
    const { holder } = partition
    const home = this.moved.get(partition)?.from ?? holder
    if (holder === null || home === null) return
    const lost = this.lost(partition.topic, to, home)
    this.record(lost ?? partition, to)
    // What `to` had lost went where this one came from, which gets this one back for it.
    if (lost !== undefined && home !== holder) this.record(partition, home)
  }

  private lost(topic: string, from: StickyMember, to: StickyMember): StickyPartition | undefined {
    for (const [partition, movement] of this.moved) {
      if (partition.topic === topic && movement.from === from && movement.to === to) return partition
    }
    return undefined
  }

  private record(partition: StickyPartition, to: StickyMember): void {
    const from = partition.holder
    if (from === null) return
    const home = this.moved.get(partition)?.from ?? from
    this.moved.delete(partition)
    if (home !== to) this.moved.set(partition, { from: home, to })
    from.held.delete(partition)
    to.held.add(partition)
    partition.holder = to
  }
}
