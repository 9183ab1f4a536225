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

  /** The partition to move so that `to` gets one of this topic: this one, or one that `to` has lost to where this one was first. */
  instead(partition: StickyPartition, to: StickyMember): StickyPartition {
    const first = this.moved.get(partition)?.from ?? partition.holder
    for (const [other, movement] of this.moved) {
      if (other.topic !== partition.topic || movement.from !== to || movement.to !== first) continue
      // It may be held by another member than the one that has too many: then to take it would not help the balance.
      if (first !== null && first.held.size > to.held.size + 1) return other
    }
    return partition
  }

  /** Moves a partition. */
  move(partition: StickyPartition, to: StickyMember): void {
    const from = partition.holder
    if (from === null) return
    const first = this.moved.get(partition)?.from ?? from
    this.moved.delete(partition)
    if (first !== to) this.moved.set(partition, { from: first, to })
    from.held.delete(partition)
    to.held.add(partition)
    partition.holder = to
  }
}
