import type { KafkaError } from '../../protocol/errors.ts'
import { DescribeTransactions } from '../../protocol/messages/describe-transactions.ts'
import { ListTransactions } from '../../protocol/messages/list-transactions.ts'
import type { CallOptions } from '../channel.ts'
import { kafkaError, throwIf } from '../errors/kafka-error.ts'
import { ask, type Calls, isCoordinatorGone } from './calls.ts'
import { errorOrNull } from './errors.ts'

/** A transaction as its coordinator has it (KIP-664). */
export interface TransactionState {
  /** Why it is not told; null when it is. */
  readonly err: KafkaError | null
  readonly transactionalID: string
  /** `Empty`, `Ongoing`, `PrepareCommit`, `PrepareAbort`, `CompleteCommit`, `CompleteAbort`, … */
  readonly transactionState: string
  /** In ms. */
  readonly transactionTimeout: number
  /** In ms since 1970; -1 outside a transaction. */
  readonly transactionStartTime: number
  readonly producerID: number
  readonly producerEpoch: number
  /** Partitions by topic; of one that is being ended, those that lack their marker. */
  readonly topics: Map<string, number[]>
}

export interface ListTransactionsResponseTransactionState {
  readonly transactionalID: string
  readonly producerID: number
  readonly transactionState: string
}

export async function describeTransactions(
  calls: Calls,
  transactionalIDs: readonly string[],
  options: CallOptions,
): Promise<Map<string, TransactionState>> {
  const states = await calls.onTransactionCoordinators(transactionalIDs, options, async (coordinator, ids) => {
    const answer = await ask(coordinator, DescribeTransactions, { transactionalIds: ids }, options)
    for (const { errorCode } of answer.transactionStates) {
      const error = kafkaError(errorCode)
      if (isCoordinatorGone(error)) throw error
    }
    return answer.transactionStates
  })
  return new Map(
    states.flat().map((state) => [
      state.transactionalId,
      {
        err: errorOrNull(state.errorCode),
        transactionalID: state.transactionalId,
        transactionState: state.transactionState,
        transactionTimeout: state.transactionTimeoutMs,
        transactionStartTime: state.transactionStartTimeMs,
        producerID: state.producerId,
        producerEpoch: state.producerEpoch,
        topics: new Map(state.topics.map(({ topic, partitions }) => [topic, partitions])),
      },
    ]),
  )
}

export async function listTransactions(
  calls: Calls,
  stateFilters: readonly string[],
  producerIDFilters: readonly number[],
  durationFilterMs: number,
  options: CallOptions,
): Promise<ListTransactionsResponseTransactionState[]> {
  const body = {
    stateFilters,
    producerIdFilters: producerIDFilters,
    durationFilter: durationFilterMs < 0 ? -1 : durationFilterMs,
  }
  const lists = await calls.onEveryBroker(options, async (broker) => {
    const answer = await ask(broker, ListTransactions, body, options)
    throwIf(answer.errorCode)
    return answer.transactionStates
  })
  return lists.flat().map(({ transactionalId, producerId, transactionState }) => ({
    transactionalID: transactionalId,
    producerID: producerId,
    transactionState,
  }))
}
