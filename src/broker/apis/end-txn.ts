import { EndTxn, type EndTxnRequest, type EndTxnResponse } from '../../protocol/messages/end-txn.ts'
import { EPOCH_BUMP_VERSION } from '../coordinator/transactions/transaction.ts'
import { mapReply } from '../waiting.ts'
import { fencedBefore } from './fenced.ts'
import { type Handler, handler } from './handler.ts'

/**
 * EndTxn, KIP-98 (0.11): commits a producer's transaction, or aborts it. Answers when that is decided.
 *
 * v2 KIP-588: PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before. v4 KIP-890: TRANSACTION_ABORTABLE. v5 KIP-890: the answer
 * has the epoch of the producer's next transaction.
 */
export const endTxn: Handler<EndTxnRequest, EndTxnResponse> = handler(
  EndTxn,
  ({ transactionalId, producerId, producerEpoch, committed }, { broker, version }) => {
    const clientTransactionVersion = version >= 5 ? EPOCH_BUMP_VERSION : 0
    const request = { transactionalId, producerId, producerEpoch, committed, clientTransactionVersion }
    return mapReply(broker.transactions.endTransaction(request), (producer) => producer)
  },
  (_request, errorCode, { version }) => ({ errorCode: fencedBefore(2, errorCode, version) }),
)
