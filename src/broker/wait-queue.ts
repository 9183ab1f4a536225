import type { Clock, Timer } from './clock.ts'
import type { Outcome, Signal } from './signal.ts'
import { type Reply, startReply, Waiting } from './waiting.ts'

/** Something that is done once the change that is under way is over. */
export interface Task {
  /** Whose it is: while that queue is paused the task is held, and once it is stopped the task is never done. */
  readonly queue: WaitQueue
  run(): void
}

/**
 * One change at a time. Everything that happens in a cluster (a frame that arrives, a timer, a call from a test) is a
 * turn: it changes what it will, and when it is over those who waited for what changed are asked, in the order in which
 * they were marked. Their answers may change things again, and belong to the same turn.
 *
 * A cluster has one such order. Each of its brokers has a part of it (`fork`), which pauses and stops with the broker.
 */
export class WaitQueue {
  readonly clock: Clock
  private readonly root: RootQueue
  private readonly timers = new Set<Timer>()
  /** What came while this part was paused, in order. Undefined: it is not paused. */
  private held: Task[] | undefined
  private stopped = false

  constructor(clock: Clock, root: RootQueue = new RootQueue()) {
    this.clock = clock
    this.root = root
  }

  /** A part of this queue, in the same order of changes, that can be paused and stopped by itself. */
  fork(): WaitQueue {
    return new WaitQueue(this.clock, this.root)
  }

  /** Whether nothing that is this part's will ever be done any more. */
  get isStopped(): boolean {
    return this.stopped
  }

  get isPaused(): boolean {
    return this.held !== undefined
  }

  /** Runs a change, then asks whom it marked. A turn within a turn is part of the outer one. */
  turn<T>(change: () => T): T {
    return this.root.turn(change)
  }

  /** Runs a change as {@link turn} does; while this part is paused it is held until it goes on, and once it is stopped never done. */
  perform(change: () => void): void {
    if (this.held !== undefined) this.held.push({ queue: this, run: change })
    else if (!this.stopped) this.root.turn(change)
  }

  /** Has `change` run within the same turn, when the change that is under way is over, and after all that was posted before. */
  post(change: () => void): void {
    this.enqueue({ queue: this, run: change })
  }

  /** Has `change` run as a turn of its own, `delayMs` milliseconds from now. */
  after(delayMs: number, change: () => void): Timer {
    if (this.stopped) return { cancel: () => {} }
    const timer = this.clock.setTimer(delayMs, () => {
      this.timers.delete(handle)
      this.perform(change)
    })
    const handle: Timer = {
      cancel: () => {
        if (this.timers.delete(handle)) timer.cancel()
      },
    }
    this.timers.add(handle)
    return handle
  }

  /** Starts a reply if it waits, and tells its end: at once for an answer that is there. */
  await<T>(reply: Reply<T>, outcome: Outcome<T>): () => void {
    return this.turn(() => startReply(this, reply, outcome))
  }

  /** Has `change` run now, and again whenever one of the signals was marked, after the change that marked it. The function returned ends it. */
  whenever(signals: readonly Signal[], change: () => void): () => void {
    const watch = Waiting.until<never>({
      on: signals,
      ask: () => {
        change()
        return undefined
      },
    })
    return this.await(watch, {
      done: () => {},
      failed: (error) => {
        throw error
      },
    })
  }

  /** Has `look` called after every turn of the cluster, whatever it changed; it must not throw. The function returned ends it. */
  watch(look: () => void): () => void {
    return this.root.watch(look)
  }

  /** Holds back everything that is this part's, until it is resumed. */
  pause(): void {
    this.held ??= []
  }

  /** Does what was held back, in its order, and goes on. */
  resume(): void {
    const { held = [] } = this
    this.held = undefined
    this.root.turn(() => {
      for (const task of held) this.enqueue(task)
    })
  }

  /** Lets go of every timer; nothing happens by itself any more. */
  stop(): void {
    this.stopped = true
    this.held = undefined
    for (const timer of this.timers) timer.cancel()
    this.timers.clear()
  }

  /** @internal */
  enqueue(task: Task): void {
    if (!this.stopped) this.root.enqueue(task)
  }

  /** @internal Has a task run in the same turn, but not before nothing else is left to do in it. */
  enqueueLast(task: Task): void {
    if (!this.stopped) this.root.enqueueLast(task)
  }

  /** @internal Whether a task of this part may run now; if it may later it is kept until then. */
  admits(task: Task): boolean {
    if (this.stopped) return false
    if (this.held === undefined) return true
    this.held.push(task)
    return false
  }
}

/** The order that a queue shares with its parts. */
class RootQueue {
  /** What to do when the turn is over; more slots than there are tasks, so that a turn need not make them anew. */
  private readonly tasks: (Task | undefined)[] = []
  private taskCount = 0
  /** What to do when there is nothing else left. */
  private lastTasks: Task[] = []
  private readonly watchers = new Set<() => void>()
  private busy = false

  watch(look: () => void): () => void {
    this.watchers.add(look)
    return () => {
      this.watchers.delete(look)
    }
  }

  turn<T>(change: () => T): T {
    if (this.busy) return change()
    this.busy = true
    try {
      return change()
    } finally {
      this.runTasks()
    }
  }

  enqueue(task: Task): void {
    this.tasks[this.taskCount++] = task
    if (!this.busy) this.turn(() => {})
  }

  enqueueLast(task: Task): void {
    this.lastTasks.push(task)
    if (!this.busy) this.turn(() => {})
  }

  private runTasks(): void {
    const bugs: unknown[] = []
    // The list grows while it is walked: a task may bring others.
    for (let i = 0; i < this.taskCount || this.lastTasks.length > 0; i++) {
      if (i === this.taskCount) {
        for (const last of this.lastTasks) this.tasks[this.taskCount++] = last
        this.lastTasks = []
      }
      const task = this.tasks[i]
      this.tasks[i] = undefined
      if (task === undefined || !task.queue.admits(task)) continue
      try {
        task.run()
      } catch (error) {
        // One listener's bug is no reason for the others never to be asked again.
        bugs.push(error)
      }
    }
    this.taskCount = 0
    this.busy = false
    if (this.watchers.size > 0) for (const look of [...this.watchers]) look()
    if (bugs.length > 0) throw bugs[0]
  }
}
