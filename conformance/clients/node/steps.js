import { setTimeout as after } from 'node:timers/promises'
import { inspect, isDeepStrictEqual } from 'node:util'

/** What the programs print: ../steps.ts tells what it means. */

/**
 * Does a step, and prints how it went. The story goes on when it failed: the next ones may not need it.
 * @param {import('../steps.ts').Step} name
 * @param {() => Promise<string>} does what there is to be done, and says what came true
 */
export async function step(name, does) {
  try {
    console.log(`ok ${name}: ${await does()}`)
  } catch (error) {
    console.log(`failed ${name}: ${line(error)}`)
    process.exitCode = 1
  }
}

/** @param {import('../steps.ts').Step} name @param {string} [why] */
export function notOffered(name, why = 'it has no call for that') {
  console.log(`no ${name}: ${why}`)
}

/** How long anything may take to come true. */
const PATIENCE_MS = 30_000
/** How long a broker of a real cluster may take to start. */
export const STARTING_MS = 90_000

/**
 * Asks again and again; an error counts as not yet, since a real cluster needs a while until every broker knows.
 * @param {string | (() => string)} what @param {() => boolean | Promise<boolean>} holds @param {number} [patienceMs]
 */
export async function until(what, holds, patienceMs = PATIENCE_MS) {
  const deadline = Date.now() + patienceMs
  let last = ''
  for (;;) {
    try {
      if (await holds()) return
      last = ''
    } catch (error) {
      last = `: ${line(error)}`
    }
    if (Date.now() > deadline) throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}${last}`)
    await after(10)
  }
}

/** @param {string} what @param {unknown} found @param {unknown} expected */
export function expect(what, found, expected) {
  if (isDeepStrictEqual(found, expected)) return
  if (Array.isArray(found) && Array.isArray(expected)) {
    const at = expected.findIndex((each, index) => !isDeepStrictEqual(found[index], each))
    if (at >= 0 && at < found.length) expect(`${what}, at ${at} of ${expected.length}`, found[at], expected[at])
  }
  throw new Error(`${what}: expected ${show(expected)} but found ${show(found)}`)
}

/** @param {unknown} value */
function show(value) {
  return inspect(value, { depth: 5, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 200, maxStringLength: 80 })
}

/** @param {unknown} error */
function line(error) {
  const text =
    error instanceof Error ? `${error.message}${error.cause === undefined ? '' : ` (${error.cause})`}` : show(error)
  return text.replaceAll(/\s*\n\s*/g, ' ')
}

process.on('unhandledRejection', (error) => {
  console.error(error)
  process.exit(1)
})
