import { timersAreFaked } from '../../broker/clock.ts'
import { fakedChance } from './fake-chance.ts'
import { fakedTime } from './fake-time.ts'
import { fakedTimers } from './fake-timers.ts'
import { fakedWaiting } from './fake-waiting.ts'
import { Replacements } from './replacements.ts'
import type { World } from './world.ts'

/**
 * Has timers, `Date`, `Temporal.Now`, `performance.now`, `process.hrtime`, `Math.random` and crypto's randomness be those of a world, for everything in this process.
 * @param seed what chance follows from
 * @returns what has all be as before
 * @throws Error where timers are faked already
 */
export function fake(world: World, seed: number): () => void {
  if (timersAreFaked()) {
    throw new Error(
      'timers are faked already: exploring brings timers of its own, and one run at a time. Call vi.useRealTimers() before, await one exploration ' +
        'before the next, and use no test.concurrent',
    )
  }
  const replacements = new Replacements()
  fakedTimers(world, replacements)
  fakedTime(world, replacements)
  fakedChance(seed, () => world.now(), replacements)
  fakedWaiting(world.pool, replacements)
  replacements.begin()
  return () => replacements.end()
}
