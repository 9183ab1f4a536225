import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { BrokerImage, PartitionImage } from './metadata-types.ts'

/** Kafka's `DirectoryId.MIGRATING`: the replica is on a broker that names no log directory. */
export const MIGRATING_DIRECTORY: string = ZERO_UUID
/** Kafka's `DirectoryId.UNASSIGNED`: the broker has yet to choose one. */
const UNASSIGNED_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAQ'
/** Kafka's `DirectoryId.LOST`: a log directory that failed. */
const LOST_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAg'

/** The log directory that a new replica on a broker goes to, KIP-858 (`ClusterControlManager.defaultDir`). */
export function defaultDirectory(broker: BrokerImage | undefined): string {
  if (broker === undefined) return UNASSIGNED_DIRECTORY
  const [only, ...more] = broker.logDirs
  if (only === undefined) return MIGRATING_DIRECTORY
  return more.length === 0 ? only : UNASSIGNED_DIRECTORY
}

/** Whether a broker still has the log directory that a replica lies in (`DirectoryId.isOnline`). */
export function hasOnlineDirectory({ logDirs }: BrokerImage, directory: string): boolean {
  if (directory === UNASSIGNED_DIRECTORY || directory === MIGRATING_DIRECTORY) return true
  if (directory === LOST_DIRECTORY) return false
  return logDirs.length === 0 || logDirs.includes(directory)
}

/** The log directory of each replica of a partition; MIGRATING where the metadata log names none. */
export function replicaDirectories({ replicas, directories }: PartitionImage): ReadonlyMap<number, string> {
  return new Map(replicas.map((id, i) => [id, directories[i] ?? MIGRATING_DIRECTORY]))
}
