/** Runs a project in watch mode, and again and again without a change: prints what became of each run, a line of JSON each. */
import { resolve } from 'node:path'
import { startVitest } from 'vitest/node'

const [root = '.', runs = '3', ...flags] = process.argv.slice(2)
const config = resolve(import.meta.dirname, 'projects/vitest.config.ts')
const vitest = await startVitest('test', [], {
  root,
  config,
  watch: true,
  reporters: [{}],
  ...(flags.includes('--no-isolate') ? { isolate: false } : {}),
})
const say = (): void => {
  const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()])
  const states = tests.map((one) => one.result().state)
  console.log(JSON.stringify({ states, unhandled: vitest.state.getUnhandledErrors().length }))
}
say()
for (let run = 1; run < Number(runs); run++) {
  await vitest.rerunTestSpecifications(await vitest.globTestSpecifications(), true)
  say()
}
await vitest.close()
process.exitCode = 0
