import type { MetadataImage } from '../controller/metadata-image.ts'
import type { Partition } from './partition.ts'
import type { RemoteReplica } from './remote-replica.ts'

/**
 * Whom a consumer of a rack is to read from instead of the leader (KIP-392, `RackAwareReplicaSelector`): the in-sync follower of its rack that has
 * most, unless the leader is of that rack. Undefined: the leader.
 */
export function rackAwareReplica(
  partition: Partition,
  offset: number,
  rackId: string,
  image: MetadataImage,
): number | undefined {
  if (rackId === '' || !partition.isLeader) return undefined
  const isThere = (nodeId: number): boolean => image.isAlive(nodeId) && image.broker(nodeId)?.rack === rackId
  if (isThere(partition.leaderId)) return undefined
  const [best] = partition
    .readersFrom(offset)
    .filter(({ nodeId }) => isThere(nodeId))
    .sort(better)
  return best?.nodeId
}

function better(one: RemoteReplica, other: RemoteReplica): number {
  return other.logEndOffset - one.logEndOffset || other.lastCaughtUpMs - one.lastCaughtUpMs || other.nodeId - one.nodeId
}
