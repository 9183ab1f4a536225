import { KafkaError } from '../../../protocol/errors.ts'
import { re2Matcher } from './re2.ts'
import { type Transaction, type TransactionState, transactionStates } from './transaction.ts'
import type { TransactionShard } from './transaction-shard.ts'

/** Which transactions to list. */
export interface TransactionFilter {
  /** Names of states; none: any. */
  readonly states: readonly string[]
  /** None: any. */
  readonly producerIds: readonly number[]
  /** Those that began longer ago than so many ms; negative: any. */
  readonly durationMs: number
  /** A regular expression that the whole transactional id matches; null or empty: any (KIP-1152). */
  readonly transactionalIdPattern: string | null
}

export interface ListedTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly transactionState: TransactionState
}

/** The names among the filter's that are none of a state. */
export function unknownStates({ states }: TransactionFilter): string[] {
  const known: readonly string[] = transactionStates
  return [...new Set(states)].filter((state) => !known.includes(state))
}

/**
 * The function that tells whether a transaction passes a filter.
 * @throws KafkaError INVALID_REGULAR_EXPRESSION
 */
export function transactionMatcher(filter: TransactionFilter, nowMs: number): (transaction: Transaction) => boolean {
  const { durationMs, transactionalIdPattern } = filter
  const states = new Set(filter.states)
  const producerIds = new Set(filter.producerIds)
  const matches = transactionalIdPattern ? re2Matcher(transactionalIdPattern) : () => true
  if (matches === undefined) {
    throw new KafkaError(
      'INVALID_REGULAR_EXPRESSION',
      `Transaction ID pattern \`${transactionalIdPattern}\` is not a valid regular expression.`,
    )
  }
  return ({ transactionalId, producerId, state, startTimestamp }) =>
    (producerIds.size === 0 || producerIds.has(producerId)) &&
    (states.size === 0 || states.has(state)) &&
    (durationMs < 0 || nowMs - startTimestamp > durationMs) &&
    matches(transactionalId)
}

/** The transactions of a shard that pass, as far as they are committed. */
export function listTransactions(
  shard: TransactionShard,
  committed: number,
  passes: (transaction: Transaction) => boolean,
): ListedTransaction[] {
  return [...shard.allAsOf(committed)].filter(passes).map(({ transactionalId, producerId, state }) => ({
    transactionalId,
    producerId,
    transactionState: state,
  }))
}
