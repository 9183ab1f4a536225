/**
 * Tells the story of README.md with real clients, against memkafka on one broker and on three.
 *
 *   npm run conformance:clients                    every client
 *   npm run conformance:clients -- --short         the quick ones
 *   npm run conformance:clients -- --only sarama   those with this in their names
 *   npm run conformance:clients -- --kafka-version 2.8    against a cluster that passes for that release
 *   npm run conformance:clients -- --bootstrap 127.0.0.1:9092,127.0.0.1:9093    against these brokers, the real Kafka's perhaps
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { KafkaCluster } from '../../src/index.ts'
import { missing } from '../tools.ts'
import type { Command } from './install.ts'
import { type Program, programs } from './programs.ts'

/** What a program is ended after: most take seconds. */
const LIMIT_MS = 180_000

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    'kafka-version': { type: 'string' },
    bootstrap: { type: 'string' },
  },
})
const version = options['kafka-version']
const count = { passed: 0, failed: 0, skipped: 0 }

function tell(outcome: keyof typeof count, what: string): void {
  count[outcome]++
  console.log(`${outcome.padEnd(8)}${what}`)
}

const wanted = programs.filter(
  ({ name, short }) => (short || !options.short) && name.toLowerCase().includes(options.only.toLowerCase()),
)
for (const program of wanted) {
  const lacking = await missing(program.tools)
  if (lacking.length > 0) tell('skipped', `${program.name}: not here, or not working: ${lacking.join(', ')}`)
  else await runProgram(program)
}
if (wanted.length === 0) console.error(`no client has "${options.only}" in its name`)
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
process.exitCode = count.failed > 0 || wanted.length === 0 ? 1 : 0

async function runProgram(program: Program): Promise<void> {
  let command: Command
  try {
    command = await program.install()
  } catch (error) {
    return tell('failed', `${program.name}: cannot be installed: ${error}`)
  }
  if (options.bootstrap !== undefined) return runAgainst(program.name, command, options.bootstrap.split(','))
  for (const brokers of [1, 3]) {
    const cluster = await KafkaCluster.start({ brokers, ...(version === undefined ? {} : { version }) })
    // No `using`: Node.js 22, on which this is run as well, cannot parse it.
    try {
      await runAgainst(program.name, command, cluster.bootstrapServers)
    } finally {
      await cluster.stop()
    }
  }
}

/** A program prints `ok` and what came true, line by line, and ends with an exit code other than 0 when something did not. */
async function runAgainst(name: string, { file, args }: Command, bootstrapServers: readonly string[]): Promise<void> {
  const brokers = bootstrapServers.length
  const title = `${name} on ${brokers} broker${brokers === 1 ? '' : 's'}`
  const child = spawn(file, [...args, bootstrapServers.join(',')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`),
    )
  })
  const errors = text(child.stderr)
  let passed = 0
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('ok ')) continue
    tell('passed', `${title} ${line.slice('ok '.length)}`)
    passed++
  }
  const failure = (await ended) ?? (passed === 0 ? 'said nothing' : undefined)
  if (failure !== undefined) tell('failed', `${title} ${failure}\n${(await errors).slice(-4000)}`)
}
