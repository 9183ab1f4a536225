import type { KafkaCluster } from '../../broker/cluster.ts'
import type { BrokerHandle } from '../../broker/handles/brokers/broker-handle.ts'
import type { PartitionHandle } from '../../broker/handles/topics/partition-handle.ts'
import {
  type AboutPartition,
  checkOptions,
  namedBroker,
  partitionOf,
  topicOf,
  type Undoable,
  undoable,
} from './scenario.ts'

/** A partition whose leader has changed. */
export interface ChangedLeader {
  readonly topic: string
  readonly partition: number
  /** Node ids. */
  readonly from: number | undefined
  readonly to: number
}

/** The leaders that have changed; `undo` has the former lead again, where they are in sync. */
export interface LeaderChange extends Undoable {
  readonly changed: readonly ChangedLeader[]
}

/**
 * Has another in-sync replica lead a partition, or every partition of a topic, at once and without anybody failing: what a preferred election, a
 * reassignment or a restart leads to. Who led before knows of it, and answers NOT_LEADER_OR_FOLLOWER.
 *
 * ```ts
 * const change = leaderChange(cluster, { topic: 'orders', partition: 0 })
 * ```
 * @param options `partition`: default: every partition of the topic. `to`: who leads then, by handle or node id. Default: the next in-sync replica
 * @throws RangeError for what is not there, and where no other replica is in sync
 */
export function leaderChange(
  cluster: KafkaCluster,
  options: AboutPartition & { readonly to?: BrokerHandle | number },
): LeaderChange {
  checkOptions('leaderChange', options, ['topic', 'partition', 'to'], ['topic'])
  const { topic, partition, to } = options
  const partitions =
    partition === undefined
      ? topicOf('leaderChange', cluster, topic).partitions
      : [partitionOf('leaderChange', cluster, { topic, partition })]
  const next = partitions.map((one) => [one, nextLeader(cluster, one, to)] as const)
  const changed = next.map(([one, broker]) => {
    const from = one.leader
    one.elect(broker)
    return { topic, partition: one.index, from, to: broker.nodeId }
  })
  const undo = (): void => {
    for (const { partition: index, from } of changed) {
      const now = cluster.partition(topic, index)
      if (from !== undefined && now.leader !== from && now.isr.includes(from)) now.elect(cluster.broker(from))
    }
  }
  return undoable(undo, { changed })
}

function nextLeader(
  cluster: KafkaCluster,
  partition: PartitionHandle,
  to: BrokerHandle | number | undefined,
): BrokerHandle {
  const { topic, index, leader, isr, replicas } = partition
  if (to !== undefined) {
    const wanted = namedBroker(cluster, to)
    if (wanted.nodeId !== leader && isr.includes(wanted.nodeId)) return wanted
    const why = wanted.nodeId === leader ? 'leads it already' : 'is not in sync'
    throw new RangeError(
      `leaderChange: broker ${wanted.nodeId} cannot take ${topic}-${index} over: it ${why} (in sync: ${isr.join(', ')})`,
    )
  }
  // Round the circle of replicas: changed again and again, everybody leads once.
  const place = leader === undefined ? -1 : replicas.indexOf(leader)
  const others = [...replicas.slice(place + 1), ...replicas.slice(0, Math.max(place, 0))]
  const next = others.find((nodeId) => isr.includes(nodeId) && cluster.broker(nodeId).isRunning)
  if (next !== undefined) return cluster.broker(next)
  throw new RangeError(
    `leaderChange: no other replica of ${topic}-${index} is in sync (replicas ${replicas.join(', ')}; in sync ${isr.join(', ')}); ` +
      `start the cluster with { brokers: 3, topics: { '${topic}': { replicationFactor: 3 } } }`,
  )
}
