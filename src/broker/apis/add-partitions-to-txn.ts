import { ErrorCode, type ErrorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  AddPartitionsToTxn,
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnResponse,
  type AddPartitionsToTxnTopicResult,
  type AddPartitionsToTxnTransaction,
} from '../../protocol/messages/add-partitions-to-txn.ts'
import type { PartitionResult } from '../coordinator/transactions/markers.ts'
import { mapReply, type Reply, Waiting } from '../waiting.ts'
import { fencedBefore } from './fenced.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/** The first version that brokers use among themselves. */
const FIRST_OF_BROKERS = 4

/** The first version that knows PRODUCER_FENCED. */
const KNOWS_FENCED = 2

/**
 * AddPartitionsToTxn, KIP-98 (0.11): partitions that a producer is about to write to in its transaction; the first ones begin it.
 *
 * v2 KIP-588: PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before. v4 KIP-890: for brokers alone, with several transactions
 * at once, of which it may be asked only whether the partitions are part of them. v5: TRANSACTION_ABORTABLE.
 */
export const addPartitionsToTxn: Handler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse> = handler(
  AddPartitionsToTxn,
  (request, context) => {
    const { version } = context
    if (version < FIRST_OF_BROKERS) {
      return mapReply(add(ofClient(request), context), (results) => ({
        resultsByTopicV3AndBelow: byTopic(results, version),
      }))
    }
    const { transactions } = request
    // Kafka answers when the last transaction is done, and here there is none.
    if (transactions.length === 0) return Waiting.until<never>({ on: [], ask: () => undefined })
    // Of a transaction that is named again only the first counts.
    const each = [...new Map([...transactions].reverse().map((one) => [one.transactionalId, one])).values()].reverse()
    const replies = each.map((transaction) =>
      mapReply(add(transaction, context), (results) => ({
        transactionalId: transaction.transactionalId,
        topicResults: byTopic(results, version),
      })),
    )
    return Waiting.all(replies, (resultsByTransaction) => ({ resultsByTransaction }))
  },
)

function ofClient(request: AddPartitionsToTxnRequest): AddPartitionsToTxnTransaction {
  return {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    verifyOnly: false,
    topics: request.v3AndBelowTopics,
  }
}

function add(
  { transactionalId, producerId, producerEpoch, verifyOnly, topics }: AddPartitionsToTxnTransaction,
  { version, broker }: RequestContext,
): Reply<readonly PartitionResult[]> {
  const partitions = topics.map((topic) => ({ topic: topic.name, partitions: topic.partitions }))
  const request = { transactionalId, producerId, producerEpoch, topics: partitions }
  if (verifyOnly) return broker.transactions.verifyPartitions(request)
  return version < FIRST_OF_BROKERS
    ? broker.transactions.addPartitions(request, 0, 'client')
    : broker.transactions.addOrVerifyPartitions(request, true)
}

function byTopic(results: readonly PartitionResult[], version: number): Input<AddPartitionsToTxnTopicResult>[] {
  const topics = new Map<string, { partitionIndex: number; partitionErrorCode: number }[]>()
  for (const { topic, partition, error } of results) {
    const result = { partitionIndex: partition, partitionErrorCode: codeOf(error, version) }
    const known = topics.get(topic)
    if (known === undefined) topics.set(topic, [result])
    else known.push(result)
  }
  return [...topics].map(([name, resultsByPartition]) => ({ name, resultsByPartition }))
}

function codeOf(error: ErrorName, version: number): number {
  return fencedBefore(KNOWS_FENCED, ErrorCode[error], version)
}
