/**
 * Runs real clients through a KafkaProxy before real Kafka, and writes what came of it into docs/conformance.md.
 *
 *   node conformance/proxy/main.ts                       the quick ones, as npm run conformance -- proxy-4.4.0 proxy-3.9.2
 *   node conformance/proxy/main.ts --all                 every client, which takes half an hour for each release
 *   node conformance/proxy/main.ts --all --kafka 3.9.2   before this release alone
 *
 * The exit code is 1 when a step failed that does not fail on Kafka itself, or when nothing could be run.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { giveUp, readCommandLine } from '../command-line.ts'
import { updated } from '../report.ts'
import { releases, runBeforeKafka } from './on-kafka.ts'

const PAGE = join(import.meta.dirname, '../../docs/conformance.md')

const { values } = readCommandLine({ options: { all: { type: 'boolean', default: false }, kafka: { type: 'string' } } })

await run().catch(giveUp)

async function run(): Promise<void> {
  for (const version of values.kafka === undefined ? releases : [values.kafka]) {
    console.log(`Kafka ${version}:`)
    const { passed, failed, notRun, section } = await runBeforeKafka(version, { all: values.all })
    for (const line of notRun) console.log(`not run: ${line}`)
    console.log(`${passed} passed, ${failed} failed, ${notRun.length} not run`)
    if (failed > 0 || passed === 0) process.exitCode = 1
    if (passed > 0) await writeFile(PAGE, updated(await readFile(PAGE, 'utf8'), [section]))
  }
}
