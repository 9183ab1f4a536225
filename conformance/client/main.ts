/**
 * Runs the client's tests, those that need no virtual time and no fault, on real Kafka: the last release of 3.x, then the newest.
 *
 *   npm run conformance:client                          both
 *   npm run conformance:client -- --version 4.4.0       this one
 *   npm run conformance:client -- --only group          the files with this in their path
 *   npm run conformance:client -- --port 13000          three brokers from this port on, and their controllers after them
 *
 * Takes Java and Maven. The exit code is 1 when a test failed, or Kafka could not be run.
 */
import { giveUp, readCommandLine, wrongUsage } from '../command-line.ts'
import { KafkaStartError, lackingTools } from '../kafka/kafka.ts'
import { releases, tell } from './part.ts'
import { onKafka, suite } from './suite.ts'

const HIGHEST_PORT = 65_535

const { values } = readCommandLine({
  options: { version: { type: 'string' }, only: { type: 'string', default: '' }, port: { type: 'string' } },
})

await run().catch(giveUp)

async function run(): Promise<void> {
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port <= HIGHEST_PORT)) {
    wrongUsage(`--port is a number from 1 to ${HIGHEST_PORT}, and not ${values.port}`)
  }
  const files = (await suite()).filter((file) => file.includes(values.only))
  if (files.length === 0) wrongUsage(`no test file that runs on real Kafka has "${values.only}" in its path`)
  const without = await lackingTools()
  if (without !== undefined) throw new KafkaStartError(`real Kafka cannot be run: ${without}`)
  for (const version of values.version === undefined ? releases : [values.version]) {
    const result = await onKafka(version, port, values.only)
    tell(version, result)
    if (result.failed.length > 0) process.exitCode = 1
  }
}
