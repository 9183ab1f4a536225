import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface CliOptions {
  readonly host: string
  /** The first broker's port; the next ones follow. 0: any free ones. */
  readonly port: number
  readonly brokers: number
  readonly topics: readonly CliTopic[]
  /** Broker configs by Kafka's names. */
  readonly config: Readonly<Record<string, string>>
  readonly kafkaVersion: string | undefined
  readonly seed: number | undefined
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** `NAME[:PARTITIONS[:REPLICAS]]` */
export interface CliTopic {
  readonly name: string
  readonly partitions: number | undefined
  readonly replicationFactor: number | undefined
}

/** Something wrong with the command line, told in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What the command line asks for instead of a broker. */
export type Command = { readonly run: CliOptions } | 'help' | 'version'

export const USAGE = `memkafka: Apache Kafka inside a Node.js process, for tests and local development

Usage: memkafka [options]
       memkafka proxy --upstream HOST:PORT [options]

  --host HOST            the address to listen on (default: localhost)
  --port PORT            the first broker's port, the next ones follow; 0: any free ones (default: 9092)
  --brokers N            how many brokers (default: 1)
  --topic NAME[:PARTITIONS[:REPLICAS]]
                         a topic to begin with; may be given several times
  --config KEY=VALUE     a broker config by Kafka's name; may be given several times
  --kafka-version V      pass for that release of Kafka, such as 3.9 (default: every version of every API)
  --seed N               the seed of all that is random (default: 0)
  --json                 say that it is ready in one line of JSON
  --quiet                say nothing once it is ready
  -v, --verbose          a line for each request
  -h, --help             this text
  --version              memkafka's version

memkafka proxy stands in front of a cluster that is there already, with a listener for each of its brokers

  --upstream HOST:PORT   where the cluster is; may be given several times, or with commas in between
  --host HOST            the address to listen on (default: localhost)
  --port PORT            the port in front of the first broker, the next ones follow; 0: any free ones (default: 9092)
  --tls                  speak TLS with the cluster; clients come in plain text
  --json, --quiet, -v, --verbose, -h, --help
                         as above
`

const HIGHEST_PORT = 65535

/**
 * Reads the command line.
 * @param args the words after the command's own name
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Command {
  const values = parse(args)
  if (values.help === true) return 'help'
  if (values.version === true) return 'version'
  const brokers = integer('--brokers', values.brokers ?? '1', 1, 1000)
  const port = integer('--port', values.port ?? '9092', 0, HIGHEST_PORT)
  if (port > 0 && port + brokers - 1 > HIGHEST_PORT) {
    throw new UsageError(`--port ${port} leaves no ports for ${brokers} brokers: the highest is ${HIGHEST_PORT}`)
  }
  return {
    run: {
      host: values.host ?? 'localhost',
      port,
      brokers,
      topics: once('--topic', (values.topic ?? []).map(topic), ({ name }) => name),
      config: Object.fromEntries(once('--config', (values.config ?? []).map(keyAndValue), ([key]) => key)),
      kafkaVersion: values['kafka-version'],
      seed: values.seed === undefined ? undefined : integer('--seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
      json: values.json ?? false,
      quiet: values.quiet ?? false,
      verbose: values.verbose ?? false,
    },
  }
}

interface Values {
  host?: string
  port?: string
  brokers?: string
  topic?: string[]
  config?: string[]
  'kafka-version'?: string
  seed?: string
  json?: boolean
  quiet?: boolean
  verbose?: boolean
  help?: boolean
  version?: boolean
}

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        brokers: { type: 'string' },
        topic: { type: 'string', multiple: true },
        config: { type: 'string', multiple: true },
        'kafka-version': { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'boolean' },
        quiet: { type: 'boolean' },
        verbose: { type: 'boolean', short: 'v' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw optionError(error as Error)
  }
}

/** What is wrong with the options, as the user is told. */
export function optionError({ message }: Error): UsageError {
  const [, flag] = /^Option '(?:-\w, )?(--[\w-]+).* argument (?:missing|is ambiguous)/.exec(message) ?? []
  if (flag !== undefined) {
    return new UsageError(`${flag} wants a value (one that begins with a dash is written ${flag}=VALUE)`)
  }
  // Node's own words, of which the first sentence says it all.
  const [sentence] = message.split(/\.\s/)
  return new UsageError(`${sentence} (memkafka --help lists the options)`)
}

/** @throws UsageError for what is no whole number within the bounds */
export function integer(flag: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`${flag} wants a whole number from ${min} to ${max}, not '${text}'`)
  }
  return value
}

function topic(text: string): CliTopic {
  const [name = '', partitions, replicas, ...rest] = text.split(':')
  if (name === '' || rest.length > 0) throw new UsageError(`--topic wants NAME[:PARTITIONS[:REPLICAS]], not '${text}'`)
  return {
    name,
    partitions: partitions === undefined ? undefined : integer(`--topic ${name}: PARTITIONS`, partitions, 1, 1_000_000),
    replicationFactor: replicas === undefined ? undefined : integer(`--topic ${name}: REPLICAS`, replicas, 1, 1000),
  }
}

function keyAndValue(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at <= 0) throw new UsageError(`--config wants KEY=VALUE, not '${text}'`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** What is said twice is a mistake: the second would take the place of the first, and nobody would see it. */
function once<T>(flag: string, all: T[], nameOf: (one: T) => string): T[] {
  const names = all.map(nameOf)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new UsageError(`${flag} ${twice} is there twice`)
  return all
}
