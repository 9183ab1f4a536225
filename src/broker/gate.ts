import { Signal } from './signal.ts'

/** A step that a test can hold back: what takes no time here takes as long as the test wants. */
export class Gate {
  /** Marked when it opens. */
  readonly opened: Signal = new Signal()
  private holds = 0

  get isClosed(): boolean {
    return this.holds > 0
  }

  /** Closes it, until the function returned is called; it is open when nobody holds it any more. */
  close(): () => void {
    let held = true
    this.holds++
    return () => {
      if (!held) return
      held = false
      this.holds--
      if (this.holds === 0) this.opened.mark()
    }
  }
}

/** The steps of a broker that can be held back. */
export interface BrokerGates {
  /** A coordinator that loads what it remembers from its log: COORDINATOR_LOAD_IN_PROGRESS meanwhile. */
  readonly coordinatorLoads: Gate
  /** A transaction coordinator that writes the markers of a transaction: CONCURRENT_TRANSACTIONS meanwhile. */
  readonly transactionMarkers: Gate
}
