import { KafkaError } from '../../../protocol/errors.ts'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../../../protocol/records/batch-layout.ts'
import type { Reply } from '../../waiting.ts'
import { answerNow } from '../shard.ts'
import type { ProducerIdAndEpoch } from './init-producer-id.ts'
import {
  EPOCH_BUMP_VERSION,
  fencingEpoch,
  isEpochExhausted,
  LAST_PRODUCER_EPOCH,
  prepared,
  type Transaction,
} from './transaction.ts'
import type { TransactionDecision, TransactionShard } from './transaction-shard.ts'

/** A producer that ends its transaction. */
export interface EndTransactionRequest extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly committed: boolean
  /** The transaction version by which the producer works. */
  readonly clientTransactionVersion: number
}

/** What is answered where the epoch stays as it is. */
const THE_SAME: ProducerIdAndEpoch = { producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH }

/**
 * Ends a transaction. The answer comes when it is decided, before the partitions have their markers; from transaction version 2
 * on it has what the producer's next transaction is written with.
 * @throws KafkaError INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS, INVALID_TXN_STATE
 */
export function endTransaction(
  shard: TransactionShard,
  request: EndTransactionRequest,
): TransactionDecision<ProducerIdAndEpoch> {
  return request.clientTransactionVersion < EPOCH_BUMP_VERSION ? endInEpoch(shard, request) : endEpoch(shard, request)
}

/**
 * Aborts a transaction in place of its producer, which is fenced by another epoch.
 * @throws KafkaError COORDINATOR_LOAD_IN_PROGRESS when a new producer id is needed and there is none
 */
export function abortFencing<T>(
  shard: TransactionShard,
  transaction: Transaction,
  then: () => Reply<T>,
): TransactionDecision<T> {
  const version = shard.surroundings.transactionVersion()
  if (version >= EPOCH_BUMP_VERSION) return end(shard, transaction, false, version, then)
  const fenced = {
    ...transaction,
    producerEpoch: fencingEpoch(transaction.producerEpoch),
    lastProducerEpoch: NO_PRODUCER_EPOCH,
  }
  return end(shard, fenced, false, 0, then)
}

/** Up to transaction version 1 the epoch outlives the transaction: a request that comes twice cannot be told from the next. */
function endInEpoch(
  shard: TransactionShard,
  { transactionalId, producerId, producerEpoch, committed }: EndTransactionRequest,
): TransactionDecision<ProducerIdAndEpoch> {
  const transaction = shard.find(transactionalId)
  if (transaction?.producerId !== producerId) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  if (transaction.producerEpoch !== producerEpoch) throw new KafkaError('PRODUCER_FENCED')
  if (shard.isPending(transactionalId)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  switch (transaction.state) {
    case 'Ongoing':
      return end(shard, transaction, committed, 0, () => THE_SAME)
    case committed ? 'CompleteCommit' : 'CompleteAbort':
      return answerNow(() => THE_SAME)
    case committed ? 'PrepareCommit' : 'PrepareAbort':
      throw new KafkaError('CONCURRENT_TRANSACTIONS')
    default:
      throw new KafkaError('INVALID_TXN_STATE')
  }
}

/** From transaction version 2 on every transaction has its epoch (KIP-890): a request of the last epoch comes twice. */
function endEpoch(shard: TransactionShard, request: EndTransactionRequest): TransactionDecision<ProducerIdAndEpoch> {
  const { transactionalId, producerId, producerEpoch, committed, clientTransactionVersion } = request
  if (shard.isPending(transactionalId)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  const transaction = shard.find(transactionalId)
  if (transaction === undefined) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  const { state } = transaction
  const again = comesAgain(transaction, request)
  if (transaction.producerId !== producerId && !again.withOldId) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  const isEnding = state === 'PrepareCommit' || state === 'PrepareAbort'
  const isComplete = state === 'CompleteCommit' || state === 'CompleteAbort'
  const current = producerEpoch === transaction.producerEpoch
  const valid = isEnding ? again.inLastEpoch : current || (isComplete && (again.inLastEpoch || again.withOldId))
  if (!valid) throw new KafkaError('PRODUCER_FENCED')
  // A transaction without partitions may be aborted: the producer cannot know whether a record of it has arrived.
  if (state === 'Ongoing' || (!committed && (state === 'Empty' || (isComplete && current)))) {
    return end(shard, transaction, committed, clientTransactionVersion, producerOf)
  }
  if (state === (committed ? 'CompleteCommit' : 'CompleteAbort') && !current) {
    return answerNow(() => producerOf(transaction))
  }
  if (state === (committed ? 'PrepareCommit' : 'PrepareAbort')) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  throw new KafkaError('INVALID_TXN_STATE')
}

/** Whether a producer asks once more for the end of its last transaction, of which it has lost the answer. */
function comesAgain(
  transaction: Transaction,
  { producerId, producerEpoch }: ProducerIdAndEpoch,
): { readonly inLastEpoch: boolean; readonly withOldId: boolean } {
  return {
    inLastEpoch: transaction.producerEpoch === producerEpoch + 1,
    withOldId:
      transaction.previousProducerId === producerId &&
      transaction.producerEpoch === 0 &&
      producerEpoch === LAST_PRODUCER_EPOCH,
  }
}

function producerOf({ producerId, producerEpoch }: Transaction): ProducerIdAndEpoch {
  return { producerId, producerEpoch }
}

function end<T>(
  shard: TransactionShard,
  transaction: Transaction,
  committed: boolean,
  clientTransactionVersion: number,
  then: (next: Transaction) => Reply<T>,
): TransactionDecision<T> {
  const exhausted = clientTransactionVersion >= EPOCH_BUMP_VERSION && isEpochExhausted(transaction.producerEpoch)
  const nextProducerId = exhausted ? shard.newProducerId() : NO_PRODUCER_ID
  const next = prepared(transaction, { committed, clientTransactionVersion, nextProducerId }, shard.clock.now())
  return shard.transit(next, () => then(shard.complete(next)))
}
