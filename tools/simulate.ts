/**
 * The long simulation: `npm run simulate -- --schedules 10000 --seed 1`. Random clusters live through random faults, and what is left is
 * held to the laws of test/broker/simulation. What fails is made as small as it can be, and prints the seed and the path that do it again
 * (`--seed N --path P`).
 */

import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { type Schedule, schedules } from '../test/broker/simulation/schedule.ts'
import { simulate } from '../test/broker/simulation/simulation.ts'

const USAGE = 'usage: npm run simulate -- [--schedules 10000] [--seed 1] [--path 0:1:2]'

/** So many share a seed: a path does not get longer than what can be typed. */
const SCHEDULES_A_SEED = 1000

const { schedules: count, seed: firstSeed, path } = options()

let losses = 0
let left = path === undefined ? count : 1
for (let seed = firstSeed; left > 0; seed++) {
  const runs = Math.min(left, SCHEDULES_A_SEED)
  const begun = process.cpuUsage()
  const details = await fc.check(fc.asyncProperty(schedules(), holds), {
    seed,
    numRuns: runs,
    ...(path === undefined ? {} : { path }),
  })
  const { user, system } = process.cpuUsage(begun)
  const seconds = (user + system) / 1e6
  left -= runs
  if (details.failed) await report(details)
  else {
    console.log(
      `seed ${seed}: ${runs} schedules, ${Math.round(runs / seconds)} in a second of processor time, no law broken; records lost where they may be: ${losses}; ` +
        `${left} schedules left`,
    )
  }
}

async function holds(schedule: Schedule): Promise<void> {
  const history = await simulate(schedule)
  losses += history.losses.length
  if (history.violations.length > 0) throw new Error(history.violations.join('\n'))
}

async function report({ seed, counterexamplePath, counterexample, errorInstance }: fc.RunDetails<[Schedule]>) {
  process.exitCode = 1
  left = 0
  console.error(`seed ${seed}, path ${counterexamplePath}:`)
  const schedule = counterexample?.[0]
  if (schedule !== undefined) {
    console.error(JSON.stringify(schedule.world, null, 1))
    const { trace } = await simulate(schedule, { traced: true }).catch(() => ({ trace: [] }))
    for (const line of trace) console.error(line)
  }
  console.error(errorInstance instanceof Error ? errorInstance.message : errorInstance)
  console.error(`again: npm run simulate -- --seed ${seed} --path ${counterexamplePath}`)
}

function options(): { readonly schedules: number; readonly seed: number; readonly path: string | undefined } {
  try {
    const { values } = parseArgs({
      options: {
        schedules: { type: 'string', default: '10000' },
        seed: { type: 'string', default: '1' },
        path: { type: 'string' },
      },
    })
    return {
      schedules: wholeNumber('schedules', values.schedules, 1),
      seed: wholeNumber('seed', values.seed, 0),
      path: values.path,
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`)
    process.exit(2)
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`--${name}: a whole number from ${least} on is wanted, not '${text}'`)
  }
  return value
}
