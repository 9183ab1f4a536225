import { AsyncLocalStorage } from 'node:async_hooks'
import { nextTurn, patience, type Timer } from '../../broker/clock.ts'
import type { ClusterClock, RunUntil } from '../../broker/cluster-clock.ts'
import { Random } from '../../broker/random.ts'
import { PoolWork } from './pool-work.ts'

/** When every world begins: the same moment in each, so that it is the same in another process. */
export const BEGINNING: number = Date.UTC(2026, 0, 1)

/** How long something takes from one end of a connection to the other, ms, where the order is that of sending. */
const USUAL_WAY_MS = 1
/** And at most, mostly, where the order is by chance. */
const LONGEST_USUAL_WAY_MS = 4
/** One in so many takes up to this long. */
const RARE = 16
const LONGEST_WAY_MS = 40

/** So many things happen in one ms at most: who asks for turns without end does not hold up time. */
const MOST_IN_A_MS = 10_000

/** How long the machine is given, in real ms, when nothing is left in the world: for whatever nobody can see here. */
const REAL_PATIENCE_MS = 250

/** Something that is to happen: a timer, a frame that arrives. */
interface Happening {
  readonly at: number
  /** In the order in which they were asked for. */
  readonly order: number
  happen(): void
}

/** What is on its way from one end of a connection, in its order. */
interface Way {
  readonly line: Happening[]
  /** The place of the next one in it. */
  next: number
}

/** What has no more to wait for, and is not over. */
export class NothingLeft extends Error {
  override readonly name = 'NothingLeft'
}

/**
 * One thread in which one thing happens at a time: a timer fires, or something arrives over a connection in memory. Before the next all is done that
 * the last has set off: ticks, promises, and work in the pool of threads. Time jumps from one to the next.
 *
 * Timers fire in the order of their time, as in Node.js, and what comes over one connection in one direction comes in its order. Which of several
 * connections is next, and whether before a timer of the same moment, is decided by chance, from `order`; with order 0 it is who came first.
 */
export class World implements ClusterClock {
  readonly pool: PoolWork = new PoolWork()
  /** Called when something goes wrong in what has nobody to tell: a timer's callback that throws. */
  failed: (error: unknown) => void = () => {}
  /** Called whenever the thread was let go of. */
  turned: () => void = () => {}
  /** How many things have happened. */
  count = 0
  private time = BEGINNING
  private orders = 0
  private readonly chance: Random | undefined
  /** Timers by time and order, the last first. */
  private readonly timers: Happening[] = []
  private readonly immediates: Happening[] = []
  /** By the end of a connection that sends. */
  private readonly ways = new Map<object, Way>()
  /** Those of them on which something is. */
  private readonly busy: Way[] = []
  private readonly watchers = new Set<() => void>()
  private readonly candidates: (Way | 'timers' | 'immediates')[] = []
  private state: 'new' | 'runs' | 'over' = 'new'
  private turnsSeen = 0
  private inThisMs = 0
  private idleTimer: Timer | undefined

  /** @param order what the order follows from; 0: things happen in the order in which they were asked for, and every way takes the same time */
  constructor(order: number) {
    this.chance = order === 0 ? undefined : new Random(order)
  }

  /** ms since the epoch */
  now(): number {
    return this.time
  }

  /** Has things happen until {@link end}. */
  begin(): void {
    this.state = 'runs'
    this.pool.watch()
    this.afterTurn()
  }

  /** Nothing happens any more. */
  end(): void {
    this.state = 'over'
    this.idleTimer?.cancel()
    this.pool.end()
    this.timers.length = 0
    this.immediates.length = 0
    this.ways.clear()
    this.busy.length = 0
    this.watchers.clear()
  }

  get isOver(): boolean {
    return this.state === 'over'
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const happening = { at: this.time + Math.ceil(Math.max(0, delayMs)), order: this.orders++, happen: callback }
    if (this.state === 'over') return { cancel: () => {} }
    const place = this.placeOf(happening)
    this.timers.splice(place, 0, happening)
    this.wake()
    return { cancel: () => this.remove(happening) }
  }

  /** Has something happen as soon as all is done that goes on, in the order in which it was asked for. */
  setImmediate(callback: () => void): Timer {
    const happening = { at: this.time, order: this.orders++, happen: callback }
    if (this.state === 'over') return { cancel: () => {} }
    this.immediates.push(happening)
    this.wake()
    return {
      cancel: () => {
        const place = this.immediates.indexOf(happening)
        if (place >= 0) this.immediates.splice(place, 1)
      },
    }
  }

  /** Has something arrive that was sent from this end of a connection. */
  send(from: object, arrive: () => void): void {
    if (this.state === 'over') return
    let way = this.ways.get(from)
    if (way === undefined) {
      way = { line: [], next: 0 }
      this.ways.set(from, way)
    }
    const { line } = way
    if (line.length === 0) this.busy.push(way)
    const at = Math.max(this.time + this.takes(), line.at(-1)?.at ?? 0)
    line.push({ at, order: this.orders++, happen: arrive })
    this.wake()
  }

  /** Resolves when so much time has passed. */
  advance(ms: number): Promise<void> {
    if (!Number.isSafeInteger(ms) || ms < 0) {
      return Promise.reject(
        new RangeError(`time moves forwards, by whole ms: advance wants 0 or more, not ${String(ms)}`),
      )
    }
    return new Promise((resolve) => void this.setTimer(ms, resolve))
  }

  readonly runUntil: RunUntil = async <T>(wanted: PromiseLike<T> | (() => boolean | Promise<boolean>)) => {
    if (typeof wanted !== 'function') return wanted
    await this.until(wanted)
    return undefined as T
  }

  /** Resolves once a condition holds, which is looked at after everything that happens. Rejects with what it throws. */
  until(condition: () => boolean | Promise<boolean>): Promise<void> {
    return new Promise((resolve, reject) => {
      let isAsked = false
      const answer = (holds: boolean): void => {
        isAsked = false
        if (!holds) return
        this.watchers.delete(look)
        resolve()
      }
      const refuse = (error: unknown): void => {
        this.watchers.delete(look)
        reject(error)
      }
      const look = (): void => {
        if (isAsked) return
        try {
          const holds = condition()
          if (typeof holds === 'boolean') {
            answer(holds)
            return
          }
          isAsked = true
          holds.then(answer, refuse)
        } catch (error) {
          refuse(error)
        }
      }
      this.watchers.add(look)
      look()
    })
  }

  private takes(): number {
    const { chance } = this
    if (chance === undefined) return USUAL_WAY_MS
    return chance.below(chance.below(RARE) === 0 ? LONGEST_WAY_MS : LONGEST_USUAL_WAY_MS)
  }

  private wake(): void {
    if (this.idleTimer === undefined) return
    this.idleTimer.cancel()
    this.idleTimer = undefined
    this.afterTurn()
  }

  /** Ticks and promises are done when a turn is over; whoever asks for another turn has something left to do. */
  private afterTurn(): void {
    nextTurn(this.turn)
    this.turnsSeen = this.pool.turns
  }

  private readonly turn = (): void => {
    if (this.state !== 'runs') return
    this.turned()
    const goesOn = this.pool.turns !== this.turnsSeen || this.pool.goesOn
    if (!goesOn && !this.look() && !this.step()) this.wait()
    else this.afterTurn()
  }

  /** @returns whether there was anything to happen */
  private step(): boolean {
    const next = this.next()
    if (next === undefined) return false
    this.count++
    try {
      next.happen()
    } catch (error) {
      this.failed(error)
    }
    return true
  }

  /** @returns whether anybody looked and has found what they waited for */
  private look(): boolean {
    const { size } = this.watchers
    if (size === 0) return false
    for (const look of [...this.watchers]) look()
    return this.watchers.size < size
  }

  private wait(): void {
    this.idleTimer = patience.setTimer(REAL_PATIENCE_MS, () => {
      this.idleTimer = undefined
      if (this.state === 'runs') {
        this.failed(new NothingLeft('nothing is left that could happen: no timer is set, and nothing is on its way'))
      }
    })
  }

  /** What happens next, taken from where it waits. */
  private next(): Happening | undefined {
    const { candidates, timers, immediates, busy } = this
    const timer = timers.at(-1)
    const immediate = immediates[0]
    let at = Math.min(timer?.at ?? Number.POSITIVE_INFINITY, immediate?.at ?? Number.POSITIVE_INFINITY)
    // By their places: asked for everything that happens, it is to leave nothing on the heap.
    for (let i = 0; i < busy.length; i++) at = Math.min(at, firstOf(busy[i] as Way).at)
    if (at === Number.POSITIVE_INFINITY) return undefined
    candidates.length = 0
    if (timer !== undefined && timer.at <= at) candidates.push('timers')
    if (immediate !== undefined) candidates.push('immediates')
    for (let i = 0; i < busy.length; i++) {
      const way = busy[i] as Way
      if (firstOf(way).at <= at) candidates.push(way)
    }
    const chosen = this.chosen()
    if (at > this.time) {
      this.time = at
      this.inThisMs = 0
    } else if (++this.inThisMs > MOST_IN_A_MS) {
      this.time++
      this.inThisMs = 0
    }
    if (chosen === 'timers') return timers.pop()
    if (chosen === 'immediates') return immediates.shift()
    const next = firstOf(chosen)
    if (++chosen.next === chosen.line.length) {
      chosen.line.length = 0
      chosen.next = 0
      busy.splice(busy.indexOf(chosen), 1)
    }
    return next
  }

  private chosen(): Way | 'timers' | 'immediates' {
    const { candidates, chance } = this
    let best = candidates[0] as Way | 'timers' | 'immediates'
    if (candidates.length === 1) return best
    if (chance !== undefined) return candidates[chance.below(candidates.length)] as Way
    for (const one of candidates) if (this.orderOf(one) < this.orderOf(best)) best = one
    return best
  }

  private orderOf(one: Way | 'timers' | 'immediates'): number {
    if (one === 'timers') return this.timers.at(-1)?.order ?? 0
    return one === 'immediates' ? (this.immediates[0]?.order ?? 0) : firstOf(one).order
  }

  private remove(happening: Happening): void {
    const { timers } = this
    const place = this.placeOf(happening)
    if (timers[place] === happening) timers.splice(place, 1)
  }

  /** Where it stands among the timers, or would. */
  private placeOf({ at, order }: Happening): number {
    const { timers } = this
    let low = 0
    let high = timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      const one = timers[middle] as Happening
      if (one.at > at || (one.at === at && one.order > order)) low = middle + 1
      else high = middle
    }
    return low
  }
}

function firstOf({ line, next }: Way): Happening {
  return line[next] as Happening
}

/** Has a callback run in the asynchronous context in which it was handed over, as Node.js's own timers do. */
export function inContext<A extends unknown[]>(callback: (...args: A) => void): (...args: A) => void {
  const run = AsyncLocalStorage.snapshot() as (fn: (...args: A) => void, ...args: A) => void
  return (...args) => run(callback, ...args)
}
