import { KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  DescribeTransactions,
  type DescribeTransactionsRequest,
  type DescribeTransactionsResponse,
  type TransactionState,
} from '../../protocol/messages/describe-transactions.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/** DescribeTransactions, KIP-664 (3.0): transactions as their coordinator knows them. */
export const describeTransactions: Handler<DescribeTransactionsRequest, DescribeTransactionsResponse> = handler(
  DescribeTransactions,
  ({ transactionalIds }, context) => ({
    transactionStates: transactionalIds.map((transactionalId) => describe(transactionalId, context)),
  }),
  ({ transactionalIds }, errorCode) => ({
    transactionStates: transactionalIds.map((transactionalId) => ({ transactionalId, errorCode })),
  }),
)

function describe(transactionalId: string, { broker }: RequestContext): Input<TransactionState> {
  try {
    const transaction = broker.transactions.describe(transactionalId)
    if (transaction === undefined) throw new KafkaError('TRANSACTIONAL_ID_NOT_FOUND')
    const { state, timeoutMs, startTimestamp, producerId, producerEpoch, partitions } = transaction
    return {
      transactionalId,
      transactionState: state,
      transactionTimeoutMs: timeoutMs,
      transactionStartTimeMs: startTimestamp,
      producerId,
      producerEpoch,
      topics: partitions.topics().map((topic) => ({ topic: topic.topic, partitions: [...topic.partitions] })),
    }
  } catch (error) {
    if (error instanceof KafkaError) return { transactionalId, errorCode: error.code }
    throw error
  }
}
