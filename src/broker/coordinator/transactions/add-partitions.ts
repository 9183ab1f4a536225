import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import { isAtLeast } from '../../../protocol/release.ts'
import { answerNow } from '../shard.ts'
import type { ProducerIdAndEpoch } from './init-producer-id.ts'
import { type PartitionsOfTopic, TopicPartitions } from './topic-partitions.ts'
import { type Transaction, withPartitions } from './transaction.ts'
import type { TransactionDecision, TransactionShard } from './transaction-shard.ts'

/** A producer that writes, or wants to write, to some partitions in its transaction. */
export interface PartitionsInTransaction extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly topics: readonly PartitionsOfTopic[]
}

/**
 * Adds partitions to a producer's transaction; the first ones begin it.
 * @param clientTransactionVersion the transaction version by which the producer works
 * @throws KafkaError INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS
 */
export function addPartitions(
  shard: TransactionShard,
  request: PartitionsInTransaction,
  clientTransactionVersion: number,
): TransactionDecision<void> {
  const { transactionalId, topics } = request
  const pending = shard.isPending(transactionalId)
  // KAFKA-18575: a producer that is a little ahead of the end of its last transaction is told to wait, and is not fenced.
  if (pending && isAtLeast(shard.surroundings.release, '4.0')) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  const transaction = owned(shard, request)
  if (pending || isEnding(transaction)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  if (transaction.state === 'Ongoing' && transaction.partitions.includes(TopicPartitions.of(topics))) {
    return answerNow(() => undefined)
  }
  const next = withPartitions(transaction, topics, clientTransactionVersion, shard.clock.now())
  return shard.transit(next, () => undefined)
}

/**
 * Whether partitions belong to a producer's transaction (KIP-890): NONE or TRANSACTION_ABORTABLE for each, in their order.
 * @throws KafkaError INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS
 */
export function verifyPartitions(shard: TransactionShard, request: PartitionsInTransaction): ErrorName[] {
  const transaction = owned(shard, request)
  if (isEnding(transaction)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  const { partitions } = transaction
  return request.topics.flatMap(({ topic, partitions: indices }) =>
    indices.map((partition): ErrorName => (partitions.has(topic, partition) ? 'NONE' : 'TRANSACTION_ABORTABLE')),
  )
}

function owned(
  shard: TransactionShard,
  { transactionalId, producerId, producerEpoch }: PartitionsInTransaction,
): Transaction {
  const transaction = shard.find(transactionalId)
  if (transaction?.producerId !== producerId) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  if (transaction.producerEpoch !== producerEpoch) throw new KafkaError('PRODUCER_FENCED')
  return transaction
}

function isEnding({ state }: Transaction): boolean {
  return state === 'PrepareCommit' || state === 'PrepareAbort'
}
