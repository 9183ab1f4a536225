import type { Broker } from '../broker.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import type { Partition } from '../replication/partition.ts'

/** What the handles look at: the brokers of a cluster, and the image that is never stale. */
export interface ClusterView {
  readonly brokers: ReadonlyMap<number, Broker>
  /** The controller's own image. */
  readonly image: MetadataImage
}

/** A partition at its leader; undefined when there is none. */
export function leaderReplica({ brokers, image }: ClusterView, topic: string, index: number): Partition | undefined {
  const leader = image.partition(topic, index)?.leader
  return leader === undefined ? undefined : brokers.get(leader)?.replicas.find(topic, index)
}

/** The broker that coordinates what belongs to this partition of an internal topic; undefined before the topic is there. */
export function coordinatorOf({ brokers, image }: ClusterView, topic: string, index: number): Broker | undefined {
  const leader = image.partition(topic, index)?.leader
  return leader === undefined ? undefined : brokers.get(leader)
}
