import { decodeKey, decodeValue, encodeRecord, recordPrefix } from '../../../protocol/log-record.ts'
import type { Input } from '../../../protocol/message.ts'
import { TransactionLogKey, TransactionLogValue } from '../../../protocol/messages/records/transaction-log.ts'
import { NO_PRODUCER_EPOCH } from '../../../protocol/records/batch-layout.ts'
import type { EncodedRecord } from '../shard.ts'
import { TopicPartitions } from './topic-partitions.ts'
import { FLEXIBLE_RECORDS_VERSION, type Transaction, transactionStates } from './transaction.ts'

/** A record of `__transaction_state`; without a transaction it is a tombstone. */
export interface TransactionRecord {
  readonly transactionalId: string
  readonly transaction: Transaction | null
}

/**
 * A record as bytes, as Kafka's `TransactionLog` makes them.
 * @param transactionVersion the level of the feature `transaction.version`
 */
export function encodeTransactionRecord(
  { transactionalId, transaction }: TransactionRecord,
  transactionVersion: number,
): EncodedRecord {
  const version = transactionVersion >= FLEXIBLE_RECORDS_VERSION ? 1 : 0
  return {
    key: encodeRecord(TransactionLogKey, { transactionalId }, 0),
    value: transaction === null ? null : encodeRecord(TransactionLogValue, valueFrom(transaction, version), version),
  }
}

function valueFrom(transaction: Transaction, version: number): Input<TransactionLogValue> {
  const { state, partitions, previousProducerId, nextProducerId, clientTransactionVersion } = transaction
  return {
    ...(version >= 1 ? { previousProducerId, nextProducerId, clientTransactionVersion } : {}),
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStatus: transactionStates.indexOf(state),
    transactionPartitions:
      state === 'Empty'
        ? null
        : partitions.topics().map(({ topic, partitions }) => ({ topic, partitionIds: [...partitions] })),
    transactionLastUpdateTimestampMs: transaction.lastUpdateTimestamp,
    transactionStartTimestampMs: transaction.startTimestamp,
  }
}

/** Reads a record; undefined for one of a type or a version that is not known, which Kafka skips as well. */
export function decodeTransactionRecord({ key, value }: EncodedRecord): TransactionRecord | undefined {
  if (recordPrefix(key) !== TransactionLogKey.recordType) return undefined
  const { transactionalId } = decodeKey(TransactionLogKey, key)
  if (value === null) return { transactionalId, transaction: null }
  if (recordPrefix(value) > TransactionLogValue.versions.max) return undefined
  const { value: read } = decodeValue(TransactionLogValue, value)
  const state = transactionStates[read.transactionStatus]
  if (state === undefined) return undefined
  const topics = read.transactionPartitions ?? []
  return {
    transactionalId,
    transaction: {
      transactionalId,
      producerId: read.producerId,
      previousProducerId: read.previousProducerId,
      nextProducerId: read.nextProducerId,
      producerEpoch: read.producerEpoch,
      lastProducerEpoch: NO_PRODUCER_EPOCH,
      timeoutMs: read.transactionTimeoutMs,
      state,
      partitions: TopicPartitions.of(topics.map(({ topic, partitionIds }) => ({ topic, partitions: partitionIds }))),
      startTimestamp: read.transactionStartTimestampMs,
      lastUpdateTimestamp: read.transactionLastUpdateTimestampMs,
      clientTransactionVersion: read.clientTransactionVersion,
    },
  }
}
