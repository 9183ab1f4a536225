import type { TimelineEntry } from '../../broker/timeline/timeline-entry.ts'
import { plain } from './plain.ts'
import { notWaitedFor } from './pool-work.ts'
import { callsOf, printed } from './printed.ts'
import type { FaultSchedule } from './schedule.ts'
import type { Simulated } from './simulate.ts'

/** A failure, and all that is needed to have it again: plain data, which JSON can hold. */
export interface Recording {
  readonly memkafka: 'recording'
  /** Of this format. */
  readonly version: 1
  readonly schedule: FaultSchedule
  /** Why it failed. */
  readonly failure: string
  /** What happened, as `cluster.timeline` has it. */
  readonly timeline: readonly TimelineEntry[]
}

/** A schedule under which code fails. */
export class FaultsFoundError extends Error {
  override readonly name = 'FaultsFoundError'
  readonly schedule: FaultSchedule
  /** The same by hand, as a test to paste. */
  readonly test: string
  /** What {@link replay} takes. */
  readonly recording: Recording

  constructor(schedule: FaultSchedule, { failure, timeline, told, outside }: Simulated, without: ReadonlySet<number>) {
    const test = printed(schedule, without)
    const calls = callsOf(schedule, without)
    const why = failure?.message ?? ''
    const steps = calls.length === 0 ? 'without any fault' : calls.join('\n  ')
    const hint = outside.length === 0 ? '' : `\n\n${notWaitedFor(outside)}.`
    super(
      `${why}${hint}\n\nIt fails so (seed ${schedule.seed}, order ${schedule.order}):\n  ${steps}\n\nAs a test, by simulate of memkafka/fast-check:\n\n${test}\n\nWhat happened:\n${told}`,
      { cause: failure },
    )
    this.schedule = schedule
    this.test = test
    this.recording = plain({ memkafka: 'recording', version: 1, schedule, failure: why, timeline })
    // Test runners and Node.js print whatever can be enumerated: hundreds of lines that the message has in short.
    for (const name of ['schedule', 'test', 'recording']) Object.defineProperty(this, name, { enumerable: false })
  }
}

/** The same run twice, and two histories: there is something in it that no seed decides. */
export class NondeterminismError extends Error {
  override readonly name = 'NondeterminismError'
}
