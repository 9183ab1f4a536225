import { Client } from './client.ts'
import { type Program, run } from './program.ts'

/** A client that is given something to do, and does it until nothing is left. */
export abstract class Worker extends Client {
  private working = false

  get isIdle(): boolean {
    return !this.working
  }

  /** To be called when there is something new to do; whoever is at work finds it by itself. */
  protected goOn(): void {
    if (this.working) return
    this.working = true
    run(this.work(), () => {
      this.working = false
    })
  }

  /** Ends when nothing is left to do. */
  protected abstract work(): Program<void>
}
