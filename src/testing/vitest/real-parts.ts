/** What tests on a cluster that is there already need besides the connections: loaded by those alone. */
import { KafkaCluster } from '../../broker/cluster.ts'
import { GroupHandle } from '../../broker/handles/groups/group-handle.ts'
import { PartitionHandle } from '../../broker/handles/topics/partition-handle.ts'
import { TopicHandle } from '../../broker/handles/topics/topic-handle.ts'
import { TransactionHandle } from '../../broker/handles/transactions/transaction-handle.ts'
import type { ClusterOptions } from '../../broker/options.ts'
import { RealCluster } from '../real/real-cluster.ts'

export { RealCluster }

/** Options that say how memkafka is to behave: a cluster that is there already behaves as it does. */
const EMULATED = ['config', 'version', 'handlers'] satisfies (keyof ClusterOptions)[]

/** The first of the options that only memkafka itself can follow; undefined where there is none. */
export function emulatorOnlyOption(options: ClusterOptions): string | undefined {
  const { clock = 'real' } = options
  if (clock !== 'real') return 'clock'
  return EMULATED.find((name) => {
    const value = options[name]
    return value !== undefined && (typeof value === 'string' || Object.keys(value).length > 0)
  })
}

/** How many brokers a test wants. */
export function brokersWanted({ brokers = 1 }: ClusterOptions): number {
  return typeof brokers === 'number' ? brokers : brokers.length
}

/** What a `KafkaCluster` has besides what its class declares. */
const FIELDS = [
  'clusterId',
  'socketFactory',
  'events',
  'clock',
  'timeline',
  'network',
  'controller',
] satisfies (keyof KafkaCluster)[]

/** A cluster that skips the test, with the reason, where something is asked for that memkafka alone has. */
export function withSkips(cluster: RealCluster, skip: (what: string) => never): KafkaCluster {
  const known = new Set<string>([...namesOf(KafkaCluster.prototype), ...FIELDS])
  const handles: Readonly<Record<string, object>> = {
    topic: TopicHandle.prototype,
    partition: PartitionHandle.prototype,
    group: GroupHandle.prototype,
    transaction: TransactionHandle.prototype,
  }
  return skipping(cluster, 'cluster', known, skip, (name, made) => {
    const prototype = handles[name]
    return prototype === undefined ? made : skipping(made as object, `cluster.${name}(…)`, namesOf(prototype), skip)
  }) as unknown as KafkaCluster
}

function skipping<T extends object>(
  real: T,
  path: string,
  known: ReadonlySet<string>,
  skip: (what: string) => never,
  wrap: (name: string, made: unknown) => unknown = (_, made) => made,
): T {
  const own = new Map<string | symbol, unknown>()
  return new Proxy(real, {
    get(target, name) {
      if (!(name in target) && typeof name === 'string' && known.has(name)) return skip(`${path}.${name}`)
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function' || name === 'constructor') return value
      // The same one each time, as of any object.
      if (!own.has(name)) {
        own.set(name, (...given: unknown[]) => wrap(String(name), Reflect.apply(value, target, given)))
      }
      return own.get(name)
    },
  })
}

/** What a class declares, and those that it extends. */
function namesOf(prototype: object): ReadonlySet<string> {
  const names = new Set<string>()
  for (let one: object | null = prototype; one !== null && one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    for (const name of Object.getOwnPropertyNames(one)) names.add(name)
  }
  names.delete('constructor')
  return names
}
