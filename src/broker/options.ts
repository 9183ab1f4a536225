import { inspect } from 'node:util'
import type { RequestHandler } from '../intercept/handler.ts'
import { unknownName } from '../intercept/nearest.ts'
import type { Clock } from './clock.ts'
import type { FakedTimers } from './handles/time/coupled-clock.ts'

/** One broker of a cluster. */
export interface BrokerNode {
  /** Kafka's `node.id`: a whole number from 0 to 2147483647. */
  readonly nodeId: number
  /** Kafka's `broker.rack`. */
  readonly rack?: string
}

/** A topic that the cluster begins with. */
export interface TopicOptions {
  /** Default, and what -1 means: the broker config `num.partitions`. */
  readonly partitions?: number
  /** Default, and what -1 means: the broker config `default.replication.factor`. */
  readonly replicationFactor?: number
  /** Topic configs by Kafka's names. */
  readonly configs?: Readonly<Record<string, string>>
}

/** What `KafkaCluster.start` takes. Everything has a default. */
export interface ClusterOptions {
  /** How many brokers (their node ids begin at 1), or which. Default: 1. */
  readonly brokers?: number | readonly BrokerNode[]
  /** Topics to begin with, by name. */
  readonly topics?: Readonly<Record<string, TopicOptions>>
  /**
   * Broker configs by Kafka's names, the same for every broker. All that Kafka knows are taken and checked; those of parts that
   * are not here (disks, TLS, threads, …) have no effect.
   */
  readonly config?: Readonly<Record<string, string>>
  /**
   * The release of Kafka to pass for, such as '3.9' or '4.1': its versions of each API, its features and its configs, which before
   * 4.0 are those of 3.9. Default: every version of every API is served, and all else is as in the newest release.
   */
  readonly version?: string
  /** The seed of all that is random in the cluster, of which the low 32 bits count. Default: 0. */
  readonly seed?: number
  /** What the listeners bind to and advertise. Default: 127.0.0.1. */
  readonly host?: string
  /** The first broker's port, the next ones follow; 0: any free ones. Default: 0. */
  readonly port?: number
  /**
   * The cluster's time: the machine's (`real`, the default), one that moves only by `cluster.clock.advance` and `runUntil`
   * (`virtual`), that of timers that a test has faked, which `cluster.clock` moves then (`{ advanceTimers: vi.advanceTimersByTimeAsync }`), or a
   * clock of your own. Whose timers apply is decided at the start: timers faked before it count, timers faked later do not. Where they are faked
   * no client comes in over TCP, as its bytes would not arrive while faked time jumps.
   */
  readonly clock?: 'real' | 'virtual' | FakedTimers | Clock
  /** Handlers of requests that stay when `resetHandlers` takes away what `use` added. */
  readonly handlers?: readonly RequestHandler[]
  /** How long a wait of a test (`waitFor`, `waitUntilStable`, …) goes on that is not told otherwise, ms of real time. Default: 2000. */
  readonly waitTimeout?: number
  /**
   * Whether `cluster.timeline` records what happens, and how many entries of it are kept: what has long gone as it should is forgotten first.
   * Default: false; with `true` 5000 entries.
   */
  readonly timeline?: boolean | { readonly capacity?: number }
}

/** The options with their defaults. */
export interface ReadOptions {
  readonly nodes: readonly BrokerNode[]
  readonly topics: readonly (readonly [name: string, topic: TopicOptions])[]
  readonly config: Readonly<Record<string, string>>
  readonly version: string | undefined
  readonly seed: number
  readonly host: string
  readonly port: number
  readonly clock: 'real' | 'virtual' | FakedTimers | Clock
  readonly handlers: readonly RequestHandler[]
  readonly waitTimeout: number
  /** How many entries its timeline keeps; undefined: it has none. */
  readonly timeline: number | undefined
}

/** Configs that an option tells already, or whose meaning it has. */
const TOLD_BY_OPTIONS: Readonly<Record<string, string>> = {
  'node.id': 'brokers',
  'broker.id': 'brokers',
  'broker.rack': 'brokers',
  listeners: 'host and port',
  'advertised.listeners': 'host and port',
}

/** What `KafkaCluster.start` takes, by name. */
export const OPTION_NAMES: ReadonlySet<string> = new Set([
  'brokers',
  'topics',
  'config',
  'version',
  'seed',
  'host',
  'port',
  'clock',
  'handlers',
  'waitTimeout',
  'timeline',
])
const TIMELINE_NAMES: ReadonlySet<string> = new Set(['capacity'])
const TIMELINE_CAPACITY = 5000
const NODE_NAMES: ReadonlySet<string> = new Set(['nodeId', 'rack'])
const TOPIC_NAMES: ReadonlySet<string> = new Set(['partitions', 'replicationFactor', 'configs'])
const HIGHEST_PORT = 65535
const HIGHEST_NODE_ID = 2 ** 31 - 1

/**
 * Fills in the defaults.
 * @throws RangeError that names the option which is unknown or wrong
 */
export function readOptions(options: ClusterOptions): ReadOptions {
  checkNames('options', options, OPTION_NAMES)
  const { brokers = 1, topics = {}, config = {}, version } = options
  const { seed = 0, port = 0, host = '127.0.0.1', clock = 'real', handlers = [], waitTimeout = 2000 } = options
  const nodes = nodesOf(brokers)
  checkTopics(topics)
  checkTexts('config', config)
  for (const name of Object.keys(config)) {
    const option = TOLD_BY_OPTIONS[name]
    if (option !== undefined) throw new RangeError(`config: '${name}' is not taken here: the option ${option} tells it`)
  }
  if (version !== undefined && typeof version !== 'string') throw wrong('version', "a string such as '3.9'", version)
  if (!Number.isSafeInteger(seed)) throw wrong('seed', 'a whole number', seed)
  if (typeof host !== 'string' || host === '') throw wrong('host', 'a name or an address', host)
  if (!Number.isInteger(port) || port < 0 || port > HIGHEST_PORT) {
    throw wrong('port', `a whole number from 0 to ${HIGHEST_PORT}`, port)
  }
  if (port > 0 && port + nodes.length - 1 > HIGHEST_PORT) {
    throw new RangeError(`port: ${port} leaves no ports for ${nodes.length} brokers, the highest is ${HIGHEST_PORT}`)
  }
  if (!isClock(clock)) throw wrong('clock', "'real', 'virtual', { advanceTimers } or a Clock", clock)
  if (!Array.isArray(handlers)) throw wrong('handlers', 'a list of handlers', handlers)
  if (typeof waitTimeout !== 'number' || !(waitTimeout >= 0)) throw wrong('waitTimeout', 'ms from 0 on', waitTimeout)
  const timeline = timelineOf(options.timeline)
  const topicList = Object.entries(topics)
  return { nodes, topics: topicList, config, version, seed, host, port, clock, handlers, waitTimeout, timeline }
}

function timelineOf(timeline: ClusterOptions['timeline'] = false): number | undefined {
  if (typeof timeline === 'boolean') return timeline ? TIMELINE_CAPACITY : undefined
  checkNames('timeline', timeline, TIMELINE_NAMES)
  const { capacity = TIMELINE_CAPACITY } = timeline
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw wrong('timeline: capacity', 'a whole number from 1 on', capacity)
  }
  return capacity
}

function isClock(clock: unknown): boolean {
  if (typeof clock === 'string') return clock === 'real' || clock === 'virtual'
  const { setTimer, advanceTimers } = (clock ?? {}) as { setTimer?: unknown; advanceTimers?: unknown }
  return typeof setTimer === 'function' || typeof advanceTimers === 'function'
}

function nodesOf(brokers: number | readonly BrokerNode[]): readonly BrokerNode[] {
  if (typeof brokers === 'number') {
    if (!Number.isInteger(brokers) || brokers < 1) throw wrong('brokers', 'a whole number from 1 on', brokers)
    return Array.from({ length: brokers }, (_, i) => ({ nodeId: i + 1 }))
  }
  return checkedNodes(brokers)
}

/** @throws RangeError when one of the brokers cannot be, or two are the same */
export function checkedNodes(brokers: readonly BrokerNode[]): readonly BrokerNode[] {
  if (!Array.isArray(brokers)) throw wrong('brokers', "a number or a list such as [{ nodeId: 1, rack: 'a' }]", brokers)
  if (brokers.length === 0) throw new RangeError('brokers: a cluster has at least one')
  const seen = new Set<number>()
  for (const node of brokers) {
    checkNames('brokers', node, NODE_NAMES)
    const { nodeId, rack } = node
    if (!Number.isInteger(nodeId) || nodeId < 0 || nodeId > HIGHEST_NODE_ID) {
      throw wrong('brokers', `a nodeId that is a whole number from 0 to ${HIGHEST_NODE_ID}`, nodeId)
    }
    if (rack !== undefined && typeof rack !== 'string') throw wrong('brokers', 'a rack that is a string', rack)
    if (seen.has(nodeId)) throw new RangeError(`brokers: the nodeId ${nodeId} is there twice`)
    seen.add(nodeId)
  }
  return brokers
}

/** Looks at the shape alone: which numbers and configs are right is Kafka's to say, when the topics are created. */
function checkTopics(topics: Readonly<Record<string, TopicOptions>>): void {
  checkNames('topics', topics)
  for (const [name, topic] of Object.entries(topics)) {
    checkNames(`topic '${name}'`, topic, TOPIC_NAMES)
    for (const count of ['partitions', 'replicationFactor'] as const) {
      const value = topic[count]
      if (value !== undefined && !Number.isInteger(value))
        throw wrong(`topic '${name}': ${count}`, 'a whole number', value)
    }
    checkTexts(`topic '${name}': configs`, topic.configs ?? {})
  }
}

/** Kafka's configs are text, and stay so: whoever writes a number or a boolean hears it here. */
function checkTexts(what: string, texts: Readonly<Record<string, string>>): void {
  checkNames(what, texts)
  for (const [key, text] of Object.entries(texts)) {
    if (typeof text === 'string') continue
    const meant = ['number', 'bigint', 'boolean'].includes(typeof text) ? ` such as '${text}'` : ''
    throw wrong(`${what}: ${key}`, `a string${meant}`, text)
  }
}

/** That it is an object, and has no other keys than these: a misspelt one would do nothing, and not say so. */
function checkNames(what: string, value: object, names?: ReadonlySet<string>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what, 'an object', value)
  for (const name of Object.keys(value)) {
    if (names?.has(name) === false) throw new RangeError(`${what}: ${unknownName(name, [...names])}`)
  }
}

function wrong(what: string, wanted: string, value: unknown): RangeError {
  return new RangeError(
    `${what}: ${wanted} is wanted, not ${inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })}`,
  )
}
