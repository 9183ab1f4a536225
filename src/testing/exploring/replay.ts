import { checkNames } from '../../intercept/nearest.ts'
import { differing } from './differing.ts'
import { outcomeOf, runUnder, type UnderFaultsOptions } from './explore.ts'
import { FaultsFoundError, type Recording } from './found.ts'
import { readRecording } from './recording.ts'
import { HELD_MS, Watch } from './watch.ts'

/**
 * Has a recorded failure happen again, with the same code: in another process, on another machine.
 *
 * ```ts
 * test('what failed in CI', () => replay('recordings/memkafka-recording.json', { run, laws }))
 * ```
 * Resolves when it does not fail any more. A run that does not let go of the thread for 30 s of real time is told of on stderr.
 * @param from the path of a recording, or what {@link record} gave
 * @throws FaultsFoundError when it fails as it did; NondeterminismError, with the first event that is another, when it fails otherwise; TypeError and
 * RangeError for what is no recording
 */
export async function replay<T>(from: string | Recording, options: UnderFaultsOptions<T>): Promise<void> {
  return watchedReplay(from, options, HELD_MS)
}

/** @internal As {@link replay}. @param heldMs how long the run may hold the thread until it is told of, real ms */
export async function watchedReplay<T>(
  from: string | Recording,
  options: UnderFaultsOptions<T>,
  heldMs: number,
): Promise<void> {
  checkNames('replay', options, ['run', 'laws', 'limit'])
  const { schedule, failure, timeline } = readRecording(from)
  const watch = new Watch(heldMs)
  watch.begin(schedule)
  const simulation = await runUnder(options, schedule, { turned: watch.beat }).finally(() => watch.end())
  if (simulation.failure === undefined) return
  const difference = differing({ timeline, failure }, outcomeOf(simulation), ADVICE)
  if (difference !== undefined) {
    difference.cause = simulation.failure
    throw difference
  }
  throw new FaultsFoundError(schedule, simulation, simulation.without)
}

const ADVICE =
  'The first is the recording. It was made with other code, or of another release, or something decides that no seed does.'
