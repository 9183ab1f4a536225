import {
  ListTransactions,
  type ListTransactionsRequest,
  type ListTransactionsResponse,
} from '../../protocol/messages/list-transactions.ts'
import { unknownStates } from '../coordinator/transactions/describe.ts'
import { type Handler, handler } from './handler.ts'

/**
 * ListTransactions, KIP-664 (3.0): the transactions that this broker coordinates.
 *
 * v1 KIP-994: those that are open for longer than so long. v2 KIP-1152: those whose transactional id matches a pattern.
 */
export const listTransactions: Handler<ListTransactionsRequest, ListTransactionsResponse> = handler(
  ListTransactions,
  ({ stateFilters, producerIdFilters, durationFilter, transactionalIdPattern }, { broker }) => {
    const filter = {
      states: stateFilters,
      producerIds: producerIdFilters,
      durationMs: durationFilter,
      transactionalIdPattern,
    }
    return { unknownStateFilters: unknownStates(filter), transactionStates: broker.transactions.list(filter) }
  },
)
