import { KafkaError } from '../../protocol/errors.ts'
import type { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/messages/init-producer-id.ts'
import { InitProducerId } from '../../protocol/messages/init-producer-id.ts'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../../protocol/records/batch-layout.ts'
import type { ProducerIdAndEpoch } from '../coordinator/transactions/init-producer-id.ts'
import { mapReply, type Reply } from '../waiting.ts'
import { fencedBefore } from './fenced.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/** The timeout of a transaction that somebody else commits (KIP-939): none. */
const NO_TIMEOUT = 0x7fffffff

/**
 * InitProducerId, KIP-98 (0.11): an id for a producer; with a transactional id always the same, and an epoch that fences
 * whoever had it before.
 *
 * v3 KIP-360: the producer may name the id and epoch that it has; without a transactional id it is given a new id all
 * the same. v4: PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before. v6 KIP-939: two-phase commit.
 */
export const initProducerId: Handler<InitProducerIdRequest, InitProducerIdResponse> = handler(
  InitProducerId,
  (request, context) => {
    if ((request.producerId === NO_PRODUCER_ID) !== (request.producerEpoch === NO_PRODUCER_EPOCH)) {
      throw new KafkaError('INVALID_REQUEST')
    }
    const { transactionalId } = request
    if (transactionalId !== null) return initTransactionalId(transactionalId, request, context)
    return mapReply(context.broker.producerIds.generate(), (producerId) => ({ producerId, producerEpoch: 0 }))
  },
  (_request, errorCode, { version }) => ({
    errorCode: fencedBefore(4, errorCode, version),
    producerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
  }),
)

function initTransactionalId(
  transactionalId: string,
  { transactionTimeoutMs, enable2Pc, keepPreparedTxn, producerId, producerEpoch }: InitProducerIdRequest,
  { broker: { config, transactions } }: RequestContext,
): Reply<ProducerIdAndEpoch> {
  if (transactionalId === '') throw new KafkaError('INVALID_REQUEST')
  if (enable2Pc && !config.bool('transaction.two.phase.commit.enable')) {
    throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  }
  // Kafka has no such transactions yet.
  if (keepPreparedTxn) throw new KafkaError('UNSUPPORTED_VERSION')
  const longest = config.int('transaction.max.timeout.ms')
  if (!enable2Pc && (transactionTimeoutMs <= 0 || transactionTimeoutMs > longest)) {
    throw new KafkaError('INVALID_TRANSACTION_TIMEOUT')
  }
  return transactions.initProducerId({
    transactionalId,
    timeoutMs: enable2Pc ? NO_TIMEOUT : transactionTimeoutMs,
    ...(producerId === NO_PRODUCER_ID ? {} : { expected: { producerId, producerEpoch } }),
  })
}
