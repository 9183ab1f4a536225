import type { TimelineEntry } from './timeline-entry.ts'

/** An entry as it is kept: what of it is not known yet is filled in when it is. */
export interface Kept {
  /** Its place among all entries. */
  readonly place: number
  /** Whether it is more than that something went as it should. */
  readonly isTelling: boolean
  /** As it is now, of which nothing changes any more. */
  entry(): TimelineEntry
}

/** So many entries: for what comes then the oldest go that tell least. */
export class EntryBuffer {
  /** How many there were no room for. */
  dropped = 0
  private readonly capacity: number
  private readonly telling = new Queue()
  private readonly routine = new Queue()

  constructor(capacity: number) {
    this.capacity = capacity
  }

  push(kept: Kept): void {
    const { telling, routine, capacity } = this
    ;(kept.isTelling ? telling : routine).push(kept)
    if (telling.size + routine.size <= capacity) return
    this.dropped++
    // Trouble without end is not to push out all that led to it.
    if (routine.size > 0 && telling.size <= Math.max(1, capacity >> 1)) routine.shift()
    else telling.shift()
  }

  /** In no order. */
  get all(): Kept[] {
    return [...this.telling.items, ...this.routine.items]
  }

  clear(): void {
    this.dropped = 0
    this.telling.clear()
    this.routine.clear()
  }
}

/** First in, first out, in constant time each. */
class Queue {
  private list: Kept[] = []
  private start = 0

  get size(): number {
    return this.list.length - this.start
  }

  get items(): Kept[] {
    return this.list.slice(this.start)
  }

  push(kept: Kept): void {
    this.list.push(kept)
  }

  shift(): void {
    this.start++
    // What is gone is let go of, at the latest when it is as much as what is there.
    if (this.start * 2 < this.list.length) return
    this.list = this.items
    this.start = 0
  }

  clear(): void {
    this.list = []
    this.start = 0
  }
}
