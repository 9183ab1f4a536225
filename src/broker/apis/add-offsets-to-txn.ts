import {
  AddOffsetsToTxn,
  type AddOffsetsToTxnRequest,
  type AddOffsetsToTxnResponse,
} from '../../protocol/messages/add-offsets-to-txn.ts'
import { GROUP_METADATA_TOPIC } from '../replication/internal-topics.ts'
import { mapReply } from '../waiting.ts'
import { fencedBefore } from './fenced.ts'
import { type Handler, handler } from './handler.ts'

/**
 * AddOffsetsToTxn, KIP-98 (0.11): a group of which a producer is about to commit offsets in its transaction.
 *
 * v2 KIP-588: PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before. v4 KIP-890: TRANSACTION_ABORTABLE.
 */
export const addOffsetsToTxn: Handler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse> = handler(
  AddOffsetsToTxn,
  ({ transactionalId, producerId, producerEpoch, groupId }, { broker }) => {
    const topics = [{ topic: GROUP_METADATA_TOPIC, partitions: [broker.groups.partitionFor(groupId)] }]
    const added = broker.transactions.addOffsets({ transactionalId, producerId, producerEpoch, topics })
    return mapReply(added, () => ({}))
  },
  (_request, errorCode, { version }) => ({ errorCode: fencedBefore(2, errorCode, version) }),
)
