/**
 * Holds memkafka against Kafka in all that this machine has the tools for, and writes docs/conformance.md.
 *
 *   npm run conformance                    everything
 *   npm run conformance -- --short         what CI has the time for
 *   npm run conformance -- codec clients   these parts; --list shows them
 *
 * MEMKAFKA_SEED=7 before it draws other random values and histories.
 *
 * A run that is not short writes the page: all of it, or the sections of the parts that ran. The exit code is 1 when something failed; a part that cannot run is told as not
 * run, never as passed.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readCommandLine, wrongUsage } from './command-line.ts'
import { parts } from './parts.ts'
import { page, updated } from './report.ts'

const { values: options, positionals } = readCommandLine({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
})

const unknown = positionals.find((name) => !parts.some((part) => part.name === name))
if (options.list) for (const { name, about } of parts) console.log(`${name.padEnd(18)}${about}`)
else if (unknown !== undefined) {
  wrongUsage(`there is no part ${unknown}; there are ${parts.map(({ name }) => name).join(', ')}`)
} else await run(seedOf(process.env.MEMKAFKA_SEED))

function seedOf(text: string | undefined): { readonly seed?: number } {
  if (text === undefined) return {}
  const seed = Number(text)
  if (!/^-?\d+$/.test(text) || seed !== (seed | 0))
    wrongUsage(`MEMKAFKA_SEED is an integer of 32 bits, and not ${text}`)
  return { seed }
}

async function run(seed: { readonly seed?: number }): Promise<void> {
  const count = { passed: 0, failed: 0, notRun: 0 }
  const sections: string[] = []
  for (const part of parts) {
    if (positionals.length > 0 && !positionals.includes(part.name)) continue
    console.log(`\n== ${part.name}: ${part.about}`)
    const result = await part.run({ short: options.short, ...seed })
    for (const line of result.notRun) console.log(`not run: ${line}`)
    count.passed += result.passed
    count.failed += result.failed
    count.notRun += result.notRun.length
    sections.push(result.section)
  }
  if (!options.short) {
    const path = join(import.meta.dirname, '../docs/conformance.md')
    await writeFile(path, positionals.length === 0 ? page(sections) : updated(await readFile(path, 'utf8'), sections))
    console.log('\nwritten: docs/conformance.md')
  }
  console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.notRun} not run`)
  if (count.failed > 0) process.exitCode = 1
}
