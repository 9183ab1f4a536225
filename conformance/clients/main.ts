/**
 * Runs the programs of real clients against memkafka, on one broker and on three, and tells of each of their steps.
 *
 *   npm run conformance:clients                    every client
 *   npm run conformance:clients -- --short         the quick ones
 *   npm run conformance:clients -- --only sarama   those with this in their names
 *   npm run conformance:clients -- --kafka-version 2.8    against a cluster that passes for that release
 *   npm run conformance:clients -- --bootstrap 127.0.0.1:9092,127.0.0.1:9093    against these brokers, the real Kafka's perhaps
 *   npm run conformance:clients -- --kafka 4.4.0   against the real Kafka of that release
 *   npm run conformance:clients -- --proxy         through a KafkaProxy without handlers, before whichever of these; a step that
 *                                                  fails there, and on the cluster itself as well, has not failed
 *
 * The exit code is 1 when a step failed, or when no client could be run.
 */
import { giveUp, readCommandLine, wrongUsage } from '../command-line.ts'
import { kafka, memkafka, standing } from './clusters.ts'
import { programs } from './programs.ts'
import { type Cluster, type Result, runClients } from './run.ts'
import { runThroughProxy } from './through.ts'

const { values } = readCommandLine({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    'kafka-version': { type: 'string' },
    bootstrap: { type: 'string' },
    kafka: { type: 'string' },
    proxy: { type: 'boolean', default: false },
  },
})
const { short, only, 'kafka-version': version, bootstrap, kafka: release, proxy } = values
const wanted = programs.filter(
  (program) => (program.short || !short) && program.name.toLowerCase().includes(only.toLowerCase()),
)
if (wanted.length === 0) wrongUsage(`no client has "${only}" in its name`)
await run().catch(giveUp)

async function run(): Promise<void> {
  const count = { passed: 0, failed: 0, 'fails anyway': 0, 'not offered': 0, 'not run': 0 }
  for await (const result of results()) {
    count[result.outcome]++
    console.log(`${result.outcome.padEnd(13)}${about(result)}`)
  }
  console.log(
    Object.entries(count)
      .map(([outcome, n]) => `${n} ${outcome}`)
      .join(', '),
  )
  if (count.failed > 0 || count.passed === 0) process.exitCode = 1
}

async function* results(): AsyncGenerator<Result, void, void> {
  if (release !== undefined) for await (const cluster of kafka(release)) yield* told([cluster])
  else {
    const clusters = bootstrap === undefined ? memkafka(version) : standing(bootstrap.split(','))
    yield* told(clusters)
  }
}

function told(clusters: readonly Cluster[]): AsyncGenerator<Result, void, void> {
  return proxy ? runThroughProxy(wanted, clusters) : runClients(wanted, clusters)
}

function about(result: Result): string {
  if (result.outcome === 'not run') return `${result.client}: ${result.text}`
  const { client, brokers, step, text } = result
  return `${client} on ${brokers} broker${brokers === 1 ? '' : 's'}, ${step}: ${text}`
}
