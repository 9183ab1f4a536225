import type { CallOptions } from '../channel.ts'
import type { Client } from '../client.ts'
import { KafkaOffsetManager } from './kafka-offset-manager.ts'
import type { PartitionOffsetManager } from './partition-offset-manager.ts'

/** Keeps in Kafka the offsets that a group has read up to. To be closed before its client. */
export interface OffsetManager extends AsyncDisposable {
  /**
   * Begins to keep a partition's offset, with the one that the group has committed. With `consumer.isolationLevel` ReadCommitted the end of a transaction that
   * commits it is waited for (KIP-447).
   * @throws ConfigurationError when it is kept here already; what the coordinator answers, after `metadata.retry.max` retries
   */
  managePartition(topic: string, partition: number, options?: CallOptions): Promise<PartitionOffsetManager>
  /**
   * Commits what is marked, with `consumer.offsets.retry.max` retries. What fails all the same is told by the errors of its partition, and stays marked for
   * the next time: this does not reject but for the signal.
   */
  commit(options?: CallOptions): Promise<void>
  /**
   * Closes all partitions that are kept. With `consumer.offsets.autoCommit.enable`, what is marked is committed before, with
   * `consumer.offsets.retry.max` retries; what fails is told by the errors of its partition. Each caller waits as long as its signal lets
   * it; when all have given up, the commit is given up too.
   */
  close(options?: CallOptions): Promise<void>
}

/**
 * Makes a manager of the offsets of a group whose readers share its partitions out themselves: it takes no part in rebalances, and commits as no member.
 * @throws ErrClosedClient
 */
export function newOffsetManagerFromClient(group: string, client: Client): OffsetManager {
  return new KafkaOffsetManager(client, { group, memberId: '', groupInstanceId: null, generationId: NO_GENERATION })
}

/** Of whoever is no member (Sarama's GroupGenerationUndefined): the broker then asks for no member id either. */
const NO_GENERATION = -1
