import { inspect } from 'node:util'
import type { KafkaCluster } from '../../broker/cluster.ts'
import type { BrokerHandle } from '../../broker/handles/brokers/broker-handle.ts'
import type { GroupHandle } from '../../broker/handles/groups/group-handle.ts'
import type { PartitionHandle } from '../../broker/handles/topics/partition-handle.ts'
import type { TopicHandle } from '../../broker/handles/topics/topic-handle.ts'
import type { TransactionHandle } from '../../broker/handles/transactions/transaction-handle.ts'
import { checkNames } from '../../intercept/nearest.ts'

/** What a scenario has done, until it is undone: by {@link Undoable.undo}, or at the end of a `using`. */
export interface Undoable extends Disposable {
  /** Has things be as they were before. Does nothing the second time. */
  undo(): void
}

/** Which partition a scenario is about. */
export interface AboutPartition {
  readonly topic: string
  /** Default: 0, where the scenario does not say otherwise. */
  readonly partition?: number
}

/**
 * Which broker a scenario is about: itself, or the one that leads a partition or coordinates a group or a transactional id. In a cluster of one
 * broker it need not be said.
 */
export interface AboutBroker {
  /** By its handle, or by its node id. */
  readonly broker?: BrokerHandle | number
  /** The leader of the topic's partition. */
  readonly topic?: string
  /** Default: 0. */
  readonly partition?: number
  /** Its coordinator. */
  readonly group?: string
  /** Its coordinator. */
  readonly transactionalId?: string
}

export const BROKER_OPTIONS = ['broker', 'topic', 'partition', 'group', 'transactionalId'] as const

/** What is undone once. */
export function undoable<T extends object>(undo: () => void, rest: T = {} as T): Undoable & T {
  let isDone = false
  const once = (): void => {
    if (isDone) return
    isDone = true
    undo()
  }
  return Object.assign(rest, { undo: once, [Symbol.dispose]: once })
}

/** @throws TypeError for options that the scenario does not have, and for those that it cannot do without */
export function checkOptions(
  scenario: string,
  options: object,
  known: readonly string[],
  wanted: readonly string[] = [],
): void {
  checkNames(scenario, options, known)
  for (const name of wanted) {
    const value: unknown = Reflect.get(options, name)
    if (typeof value !== 'string' || value === '') {
      throw new TypeError(`${scenario}: ${name} is wanted, not ${inspect(value, { depth: 0 })}`)
    }
  }
}

/** @throws RangeError for what is no whole number from `least` on */
export function checkCount(scenario: string, name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new RangeError(`${scenario}: ${name} is a whole number from ${least} on, not ${inspect(value, { depth: 0 })}`)
}

/** @throws RangeError when it is not there */
export function topicOf(scenario: string, cluster: KafkaCluster, name: string): TopicHandle {
  const topic = cluster.topic(name)
  if (topic.exists) return topic
  throw new RangeError(
    `${scenario}: there is no topic ${name}; name it in KafkaCluster.start({ topics: { '${name}': {} } }), or create it first`,
  )
}

/** @throws RangeError when it is not there */
export function partitionOf(
  scenario: string,
  cluster: KafkaCluster,
  { topic: name, partition: index = 0 }: { readonly topic: string; readonly partition?: number | undefined },
): PartitionHandle {
  const { length } = topicOf(scenario, cluster, name).partitions
  const partition = cluster.partition(name, index)
  if (partition.exists) return partition
  throw new RangeError(`${scenario}: ${name} has no partition ${index}: it has ${length}, numbered from 0`)
}

/** @throws RangeError for a node id that is none */
export function namedBroker(cluster: KafkaCluster, broker: BrokerHandle | number): BrokerHandle {
  return typeof broker === 'number' ? cluster.broker(broker) : broker
}

/** @throws RangeError for what is not there, and when several brokers may be meant */
export function brokerOf(scenario: string, cluster: KafkaCluster, about: AboutBroker): BrokerHandle {
  const { broker, topic, partition, group, transactionalId } = about
  if (broker !== undefined) return namedBroker(cluster, broker)
  if (topic !== undefined) return leaderOf(scenario, cluster, partitionOf(scenario, cluster, { topic, partition }))
  if (group !== undefined) return cluster.broker(groupOf(scenario, cluster, group).coordinator)
  if (transactionalId !== undefined) {
    return cluster.broker(transactionOf(scenario, cluster, transactionalId).coordinator)
  }
  const [only, ...others] = cluster.brokers
  if (only !== undefined && others.length === 0) return only
  throw new RangeError(
    `${scenario}: which of ${cluster.brokers.length} brokers? Name it (broker: 1), or what it leads or coordinates (topic, group, transactionalId)`,
  )
}

/** @throws RangeError when nobody has used it */
export function groupOf(scenario: string, cluster: KafkaCluster, id: string): GroupHandle {
  const group = cluster.group(id)
  if (group.coordinator !== undefined && group.state !== 'Dead') return group
  throw new RangeError(`${scenario}: there is no group ${id} (yet): a consumer has to join it, or commit, before`)
}

/** @throws RangeError when nobody has used it */
export function transactionOf(scenario: string, cluster: KafkaCluster, id: string): TransactionHandle {
  const transaction = cluster.transaction(id)
  if (transaction.state !== undefined) return transaction
  throw new RangeError(
    `${scenario}: nobody has used the transactional id ${id} (yet): a producer has to ask for it before`,
  )
}

/** @throws RangeError when it has none */
function leaderOf(scenario: string, cluster: KafkaCluster, { leader, topic, index }: PartitionHandle): BrokerHandle {
  if (leader === undefined) throw new RangeError(`${scenario}: nobody leads ${topic}-${index} now`)
  return cluster.broker(leader)
}
