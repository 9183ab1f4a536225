import type { Broker } from '../broker.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Partition } from '../replication/partition.ts'

/** The log directories that a broker is configured with. */
export function logDirs(config: BrokerConfig): readonly string[] {
  const dirs = config.list('log.dirs')
  return [...new Set(dirs.length > 0 ? dirs : config.list('log.dir'))]
}

/** The directory that the log of a replica is said to lie in: the first, unless it was moved. */
export function logDirOf({ topicId, index }: Partition, { config, disk }: Broker): string | undefined {
  return disk.directoryOf(topicId, index) ?? logDirs(config)[0]
}
