import type { Input } from '../../protocol/message.ts'
import {
  DescribeLogDirs,
  type DescribeLogDirsRequest,
  type DescribeLogDirsResponse,
  type DescribeLogDirsTopic,
} from '../../protocol/messages/describe-log-dirs.ts'
import type { Partition } from '../replication/partition.ts'
import { type Handler, handler } from './handler.ts'
import { logDirOf, logDirs } from './log-dirs.ts'

/** `cordoned.log.dirs` with this in it means all of them (KIP-1066). */
const ALL_DIRS = '*'

/**
 * DescribeLogDirs, KIP-113: how large logs are, and in which directory. Version 3 has an error of the whole, version 4 tells
 * the size of the disk (KIP-827), version 5 whether the directory takes new partitions (KIP-1066).
 *
 * Logs are in memory: the first of the configured directories is said to have them unless they were moved, and of the disks
 * nothing is known.
 */
export const describeLogDirs: Handler<DescribeLogDirsRequest, DescribeLogDirsResponse> = handler(
  DescribeLogDirs,
  ({ topics }, { broker }) => {
    const cordoned = new Set(broker.config.list('cordoned.log.dirs'))
    return {
      results: logDirs(broker.config).map((logDir) => ({
        logDir,
        topics: described(
          [...broker.replicas.all()].filter((partition) => logDirOf(partition, broker) === logDir),
          wantedOf(topics),
        ),
        totalBytes: -1,
        usableBytes: -1,
        isCordoned: cordoned.has(logDir) || cordoned.has(ALL_DIRS),
      })),
    }
  },
  (_, errorCode) => ({ errorCode }),
)

/** The partitions that are asked for, by topic; undefined for all. */
function wantedOf(topics: DescribeLogDirsRequest['topics']): ReadonlyMap<string, ReadonlySet<number>> | undefined {
  if (topics === null) return undefined
  const wanted = new Map<string, Set<number>>()
  for (const { topic, partitions } of topics) {
    wanted.set(topic, new Set([...(wanted.get(topic) ?? []), ...partitions]))
  }
  return wanted
}

function described(
  partitions: Iterable<Partition>,
  wanted: ReadonlyMap<string, ReadonlySet<number>> | undefined,
): Input<DescribeLogDirsTopic>[] {
  const topics = new Map<string, { partitionIndex: number; partitionSize: number; offsetLag: number }[]>()
  for (const { topic, index, sizeInBytes, highWatermark, logEndOffset } of partitions) {
    if (wanted !== undefined && wanted.get(topic)?.has(index) !== true) continue
    const known = topics.get(topic) ?? []
    topics.set(topic, known)
    const offsetLag = Math.max(0, highWatermark - logEndOffset)
    known.push({ partitionIndex: index, partitionSize: sizeInBytes, offsetLag })
  }
  return [...topics].map(([name, described]) => ({ name, partitions: described }))
}
