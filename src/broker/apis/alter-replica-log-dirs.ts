import { ErrorCode, type ErrorName, errorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  AlterReplicaLogDirs,
  type AlterReplicaLogDirsRequest,
  type AlterReplicaLogDirsResponse,
} from '../../protocol/messages/alter-replica-log-dirs.ts'
import type { Broker } from '../broker.ts'
import { type Handler, handler } from './handler.ts'
import { logDirs } from './log-dirs.ts'

/** While a log is copied its folder is called `<topic>-<partition>.<32 digits>-future`, in 255 characters (KAFKA-4893). */
const LONGEST_LOG_NAME = 255 - 40

/**
 * AlterReplicaLogDirs, KIP-113 (1.0): moves replicas of this broker from one of its log directories to another.
 *
 * v1 KIP-219: a throttled client is told so. v2 KIP-482. Logs are in memory, so a move takes no time.
 */
export const alterReplicaLogDirs: Handler<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse> = handler(
  AlterReplicaLogDirs,
  ({ dirs }, { broker }) => answer(dirs, (topic, index, dir) => move(topic, index, dir, broker)),
  ({ dirs }, errorCode) => answer(dirs, () => errorName(errorCode)),
)

function move(topic: string, index: number, dir: string, { config, disk, image, replicas }: Broker): ErrorName {
  if (`${topic}-${index}`.length > LONGEST_LOG_NAME) return 'INVALID_TOPIC_EXCEPTION'
  if (!logDirs(config).includes(dir)) return 'LOG_DIR_NOT_FOUND'
  const partition = replicas.find(topic, index)
  if (partition === undefined) {
    return image.partition(topic, index) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'REPLICA_NOT_AVAILABLE'
  }
  disk.moveTo(dir, partition.topicId, index)
  return 'NONE'
}

/** The answer tells of each topic once, in whatever directories it was named. */
function answer(
  dirs: AlterReplicaLogDirsRequest['dirs'],
  errorOf: (topic: string, index: number, dir: string) => ErrorName,
): Input<AlterReplicaLogDirsResponse> {
  const moves = new Map<string, Map<number, string>>()
  for (const { path, topics } of dirs) {
    for (const { name, partitions } of topics) {
      if (partitions.length === 0) continue
      const known = moves.get(name) ?? new Map<number, string>()
      moves.set(name, known)
      for (const index of partitions) known.set(index, path)
    }
  }
  return {
    results: [...moves].map(([topicName, partitions]) => ({
      topicName,
      partitions: [...partitions].map(([partitionIndex, path]) => ({
        partitionIndex,
        errorCode: ErrorCode[errorOf(topicName, partitionIndex, path)],
      })),
    })),
  }
}
