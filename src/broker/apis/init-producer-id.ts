import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/messages/init-producer-id.ts'
import { InitProducerId } from '../../protocol/messages/init-producer-id.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { mapReply, type Reply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'

const NO_PRODUCER_ID = -1
const NO_PRODUCER_EPOCH = -1

/**
 * InitProducerId, KIP-98 (0.11): an id for a producer.
 *
 * v3 KIP-360: the producer may name the id and epoch that it has; without a transactional id it is given a new id all
 * the same. v4: PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before. v6 KIP-939: two-phase commit.
 */
export const initProducerId: Handler<InitProducerIdRequest, InitProducerIdResponse> = handler(
  InitProducerId,
  (request, { broker }) => {
    if ((request.producerId === NO_PRODUCER_ID) !== (request.producerEpoch === NO_PRODUCER_EPOCH)) {
      throw new KafkaError('INVALID_REQUEST')
    }
    if (request.transactionalId !== null) return initTransactionalId(request, broker.config)
    return mapReply(broker.producerIds.generate(), (producerId) => ({ producerId, producerEpoch: 0 }))
  },
  (_request, errorCode, { version }) => ({
    errorCode: version < 4 && errorCode === ErrorCode.PRODUCER_FENCED ? ErrorCode.INVALID_PRODUCER_EPOCH : errorCode,
    producerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
  }),
)

/** Checks the request as Kafka's `TransactionCoordinator` does, as far as that can be done without a transaction's state. */
function initTransactionalId(
  { transactionalId, transactionTimeoutMs, enable2Pc, keepPreparedTxn }: InitProducerIdRequest,
  config: BrokerConfig,
): Reply<never> {
  if (transactionalId === '') throw new KafkaError('INVALID_REQUEST')
  if (enable2Pc && !config.bool('transaction.two.phase.commit.enable')) {
    throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  }
  if (keepPreparedTxn) throw new KafkaError('UNSUPPORTED_VERSION')
  if (transactionTimeoutMs <= 0 || (!enable2Pc && transactionTimeoutMs > config.int('transaction.max.timeout.ms'))) {
    throw new KafkaError('INVALID_TRANSACTION_TIMEOUT')
  }
  // There is no transaction coordinator. Of what a client can be told, this is what none of them tries again for ever.
  throw new KafkaError('UNSUPPORTED_VERSION')
}
