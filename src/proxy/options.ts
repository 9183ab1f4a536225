import type { ConnectionOptions } from 'node:tls'
import { inspect } from 'node:util'
import type { RequestHandler } from '../intercept/handler.ts'
import { checkNames } from '../intercept/nearest.ts'
import { type HostPort, hostPortOf } from '../protocol/host-port.ts'
import type { UnknownApis } from './served-versions.ts'

/** What `KafkaProxy.start` takes. */
export interface KafkaProxyOptions {
  /** Where the cluster is: `host:port`, several in a list or with commas in between. One that can be reached is enough. */
  readonly upstream: string | readonly string[]
  /** What the listeners bind to, and what clients are told. Default: 127.0.0.1. */
  readonly host?: string
  /** The port in front of the first broker, the next ones follow; 0: any free ones. Default: 0. */
  readonly port?: number
  /** Handlers of requests that stay when `resetHandlers` takes away what `use` added. */
  readonly handlers?: readonly RequestHandler[]
  /** The seed of handlers with a probability and of garbage, of which the low 32 bits count. Default: 0. */
  readonly seed?: number
  /**
   * What becomes of APIs and versions that memkafka does not know: `pass` (the default) has them go through untouched, `hide` keeps them from
   * clients in ApiVersions. Versions of APIs that tell addresses are hidden in any case: clients would find their way past the proxy.
   */
  readonly onUnknownApi?: UnknownApis
  /** TLS towards upstream, as `tls.connect` of Node.js takes it; `true`: with its defaults. Clients come in plain text. Default: no TLS. */
  readonly tls?: boolean | ConnectionOptions
  /** How long upstream may take to answer at the start, ms. Default: 10000. */
  readonly startTimeout?: number
  /** How long a matcher waits that is not told otherwise, in ms of real time. Default: 2000. */
  readonly waitTimeout?: number
  /**
   * After how long, in ms, what may come of a request that upstream lets wait (a Fetch for records, a JoinGroup for members) is taken to have come: what
   * `.not` waits for at most before it looks, if there is such a request. Default: 500.
   */
  readonly settleTime?: number
  /** Whether `proxy.timeline` records what becomes of requests, and how many entries of it are kept. Default: false; with `true` 5000 entries. */
  readonly timeline?: boolean | { readonly capacity?: number }
}

/** The options with their defaults. */
export interface ReadProxyOptions {
  readonly upstream: readonly HostPort[]
  readonly host: string
  readonly port: number
  readonly handlers: readonly RequestHandler[]
  readonly seed: number
  readonly onUnknownApi: UnknownApis
  readonly tls: ConnectionOptions | undefined
  readonly startTimeout: number
  readonly waitTimeout: number
  readonly settleTime: number
  /** How many entries its timeline keeps; undefined: it has none. */
  readonly timeline: number | undefined
}

/** What `KafkaProxy.start` takes, by name. */
const NAMES: Readonly<Record<keyof KafkaProxyOptions, true>> = {
  upstream: true,
  host: true,
  port: true,
  handlers: true,
  seed: true,
  onUnknownApi: true,
  tls: true,
  startTimeout: true,
  waitTimeout: true,
  settleTime: true,
  timeline: true,
}

const HIGHEST_PORT = 65_535
const TIMELINE_CAPACITY = 5000

/**
 * Fills in the defaults.
 * @throws TypeError for an option that there is not; RangeError that names the option which is wrong
 */
export function readProxyOptions(options: KafkaProxyOptions): ReadProxyOptions {
  checkNames('KafkaProxy.start', options, Object.keys(NAMES))
  const { host = '127.0.0.1', port = 0, handlers = [], seed = 0, onUnknownApi = 'pass', tls = false } = options
  const { startTimeout = 10_000, timeline = false, waitTimeout = 2000, settleTime = 500 } = options
  if (typeof host !== 'string' || host === '') throw wrong('host', 'is a name or an address', host)
  if (!Number.isInteger(port) || port < 0 || port > HIGHEST_PORT) {
    throw wrong('port', `is a whole number from 0 to ${HIGHEST_PORT}`, port)
  }
  if (!Array.isArray(handlers)) throw wrong('handlers', 'is a list of handlers', handlers)
  if (!Number.isSafeInteger(seed)) throw wrong('seed', 'is a whole number', seed)
  if (onUnknownApi !== 'pass' && onUnknownApi !== 'hide')
    throw wrong('onUnknownApi', "is 'pass' or 'hide'", onUnknownApi)
  if (typeof startTimeout !== 'number' || !(startTimeout > 0))
    throw wrong('startTimeout', 'is ms above 0', startTimeout)
  for (const [name, ms] of Object.entries({ waitTimeout, settleTime })) {
    if (typeof ms !== 'number' || !(ms >= 0)) throw wrong(name, 'is a number of ms from 0 on', ms)
  }
  return {
    upstream: upstreamOf(options.upstream),
    host,
    port,
    handlers,
    seed,
    onUnknownApi,
    tls: tls === true ? {} : tls === false ? undefined : tls,
    startTimeout,
    waitTimeout,
    settleTime,
    timeline: timelineOf(timeline),
  }
}

/** @throws RangeError for what is no address, and for none */
function upstreamOf(upstream: unknown): HostPort[] {
  const listed = typeof upstream === 'string' ? upstream.split(',') : upstream
  if (!Array.isArray(listed) || listed.length === 0) {
    throw wrong('upstream', "is 'host:port', or a list of such", upstream)
  }
  return listed.map((text: unknown) => {
    const address = hostPortOf(text)
    if (address === undefined) throw wrong('upstream', "is 'host:port', such as 'kafka-1.internal:9092'", text)
    return address
  })
}

function timelineOf(timeline: NonNullable<KafkaProxyOptions['timeline']>): number | undefined {
  if (timeline === false) return undefined
  const { capacity = TIMELINE_CAPACITY } = timeline === true ? {} : timeline
  if (!Number.isSafeInteger(capacity) || capacity < 1) throw wrong('timeline', 'keeps 1 entry or more', capacity)
  return capacity
}

function wrong(option: string, wanted: string, given: unknown): RangeError {
  return new RangeError(`${option}: ${wanted}, not ${inspect(given, { depth: 0 })}`)
}
