import { isMainThread, Worker } from 'node:worker_threads'
import type { FaultSchedule } from './schedule.ts'
import { MEMORY, WATCH_WORKER, type WatchData } from './watch-worker.ts'

/** How long a run may hold the thread until it is told of, real ms. */
export const HELD_MS = 30_000

/** Enough for any schedule but that of a cluster with hundreds of topics. */
const TEXT_BYTES = 65_536

/**
 * Watches over runs that do not let go of the thread: for ever in a loop, they cannot be ended, and nothing in their thread could say so. A worker does, on
 * stderr, once for each of them. It is there from the first run of an exploration on, for that may be the one, and until {@link end}. Its start takes 0.3 ms of
 * this thread, and 10 to 30 ms of another; a run costs as much as its schedule as JSON does, and a turn one addition.
 *
 * Where there can be no worker, or a debugger may hold the thread, nobody watches.
 */
export class Watch {
  private readonly heldMs: number
  private readonly encoder = new TextEncoder()
  private words: Int32Array = new Int32Array(MEMORY.text / 4)
  private text: Uint8Array = new Uint8Array(0)
  private runs = 0
  private state: 'new' | 'watches' | 'cannot' = 'new'

  /** @param heldMs how long a run may hold the thread, real ms */
  constructor(heldMs: number) {
    this.heldMs = heldMs
  }

  /** A run begins. To be called before timers are faked, and before anybody counts what goes on outside. */
  begin(schedule: FaultSchedule): void {
    if (this.state === 'new') this.start()
    if (this.state === 'cannot') return
    const { words } = this
    words[MEMORY.length] = this.write(schedule)
    // What is written before it is seen by whoever sees it.
    Atomics.store(words, MEMORY.run, ++this.runs)
  }

  /** The thread was let go of. No more than an addition, thousands of times in a run: that it is seen a little later does no harm. */
  readonly beat = (): void => {
    const { words } = this
    words[MEMORY.beats] = (words[MEMORY.beats] ?? 0) + 1
  }

  /** The run is over. */
  rest(): void {
    Atomics.store(this.words, MEMORY.run, 0)
  }

  /** Nothing more is watched, until the next run begins. */
  end(): void {
    Atomics.store(this.words, MEMORY.over, 1)
    Atomics.notify(this.words, MEMORY.over)
    this.state = 'new'
  }

  private start(): void {
    this.state = 'cannot'
    if (isDebugged()) return
    const memory = new SharedArrayBuffer(MEMORY.text + TEXT_BYTES)
    const workerData: WatchData = { memory, heldMs: this.heldMs, isMainThread, at: MEMORY }
    try {
      // Without this process's flags and NODE_OPTIONS: what they preload is none of its business.
      const worker = new Worker(WATCH_WORKER, { eval: true, name: 'memkafka-watch', env: {}, execArgv: [], workerData })
      worker.on('error', () => {})
      worker.unref()
    } catch {
      // Node.js's permissions, or another runtime, allow none.
      return
    }
    this.words = new Int32Array(memory, 0, MEMORY.text / 4)
    this.text = new Uint8Array(memory, MEMORY.text)
    this.state = 'watches'
  }

  /** @returns how many bytes it takes; 0 where there is no room for it */
  private write(schedule: FaultSchedule): number {
    const text = jsonOf(schedule)
    const { read, written } = this.encoder.encodeInto(text, this.text)
    return read === text.length ? written : 0
  }
}

/** Empty where JSON cannot hold it: exploring itself does not need it to. */
function jsonOf(schedule: FaultSchedule): string {
  try {
    return JSON.stringify(schedule)
  } catch {
    return ''
  }
}

/** At a breakpoint the thread is held, too. */
function isDebugged(): boolean {
  try {
    return process.getBuiltinModule('node:inspector').url() !== undefined
  } catch {
    // A Node.js that was built without.
    return false
  }
}
