import { lineOf, timeOf } from '../../broker/timeline/lines.ts'
import type { TimelineEntry } from '../../broker/timeline/timeline-entry.ts'
import { NondeterminismError } from './found.ts'
import { plain } from './plain.ts'
import { notWaitedFor } from './pool-work.ts'
import type { Simulated } from './simulate.ts'

/** What is said of a failure, and not a matter of what happened: where in the code it was made. */
type Told = Pick<Simulated, 'timeline'> & Partial<Pick<Simulated, 'outside'>> & { readonly failure: string | undefined }

/** The first event in which two histories of the same run differ, as an error; undefined where they are the same. */
export function differing(first: Told, second: Told, advice: string = ADVICE): NondeterminismError | undefined {
  const place = firstDifference(first.timeline, second.timeline)
  if (place === undefined && first.failure === second.failure) return undefined
  const same =
    place === undefined ? 'The timelines are the same, and what came of them is not' : `Event ${place + 1} differs`
  const before = place === undefined || place === 0 ? [] : [`  after        ${shown(first.timeline[place - 1])}`]
  const events =
    place === undefined
      ? [`  the first    ${first.failure ?? 'passed'}`, `  the second   ${second.failure ?? 'passed'}`]
      : [`  the first    ${shown(first.timeline[place])}`, `  the second   ${shown(second.timeline[place])}`]
  const outside = second.outside ?? []
  const hint = outside.length === 0 ? advice : `${advice} ${notWaitedFor(outside)}.`
  return new NondeterminismError(
    `the same schedule, run twice, gave two histories. ${same}:\n${[...before, ...events].join('\n')}\n${hint}`,
  )
}

const ADVICE =
  'Nothing was shrunk: what fails now may pass the next time. Something decides that no seed does: a client with sockets or threads of its own, ' +
  'something that was created outside of run and is used again, a timer or chance that was taken before (const { randomBytes } = …), or work in the ' +
  'pool of threads that ends in any order.'

function firstDifference(one: readonly TimelineEntry[], other: readonly TimelineEntry[]): number | undefined {
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    if (JSON.stringify(comparable(one[i])) !== JSON.stringify(comparable(other[i]))) return i
  }
  return undefined
}

/** Without where handlers were made: a line of a file is none of the history. */
function comparable(entry: TimelineEntry | undefined): unknown {
  if (entry === undefined) return undefined
  return JSON.parse(JSON.stringify(entry, (name, value: unknown) => (name === 'madeAt' ? undefined : value)))
}

function shown(entry: TimelineEntry | undefined): string {
  if (entry === undefined) return 'nothing: it is over'
  const { at, who, what } = lineOf(plain(entry))
  return `${timeOf(at)}  ${who}  ${what}`
}
