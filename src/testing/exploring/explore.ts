import fc from 'fast-check'
import { nextTurn } from '../../broker/clock.ts'
import { checkNames } from '../../intercept/nearest.ts'
import { checkSchedule } from './check-schedule.ts'
import { differing } from './differing.ts'
import { FaultsFoundError, NondeterminismError } from './found.ts'
import { storyOf } from './perform.ts'
import { recordTo } from './recording.ts'
import type { ExploredCluster, FaultSchedule } from './schedule.ts'
import { type FaultOptions, faultSchedules } from './schedules.ts'
import { type Simulated, type SimulatedOptions, type SimulationOptions, simulated } from './simulate.ts'
import { HELD_MS, Watch } from './watch.ts'

/** What {@link exploreFaults} explores. */
export interface ExploreOptions<T = unknown> extends Pick<SimulationOptions<T>, 'run' | 'laws' | 'limit'> {
  /** What the cluster is started with, or an arbitrary of it (`clusters()`). The seed is the schedule's. */
  readonly cluster?: ExploredCluster | fc.Arbitrary<ExploredCluster>
  /** What may befall it. */
  readonly faults?: FaultOptions
  /** A folder where the smallest failure is recorded, for {@link replay}; made where it is not there. Default: none. */
  readonly recordTo?: string
}

/** How {@link underFaults} runs a schedule. */
export type UnderFaultsOptions<T = unknown> = Pick<SimulationOptions<T>, 'run' | 'laws' | 'limit'>

const OPTIONS = ['cluster', 'faults', 'run', 'laws', 'limit', 'recordTo'] as const

/**
 * A property of fast-check: code of yours, run under random schedules of faults, keeps the laws. What breaks one is shrunk to the smallest schedule that
 * does, and printed as a test to paste.
 *
 * ```ts
 * await fc.assert(
 *   exploreFaults({
 *     cluster: { brokers: 3, topics: { orders: { replicationFactor: 3 } } },
 *     faults: { groups: ['billing'] },
 *     run,
 *     laws: [processedAtLeastOnce()],
 *   }),
 *   explorationParameters({ numRuns: 200 }),
 * )
 * ```
 * A failure is run once more before it is shrunk. Where the two histories differ, that is what is reported (NondeterminismError), and nothing is shrunk.
 * A run that does not let go of the thread for 30 s of real time is told of on stderr.
 * @throws TypeError and RangeError for options that cannot be
 */
export function exploreFaults<T>(options: ExploreOptions<T>): fc.IAsyncPropertyWithHooks<[FaultSchedule]> {
  return watchedExploration(options, HELD_MS)
}

/** @internal As {@link exploreFaults}. @param heldMs how long a run may hold the thread until it is told of, real ms */
export function watchedExploration<T>(
  options: ExploreOptions<T>,
  heldMs: number,
): fc.IAsyncPropertyWithHooks<[FaultSchedule]> {
  checkNames('exploreFaults', options, OPTIONS)
  const { cluster = {}, faults = {}, recordTo: folder, ...rest } = options
  if (typeof rest.run !== 'function')
    throw new TypeError('exploreFaults: run is wanted, the function that runs your code')
  const recordings = folder === undefined ? undefined : recordTo(folder)
  /** Of the run that goes on; a run that is interrupted is given up before the next begins. */
  let going: { readonly controller: AbortController; readonly done: Promise<unknown> } | undefined
  let isUndecided = false
  const watch = new Watch(heldMs)
  let steps = 0
  /** fast-check does not say when it has ended: only promises lie between one run and the next. */
  const endSoon = (): void => {
    const step = ++steps
    nextTurn(() => {
      if (step === steps) watch.end()
    })
  }

  const inner = fc.asyncProperty(faultSchedules(cluster, faults), async (schedule) => {
    isUndecided = false
    const controller = new AbortController()
    watch.begin(schedule)
    const done = explored(rest, schedule, { signal: controller.signal, turned: watch.beat })
    going = { controller, done }
    try {
      await done
    } catch (error) {
      if (error instanceof NondeterminismError) isUndecided = true
      else if (error instanceof FaultsFoundError) recordings?.(error.recording)
      throw error
    } finally {
      watch.rest()
    }
  })

  const property: fc.IAsyncPropertyWithHooks<[FaultSchedule]> = {
    isAsync: () => true,
    generate: (random, runId) => {
      isUndecided = false
      return inner.generate(random, runId)
    },
    shrink: (value) => (isUndecided ? fc.Stream.nil() : inner.shrink(value)),
    run: (value) => inner.run(value),
    runBeforeEach: async () => {
      steps++
      try {
        await inner.runBeforeEach()
      } catch (error) {
        endSoon()
        throw error
      }
    },
    runAfterEach: async () => {
      try {
        going?.controller.abort(new Error('the run was interrupted'))
        await going?.done.catch(() => {})
        going = undefined
        await inner.runAfterEach()
      } finally {
        endSoon()
      }
    },
    beforeEach: (hook) => {
      inner.beforeEach(hook)
      return property
    },
    afterEach: (hook) => {
      inner.afterEach(hook)
      return property
    },
  }
  return property
}

/**
 * Runs code under one schedule, as {@link exploreFaults} does: for `test.prop` of `@fast-check/vitest`, with `faultSchedules()`.
 * @throws FaultsFoundError when a law is broken, NondeterminismError when it is so only now and then; TypeError and RangeError for a schedule that cannot be
 */
export async function underFaults<T>(options: UnderFaultsOptions<T>, schedule: FaultSchedule): Promise<void> {
  checkNames('underFaults', options, ['run', 'laws', 'limit'])
  await explored(options, schedule)
}

async function explored<T>(
  options: UnderFaultsOptions<T>,
  schedule: FaultSchedule,
  how: SimulatedOptions = {},
): Promise<void> {
  const { signal } = how
  const first = await runUnder(options, schedule, how)
  if (first.failure === undefined) return
  // Not this schedule, code under test or a law says: fast-check takes another.
  if (fc.PreconditionFailure.isFailure(first.failure)) throw first.failure
  signal?.throwIfAborted()
  const again = await runUnder(options, schedule, how)
  signal?.throwIfAborted()
  const difference = differing(outcomeOf(first), outcomeOf(again))
  if (difference !== undefined) throw difference
  throw new FaultsFoundError(schedule, first, first.without)
}

/** @internal One run of a schedule, and which of its steps nothing came of. */
export async function runUnder<T>(
  { run, laws, limit }: UnderFaultsOptions<T>,
  schedule: FaultSchedule,
  how: SimulatedOptions = {},
): Promise<Simulated & { readonly without: ReadonlySet<number> }> {
  checkSchedule(schedule)
  const { cluster, seed, order } = schedule
  const without = new Set<number>()
  const options: SimulationOptions<T> = {
    cluster: { ...cluster, seed },
    order,
    run,
    ...(laws === undefined ? {} : { laws }),
    ...(limit === undefined ? {} : { limit }),
  }
  return { ...(await simulated(options, storyOf(schedule, without), how)), without }
}

/** @internal What two runs are compared by. */
export function outcomeOf({
  timeline,
  failure,
  outside,
}: Simulated): Pick<Simulated, 'timeline' | 'outside'> & { failure: string | undefined } {
  return { timeline, failure: failure?.message, outside }
}
