#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { ConfigError, KafkaCluster, KafkaError } from '../index.ts'
import { logEvents } from './log.ts'
import { type CliOptions, parseCommandLine, USAGE, UsageError } from './options.ts'
import { type CliProxyOptions, parseProxyCommandLine } from './proxy-options.ts'

/** The exit code for what the user has to change: a flag, a value, a port that is taken. */
const USAGE_EXIT_CODE = 2

await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<void> {
  try {
    const [word, ...rest] = args
    if (word === 'proxy') {
      const command = parseProxyCommandLine(rest)
      if (command === 'help') process.stdout.write(USAGE)
      else await runProxy(command.run)
      return
    }
    const command = parseCommandLine(args)
    if (command === 'help') process.stdout.write(USAGE)
    else if (command === 'version') process.stdout.write(`${ownVersion()}\n`)
    else await run(command.run)
  } catch (error) {
    const explanation = explain(error)
    if (explanation === undefined) throw error
    process.stderr.write(`memkafka: ${explanation}\n`)
    process.exitCode = USAGE_EXIT_CODE
  }
}

async function run(options: CliOptions): Promise<void> {
  const { host, port, brokers, config, seed, kafkaVersion } = options
  const cluster = await KafkaCluster.start({
    host,
    port,
    brokers,
    config,
    topics: Object.fromEntries(
      options.topics.map(({ name, partitions, replicationFactor }) => [
        name,
        {
          ...(partitions === undefined ? {} : { partitions }),
          ...(replicationFactor === undefined ? {} : { replicationFactor }),
        },
      ]),
    ),
    ...(seed === undefined ? {} : { seed }),
    ...(kafkaVersion === undefined ? {} : { version: kafkaVersion }),
  })
  serve(cluster, options)
}

/** Stands in front of a cluster that is there already. */
async function runProxy(options: CliProxyOptions): Promise<void> {
  const { upstream, host, port, tls } = options
  // A broker starts without it.
  const { KafkaProxy } = await import('../proxy/kafka-proxy.ts')
  serve(await KafkaProxy.start({ upstream, host, port, tls }), options, `, in front of ${upstream.join(',')}`)
}

/** What runs until a signal comes. */
interface Running {
  readonly bootstrapServers: readonly string[]
  readonly events: KafkaCluster['events']
  stop(): Promise<void>
}

/**
 * Says where it is, tells what happens, and waits for a signal.
 * @param before of a proxy: what it is in front of, which goes on when it stops
 */
function serve(running: Running, options: Pick<CliOptions, 'json' | 'quiet' | 'verbose'>, before?: string): void {
  stopOnSignal(running, options)
  const { bootstrapServers } = running
  if (options.json) process.stdout.write(`${JSON.stringify({ bootstrapServers })}\n`)
  else {
    const addresses = bootstrapServers.join(',')
    process.stdout.write(`memkafka is ready: bootstrap servers ${addresses}${before ?? ''}\n`)
    const left = before === undefined ? ', and with it all that it holds' : ' alone'
    process.stdout.write(`Point any Kafka client there; Ctrl-C stops it${left}.\n`)
  }
  if (!options.quiet)
    logEvents(running.events, { requests: options.verbose, out: options.json ? process.stderr : process.stdout })
}

/** The first signal stops it; a second one does not wait for that. */
function stopOnSignal(running: Running, { quiet, json }: Pick<CliOptions, 'json' | 'quiet'>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      if (!quiet && !json) process.stdout.write('memkafka stops\n')
      void running.stop()
    })
  }
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}

/** What the user has to change, in one line; undefined for an error that is not the user's. */
function explain(error: unknown): string | undefined {
  const wrongValue = [UsageError, RangeError, ConfigError, KafkaError].some((type) => error instanceof type)
  if (wrongValue || (error as Error).name === 'UpstreamError') return (error as Error).message
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  const where = port === undefined ? address : `${address}:${port}`
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${address} is in use; --port takes another, --port 0 any free one`
    case 'EACCES':
      return `${where} may not be listened on by this user; --port takes another`
    case 'EADDRNOTAVAIL':
      return `${address} is not an address of this machine; --host takes another`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${(error as { hostname?: string }).hostname} is not a host that can be found; --host takes another`
    default:
      return undefined
  }
}
