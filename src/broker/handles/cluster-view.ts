import { KafkaError } from '../../protocol/errors.ts'
import type { Broker } from '../broker.ts'
import type { Controller } from '../controller/controller.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import type { Disk } from '../log/disk.ts'
import type { OpenConnection } from '../network/connected-client.ts'
import type { Random } from '../random.ts'
import type { Partition } from '../replication/partition.ts'
import type { Timeline } from '../timeline/timeline.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { Waits } from './waits/waits.ts'

/** What the handles look at: the brokers of a cluster, and the image that is never stale. */
export interface ClusterView {
  readonly brokers: ReadonlyMap<number, Broker>
  /** The controller's own image. */
  readonly image: MetadataImage
  readonly controller: Controller
  readonly queue: WaitQueue
  /** For choices that a handle makes. */
  readonly random: Random
  readonly waits: Waits
  readonly timeline: Timeline
  /** What a node has on its disk; undefined when there is no such node. */
  diskOf(nodeId: number): Disk | undefined
  /** Those of clients that are open. */
  connections(): readonly OpenConnection[]
}

/**
 * @param where asks, for the error
 * @throws Error when the cluster is stopped: its logs can be looked into still, and changed no more
 */
export function checkRuns({ queue }: ClusterView, where: string): void {
  if (queue.isStopped) throw new Error(`${where}: the cluster is stopped`)
}

/** A partition at its leader; undefined when there is none. */
export function leaderReplica({ brokers, image }: ClusterView, topic: string, index: number): Partition | undefined {
  const leader = image.partition(topic, index)?.leader
  return leader === undefined ? undefined : brokers.get(leader)?.replicas.find(topic, index)
}

/** Up to where a leader's log has what a leader of that epoch wrote; 0 where it has nothing of it, and so perhaps nothing of what came before. */
export function endOfEpoch({ log, logEndOffset }: Partition, epoch: number): number {
  const end = log.epochs.endOf(epoch, logEndOffset)
  return end?.epoch === epoch ? end.endOffset : 0
}

/** What a coordinator tells; undefined while it cannot, as it has not heard yet that it is the coordinator. */
export function whenReady<T>(tell: () => T): T | undefined {
  try {
    return tell()
  } catch (error) {
    if (error instanceof KafkaError) return undefined
    throw error
  }
}
