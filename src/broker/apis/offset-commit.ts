import {
  OffsetCommit,
  type OffsetCommitRequest,
  type OffsetCommitResponse,
} from '../../protocol/messages/offset-commit.ts'
import type { CommitRequest } from '../coordinator/groups/commit.ts'
import { mapReply, recoverReply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'
import { failAll, merge, sortOut } from './topics-to-commit.ts'

/**
 * OffsetCommit (0.8.1): commits a group's offsets.
 *
 * v0 was for ZooKeeper; here it commits to the group like the others. v1 names the member and the time of the commit, v2 to
 * v4 for how long it is kept. v6 KIP-320: leader epochs. v7 KIP-345: static members. v9 KIP-848: GROUP_ID_NOT_FOUND. v10:
 * topics by id.
 */
export const offsetCommit: Handler<OffsetCommitRequest, OffsetCommitResponse> = handler(
  OffsetCommit,
  (request, { version, broker }) => {
    const { known, unknown } = sortOut(request.topics, version >= 10, broker.image)
    if (known.length === 0) return { topics: unknown }
    const commit: CommitRequest = {
      groupId: request.groupId,
      generationId: request.generationIdOrMemberEpoch,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      retentionTimeMs: request.retentionTimeMs,
      topics: known,
      knowsGroupIdNotFound: version >= 9,
    }
    const committed = recoverReply(() => broker.groups.commitOffsets(commit), failAll(known))
    return mapReply(committed, (answer) => ({ topics: merge(unknown, answer) }))
  },
)
