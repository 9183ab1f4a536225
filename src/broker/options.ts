import type { RequestHandler } from '../intercept/handler.ts'
import type { Clock } from './clock.ts'

/** One broker of a cluster. */
export interface BrokerNode {
  /** Kafka's `node.id`: a whole number from 0 on. */
  readonly nodeId: number
  /** Kafka's `broker.rack`. */
  readonly rack?: string
}

/** A topic that the cluster begins with. */
export interface TopicOptions {
  /** Default: the broker config `num.partitions`. */
  readonly partitions?: number
  /** Default: the broker config `default.replication.factor`. */
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
  /** Broker configs by Kafka's names, the same for every broker. */
  readonly config?: Readonly<Record<string, string>>
  /** The release of Kafka to pass for, such as '3.9' or '4.1'. Default: none; every version of every API is served. */
  readonly version?: string
  /** The seed of all that is random in the cluster. Default: 0. */
  readonly seed?: number
  /** What the listeners bind to and advertise. Default: 127.0.0.1. */
  readonly host?: string
  /** The first broker's port, the next ones follow; 0: any free ones. Default: 0. */
  readonly port?: number
  /**
   * The cluster's time: the machine's (`real`, the default), one that moves only by `cluster.clock.advance` and `runUntil`
   * (`virtual`), or a clock of your own. Whose timers `real` uses is decided at the start: timers faked before it count,
   * timers faked later do not.
   */
  readonly clock?: 'real' | 'virtual' | Clock
  /** Handlers of requests that stay when `resetHandlers` takes away what `use` added. */
  readonly handlers?: readonly RequestHandler[]
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
  readonly clock: 'real' | 'virtual' | Clock
  readonly handlers: readonly RequestHandler[]
}

const OPTION_NAMES: ReadonlySet<string> = new Set([
  'brokers',
  'topics',
  'config',
  'version',
  'seed',
  'host',
  'port',
  'clock',
  'handlers',
])
const HIGHEST_PORT = 65535

/**
 * Fills in the defaults.
 * @throws RangeError that names the option which is unknown or wrong
 */
export function readOptions(options: ClusterOptions): ReadOptions {
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.has(name)) {
      throw new RangeError(`there is no option '${name}'; there are ${[...OPTION_NAMES].join(', ')}`)
    }
  }
  const nodes = nodesOf(options.brokers ?? 1)
  const { seed = 0, port = 0, host = '127.0.0.1', clock = 'real', handlers = [] } = options
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: a whole number is wanted, not ${seed}`)
  if (!Number.isInteger(port) || port < 0 || port > HIGHEST_PORT) {
    throw new RangeError(`port: a whole number from 0 to ${HIGHEST_PORT} is wanted, not ${port}`)
  }
  if (typeof clock === 'string' ? clock !== 'real' && clock !== 'virtual' : typeof clock?.setTimer !== 'function') {
    throw new RangeError(`clock: 'real', 'virtual' or a Clock is wanted, not ${String(clock)}`)
  }
  return {
    nodes,
    topics: Object.entries(options.topics ?? {}),
    config: options.config ?? {},
    version: options.version,
    seed,
    host,
    port,
    clock,
    handlers,
  }
}

function nodesOf(brokers: number | readonly BrokerNode[]): readonly BrokerNode[] {
  if (typeof brokers === 'number') {
    if (!Number.isInteger(brokers) || brokers < 1) {
      throw new RangeError(`brokers: a whole number from 1 on is wanted, not ${brokers}`)
    }
    return Array.from({ length: brokers }, (_, i) => ({ nodeId: i + 1 }))
  }
  if (brokers.length === 0) throw new RangeError('brokers: a cluster has at least one')
  const seen = new Set<number>()
  for (const { nodeId } of brokers) {
    if (!Number.isInteger(nodeId) || nodeId < 0) {
      throw new RangeError(`brokers: a nodeId is a whole number from 0 on, not ${nodeId}`)
    }
    if (seen.has(nodeId)) throw new RangeError(`brokers: the nodeId ${nodeId} is there twice`)
    seen.add(nodeId)
  }
  return brokers
}
