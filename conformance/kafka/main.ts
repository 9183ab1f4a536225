/**
 * Runs the real Kafka on loopback, until Ctrl-C: the judge of what memkafka does.
 *
 *   npm run kafka -- --version 4.4.0 --brokers 3
 *   npm run kafka -- --version 3.9.2 --port 9092 --authorizer --config auto.create.topics.enable=false num.partitions=3
 *
 * Takes Java and Maven. Any release from 3.9.0 on runs, with every group protocol that it has, those for trial alone only with
 * --early-access. The brokers listen on --port and those that follow it, the controllers on those after them; without it
 * on free ones. Their data is gone when it stops.
 */
import { parseArgs } from 'node:util'
import { type KafkaOptions, KafkaStartError, startKafka } from './kafka.ts'

/** For what the user has to change. */
const USAGE_EXIT_CODE = 2

/** The one of a program that Ctrl-C ended. */
const INTERRUPTED_EXIT_CODE = 130

const HIGHEST_PORT = 65_535

try {
  let isUp = false
  // A second signal is not caught and ends this process: then the brokers are ended too.
  const stopped = new Promise<undefined>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => (isUp ? resolve(undefined) : giveUp()))
  })
  const kafka = await startKafka(readOptions())
  isUp = true
  console.log(`bootstrap: ${kafka.bootstrapServers.join(',')}`)
  const failure = await Promise.race([stopped, kafka.died])
  await kafka.stop()
  if (failure !== undefined) throw failure
} catch (error) {
  if (!(error instanceof KafkaStartError)) throw error
  console.error(`kafka: ${error.message}`)
  process.exitCode ??= 1
}

/** The brokers are ended with this process. */
function giveUp(): void {
  console.error('kafka: stopped before it was up')
  process.exit(INTERRUPTED_EXIT_CODE)
}

function readOptions(): KafkaOptions {
  const { values, positionals } = parse()
  const configs = Object.fromEntries([...values.config, ...positionals].map(config))
  return {
    ...(values.version === undefined ? {} : { version: values.version }),
    brokers: numberOf('brokers', values.brokers, 1, 9),
    ...(values.port === undefined ? {} : { port: numberOf('port', values.port, 1, HIGHEST_PORT) }),
    authorizer: values.authorizer,
    earlyAccess: values['early-access'],
    configs,
  }
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        version: { type: 'string' },
        brokers: { type: 'string', default: '1' },
        port: { type: 'string' },
        authorizer: { type: 'boolean', default: false },
        'early-access': { type: 'boolean', default: false },
        config: { type: 'string', multiple: true, default: [] },
      },
    })
  } catch (error) {
    throw usage((error as Error).message)
  }
}

function config(text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  if (at < 1) throw usage(`"${text}" is not a config: it takes name=value`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function numberOf(name: string, text: string, lowest: number, highest: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value
  throw usage(`--${name} takes a whole number from ${lowest} to ${highest}, not "${text}"`)
}

function usage(what: string): KafkaStartError {
  process.exitCode = USAGE_EXIT_CODE
  return new KafkaStartError(what)
}
