import { parseArgs } from 'node:util'
import { integer, optionError, UsageError } from './options.ts'

/** What the command line of `memkafka proxy` asks for. */
export interface CliProxyOptions {
  /** `HOST:PORT` each. */
  readonly upstream: readonly string[]
  readonly host: string
  /** In front of the first broker; the next ones follow. 0: any free ones. */
  readonly port: number
  readonly tls: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** What the command line asks for instead of a proxy. */
export type ProxyCommand = { readonly run: CliProxyOptions } | 'help'

const HIGHEST_PORT = 65535

/**
 * Reads the command line of `memkafka proxy`.
 * @param args the words after `proxy`
 * @throws UsageError
 */
export function parseProxyCommandLine(args: readonly string[]): ProxyCommand {
  const values = parse(args)
  if (values.help === true) return 'help'
  const upstream = (values.upstream ?? []).flatMap((list) => list.split(',')).filter((address) => address !== '')
  if (upstream.length === 0) throw new UsageError('proxy wants --upstream HOST:PORT: where the cluster is')
  return {
    run: {
      upstream,
      host: values.host ?? 'localhost',
      port: integer('--port', values.port ?? '9092', 0, HIGHEST_PORT),
      tls: values.tls ?? false,
      json: values.json ?? false,
      quiet: values.quiet ?? false,
      verbose: values.verbose ?? false,
    },
  }
}

interface Values {
  upstream?: string[]
  host?: string
  port?: string
  tls?: boolean
  json?: boolean
  quiet?: boolean
  verbose?: boolean
  help?: boolean
}

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        upstream: { type: 'string', multiple: true },
        host: { type: 'string' },
        port: { type: 'string' },
        tls: { type: 'boolean' },
        json: { type: 'boolean' },
        quiet: { type: 'boolean' },
        verbose: { type: 'boolean', short: 'v' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw optionError(error as Error)
  }
}
