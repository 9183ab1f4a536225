import type { Timer } from '../clock.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { Decision, ShardTimers } from './shard.ts'

/** A shard's timers by name. Each runs as a turn of its own. */
export class RunningTimers<R> implements ShardTimers<R> {
  private readonly queue: WaitQueue
  private readonly run: (decision: Decision<R, unknown>) => void
  private readonly byName = new Map<string, Timer>()

  constructor(queue: WaitQueue, run: (decision: Decision<R, unknown>) => void) {
    this.queue = queue
    this.run = run
  }

  schedule(name: string, delayMs: number, operation: () => Decision<R, unknown>): void {
    this.cancel(name)
    const timer = this.queue.after(delayMs, () => {
      this.byName.delete(name)
      this.run(operation())
    })
    this.byName.set(name, timer)
  }

  cancel(name: string): void {
    this.byName.get(name)?.cancel()
    this.byName.delete(name)
  }

  has(name: string): boolean {
    return this.byName.has(name)
  }

  cancelAll(): void {
    for (const timer of this.byName.values()) timer.cancel()
    this.byName.clear()
  }
}
