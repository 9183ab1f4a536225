import { KafkaError } from '../../protocol/errors.ts'
import type { Isolation } from '../replication/reads-and-appends.ts'

/** What consumers may see of transactions (KIP-98), as Fetch and ListOffsets ask for it. */
export const IsolationLevel = { READ_UNCOMMITTED: 0, READ_COMMITTED: 1 } as const

/**
 * How far a consumer of this level reads.
 * @throws KafkaError UNKNOWN_SERVER_ERROR for a level that there is not, as Kafka, whose `IsolationLevel.forId` throws
 */
export function consumerIsolation(level: number): Isolation {
  switch (level) {
    case IsolationLevel.READ_UNCOMMITTED:
      return 'high-watermark'
    case IsolationLevel.READ_COMMITTED:
      return 'committed'
    default:
      throw new KafkaError('UNKNOWN_SERVER_ERROR', `Unknown isolation level ${level}`)
  }
}
