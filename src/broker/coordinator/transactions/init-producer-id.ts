import { KafkaError } from '../../../protocol/errors.ts'
import { NO_PRODUCER_EPOCH } from '../../../protocol/records/batch-layout.ts'
import { abortFencing } from './end-transaction.ts'
import { initialized, isEpochExhausted, newTransaction, type Transaction } from './transaction.ts'
import type { TransactionDecision, TransactionShard } from './transaction-shard.ts'

/** What a producer writes with. */
export interface ProducerIdAndEpoch {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface InitProducerIdOptions {
  readonly transactionalId: string
  /** `transaction.timeout.ms` of the producer. */
  readonly timeoutMs: number
  /** What the producer has, where it goes on after an error (KIP-360); left out: it begins. */
  readonly expected?: ProducerIdAndEpoch
}

/**
 * Gives a producer its id and an epoch that fences all who had the transactional id before. A transaction that they have open is
 * aborted first, and the producer has to ask again: CONCURRENT_TRANSACTIONS.
 * @throws KafkaError CONCURRENT_TRANSACTIONS; PRODUCER_FENCED when another producer has begun since the one that asks
 */
export function initProducerId(
  shard: TransactionShard,
  { transactionalId, timeoutMs, expected }: InitProducerIdOptions,
): TransactionDecision<ProducerIdAndEpoch> {
  if (shard.isPending(transactionalId)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  const now = shard.clock.now()
  const known = shard.find(transactionalId)
  const transaction = known ?? newTransaction(transactionalId, shard.newProducerId(), timeoutMs, now)
  if (expected !== undefined && !isItsOwn(transaction, expected)) throw new KafkaError('PRODUCER_FENCED')
  switch (transaction.state) {
    case 'Empty':
    case 'CompleteAbort':
    case 'CompleteCommit': {
      const given = initialized(transaction, { ...nextProducer(shard, transaction, expected), timeoutMs }, now)
      return shard.transit(given, () => ({ producerId: given.producerId, producerEpoch: given.producerEpoch }))
    }
    case 'Ongoing':
      return abortFencing<ProducerIdAndEpoch>(shard, transaction, () => {
        throw new KafkaError('CONCURRENT_TRANSACTIONS')
      })
    default:
      throw new KafkaError('CONCURRENT_TRANSACTIONS')
  }
}

/** Whether who asks has the producer's id, or had it before its epochs were used up. */
function isItsOwn(
  { producerId, producerEpoch, previousProducerId }: Transaction,
  expected: ProducerIdAndEpoch,
): boolean {
  if (producerEpoch === NO_PRODUCER_EPOCH || expected.producerId === producerId) return true
  // The answer to the request that brought the new id may have been lost.
  return expected.producerId === previousProducerId && isEpochExhausted(expected.producerEpoch)
}

function nextProducer(
  shard: TransactionShard,
  { producerId, producerEpoch, lastProducerEpoch }: Transaction,
  expected: ProducerIdAndEpoch | undefined,
): ProducerIdAndEpoch & { readonly lastProducerEpoch: number } {
  if (isEpochExhausted(producerEpoch) && (expected === undefined || expected.producerEpoch === producerEpoch)) {
    const last = expected === undefined ? NO_PRODUCER_EPOCH : producerEpoch
    return { producerId: shard.newProducerId(), producerEpoch: 0, lastProducerEpoch: last }
  }
  if (isEpochExhausted(producerEpoch)) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  const producerEpochAfter = producerEpoch + 1
  if (expected === undefined) {
    return { producerId, producerEpoch: producerEpochAfter, lastProducerEpoch: NO_PRODUCER_EPOCH }
  }
  if (producerEpoch === NO_PRODUCER_EPOCH || expected.producerEpoch === producerEpoch) {
    return { producerId, producerEpoch: producerEpochAfter, lastProducerEpoch: producerEpoch }
  }
  // KIP-360: the same request again, of which the answer was lost. Anyone who had begun since would have left no last epoch.
  if (expected.producerEpoch === lastProducerEpoch) return { producerId, producerEpoch, lastProducerEpoch }
  throw new KafkaError('PRODUCER_FENCED')
}
