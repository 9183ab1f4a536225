import { nextTurn } from '../../clock.ts'

/** What a clock that a test moves is to know of its cluster. */
export interface ClockSurroundings {
  /** Another number than before when something was delivered meanwhile. */
  activity(): number
  /** How long `runUntil` goes on that is not told otherwise, ms of real time. */
  readonly waitTimeout: number
  /** Of the test that is under way: what aborts it ends `runUntil`, too. Undefined where nothing knows of it. */
  signal?(): AbortSignal | undefined
}

/** How many turns of the event loop in a row bring nothing once connections have settled. */
const QUIET_TURNS = 3
/** However much is still said: clients that ask without a pause never settle. */
const MOST_TURNS = 100

/**
 * Has connections in memory settle. They deliver within one turn of the event loop; a client that puts off by `setImmediate` what it does
 * takes another one each time.
 */
export async function settle({ activity }: ClockSurroundings): Promise<void> {
  let before = activity()
  let quiet = 0
  for (let turn = 0; quiet < QUIET_TURNS && turn < MOST_TURNS; turn++) {
    await aTurn()
    const now = activity()
    quiet = now === before ? quiet + 1 : 0
    before = now
  }
}

/** A turn of the event loop, whatever is faked. */
export function aTurn(): Promise<void> {
  return new Promise((resolve) => {
    nextTurn(() => resolve())
  })
}
