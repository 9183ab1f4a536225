import type { Clock, Timer } from '../../../src/broker/clock.ts'

interface Entry {
  readonly at: number
  readonly order: number
  callback: (() => void) | undefined
}

/** Virtual time that moves within a call, and is quick with many timers. */
export class SimClock implements Clock {
  /** Called after each timer, when all that it led to in the cluster has happened. */
  afterTimer: () => void = () => {}
  private time: number
  private order = 0
  /** A heap: the earliest first, and among those of one moment the one that was set first. */
  private readonly heap: Entry[] = []

  /** @param startMs milliseconds since the epoch; any fixed moment does. */
  constructor(startMs = 1_700_000_000_000) {
    this.time = startMs
  }

  now(): number {
    return this.time
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const entry: Entry = { at: this.time + Math.max(0, delayMs), order: this.order++, callback }
    this.push(entry)
    return {
      cancel: () => {
        entry.callback = undefined
      },
    }
  }

  /** Moves the time on, calling what is due in order, each at its own moment; stops early once `until` holds. */
  advance(ms: number, until: () => boolean = () => false): void {
    const end = this.time + ms
    while (!until()) {
      const next = this.heap[0]
      if (next === undefined || next.at > end) {
        this.time = end
        return
      }
      this.pop()
      const { callback } = next
      if (callback === undefined) continue
      this.time = Math.max(this.time, next.at)
      callback()
      this.afterTimer()
    }
  }

  private push(entry: Entry): void {
    const { heap } = this
    let at = heap.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above] as Entry
      if (!isBefore(entry, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = entry
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Entry, heap[below] as Entry)) below++
      const child = heap[below] as Entry
      if (!isBefore(child, last)) break
      heap[at] = child
      at = below
    }
    heap[at] = last
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}
