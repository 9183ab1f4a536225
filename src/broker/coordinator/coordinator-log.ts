import { KafkaError } from '../../protocol/errors.ts'
import type { Slices } from '../../protocol/message.ts'
import type { TransactionMarker } from '../log/transactions.ts'
import type { VerificationGuard } from '../log/verification.ts'
import type { Partition } from '../replication/partition.ts'
import type { Replicas } from '../replication/replicas.ts'
import { mapReply, type Reply } from '../waiting.ts'

/** What a coordinator needs of the partition that it leads. */
export interface CoordinatorLog {
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly highWatermark: number
  /** The greatest batch that may be appended, in bytes: the topic's `max.message.bytes`. */
  readonly maxBatchBytes: number
  /** Appends one batch and gives the offset of its first record. Throws a KafkaError or a RecordsError when it cannot be. */
  append(batch: Buffer, verification?: VerificationGuard | undefined): number
  /** Appends a marker and gives its offset. Throws TRANSACTION_COORDINATOR_FENCED, INVALID_PRODUCER_EPOCH, NOT_LEADER_OR_FOLLOWER, … */
  appendEndTransactionMarker(marker: TransactionMarker): number
  /** Batches from the one with `offset` on, to the end of the log or `maxBytes`, at least one. */
  read(offset: number, maxBytes: number): Slices
  /** Ends when all below `offset` is committed; fails with a KafkaError, after `withinMs`, if given, with REQUEST_TIMED_OUT. */
  awaitHighWatermark(offset: number, withinMs: number | undefined): Reply<void>
}

/** The partitions of an internal topic that a broker leads, as logs: the same object as long as it leads without a break. */
export class CoordinatorLogs {
  private readonly topic: string
  private readonly replicas: Replicas
  private readonly requiredAcks: number
  private readonly logs = new Map<number, PartitionLog>()

  /** @param requiredAcks -1: nothing is appended while fewer replicas than `min.insync.replicas` are in sync; 1: it only is not committed */
  constructor(topic: string, replicas: Replicas, requiredAcks = -1) {
    this.topic = topic
    this.replicas = replicas
    this.requiredAcks = requiredAcks
  }

  /** Undefined when the partition is not led here. */
  find(index: number): CoordinatorLog | undefined {
    const partition = this.replicas.find(this.topic, index)
    if (partition === undefined || !partition.isLeader) {
      this.logs.delete(index)
      return undefined
    }
    let log = this.logs.get(index)
    if (log?.partition !== partition) {
      log = new PartitionLog(partition, this.requiredAcks)
      this.logs.set(index, log)
    }
    return log
  }
}

class PartitionLog implements CoordinatorLog {
  readonly partition: Partition
  private readonly requiredAcks: number

  constructor(partition: Partition, requiredAcks: number) {
    this.partition = partition
    this.requiredAcks = requiredAcks
  }

  get logStartOffset(): number {
    return this.partition.logStartOffset
  }

  get logEndOffset(): number {
    return this.partition.logEndOffset
  }

  get highWatermark(): number {
    return this.partition.highWatermark
  }

  get maxBatchBytes(): number {
    return this.partition.config.maxMessageBytes
  }

  append(batch: Buffer, verification?: VerificationGuard | undefined): number {
    const { requiredAcks } = this
    return this.partition.append(batch, { origin: 'coordinator', requiredAcks, verification }).baseOffset
  }

  appendEndTransactionMarker(marker: TransactionMarker): number {
    return this.partition.appendEndTransactionMarker(marker, this.requiredAcks).baseOffset
  }

  read(offset: number, maxBytes: number): Slices {
    return this.partition.read({ offset, maxBytes, minOneMessage: true, isolation: 'log-end', wholeBatches: true })
      .records
  }

  awaitHighWatermark(offset: number, withinMs: number | undefined): Reply<void> {
    return mapReply(this.partition.awaitHighWatermark(offset, withinMs), (error) => {
      // What has passed the high watermark is committed, however few replicas are in sync by now.
      if (error !== 'NONE' && error !== 'NOT_ENOUGH_REPLICAS_AFTER_APPEND') throw new KafkaError(error)
    })
  }
}
