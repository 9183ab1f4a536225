import { KafkaError } from '../../protocol/errors.ts'
import type { Broker } from '../broker.ts'
import { coordinatorPartition } from '../coordinator/locate.ts'
import type { GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC } from '../replication/internal-topics.ts'
import type { ClusterView } from './cluster-view.ts'

/** The internal topic whose partitions are coordinated: of groups, or of transactional ids. */
type CoordinatedTopic = typeof GROUP_METADATA_TOPIC | typeof TRANSACTION_STATE_TOPIC

/** The broker that coordinates a group or a transactional id; undefined before the topic is there. */
export function coordinatorOf(view: ClusterView, topic: CoordinatedTopic, id: string): Broker | undefined {
  const index = partitionOf(view, topic, id)
  const leader = index === undefined ? undefined : view.image.partition(topic, index)?.leader
  return leader === undefined ? undefined : view.brokers.get(leader)
}

/**
 * Why nobody can tell of a group or a transactional id now, in words; undefined where its coordinator can, and where there is none as nobody has ever used one.
 * @param named what it is, and what it goes by, as in ['group', 'billing']
 * @param ask what the coordinator is asked
 */
export function whyUntold(
  view: ClusterView,
  topic: CoordinatedTopic,
  named: readonly [what: string, id: string],
  ask: (coordinator: Broker) => unknown,
): string | undefined {
  const [what, id] = named
  if (view.image.topic(topic) === undefined) return undefined
  const coordinator = coordinatorOf(view, topic, id)
  if (coordinator === undefined) {
    return `Nobody coordinates the ${what} ${id}: its partition of ${topic} has no leader that runs.`
  }
  try {
    ask(coordinator)
    return undefined
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return `Of the ${what} ${id} its coordinator, broker ${coordinator.nodeId}, says ${error.error}.`
  }
}

/**
 * Has a broker lead the partition that a group or a transactional id belongs to, and coordinate all that does; where it has no replica, it gets one first.
 * @throws Error before the topic is there; KafkaError INELIGIBLE_REPLICA when the broker is not in sync, as one that does not run
 */
export function moveCoordinator(view: ClusterView, topic: CoordinatedTopic, id: string, nodeId: number): void {
  const { controller, image, queue } = view
  const index = partitionOf(view, topic, id)
  const partition = index === undefined ? undefined : image.partition(topic, index)
  if (index === undefined || partition === undefined) {
    throw new Error(`there is no coordinator to move before ${topic} is there`)
  }
  const { replicas } = partition
  if (!replicas.includes(nodeId)) {
    const next = [nodeId, ...replicas.slice(0, -1)]
    queue.turn(() =>
      controller.alterPartitionReassignments({
        allowReplicationFactorChange: true,
        topics: [{ name: topic, partitions: [{ partitionIndex: index, replicas: next }] }],
      }),
    )
  }
  // In a network without delays the new replica has caught up by now.
  if (image.partition(topic, index)?.leader !== nodeId) queue.turn(() => controller.electLeader(topic, index, nodeId))
}

function partitionOf({ image }: ClusterView, topic: CoordinatedTopic, id: string): number | undefined {
  const partitions = image.topic(topic)?.partitions.length
  return partitions === undefined ? undefined : coordinatorPartition(id, partitions)
}
