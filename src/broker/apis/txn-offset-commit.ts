import { ErrorCode } from '../../protocol/errors.ts'
import {
  TxnOffsetCommit,
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitResponse,
} from '../../protocol/messages/txn-offset-commit.ts'
import type { TransactionalCommitRequest } from '../coordinator/groups/transactional-commit.ts'
import { mapReply, recoverReply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'
import { type AnsweredTopic, failAll, merge, sortOut } from './topics-to-commit.ts'

/** The last version whose clients stumble over COORDINATOR_LOAD_IN_PROGRESS (KAFKA-7296). */
const LAST_THAT_CANNOT_WAIT = 1

/**
 * TxnOffsetCommit, KIP-98 (0.11): writes a group's offsets in a transaction; they are committed when it is.
 *
 * v2 KIP-320: leader epochs. v3 KIP-447: which member commits. v4 KIP-890: TRANSACTION_ABORTABLE. v5 KIP-890: adds the group's
 * partition to the transaction itself. v6 KIP-1319: topics by id, GROUP_ID_NOT_FOUND.
 */
export const txnOffsetCommit: Handler<TxnOffsetCommitRequest, TxnOffsetCommitResponse> = handler(
  TxnOffsetCommit,
  (request, { version, broker }) => {
    const { known, unknown } = sortOut(request.topics, version >= 6, broker.image)
    if (known.length === 0) return { topics: unknown }
    const commit: TransactionalCommitRequest = {
      transactionalId: request.transactionalId,
      producerId: request.producerId,
      producerEpoch: request.producerEpoch,
      groupId: request.groupId,
      generationId: request.generationIdOrMemberEpoch,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      topics: known,
      knowsGroupIdNotFound: version >= 6,
    }
    const written = recoverReply(() => broker.groups.commitTransactionalOffsets(commit, version), failAll(known))
    return mapReply(written, (answer) => {
      const topics = merge(unknown, answer)
      return { topics: version <= LAST_THAT_CANNOT_WAIT ? topics.map(withoutWaiting) : topics }
    })
  },
)

function withoutWaiting(topic: AnsweredTopic): AnsweredTopic {
  const partitions = topic.partitions.map(({ partitionIndex, errorCode }) => ({
    partitionIndex,
    errorCode: errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.COORDINATOR_NOT_AVAILABLE : errorCode,
  }))
  return { ...topic, partitions }
}
