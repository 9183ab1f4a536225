import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { SyncGroup, type SyncGroupRequest, type SyncGroupResponse } from '../../protocol/messages/sync-group.ts'
import { mapReply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'

/**
 * SyncGroup (0.9.0): a member asks for its assignment, the leader brings everybody's; held until the leader has.
 *
 * v3 KIP-345: static members. v5 KIP-559: protocol type and name must be there, and agree with the group's.
 */
export const syncGroup: Handler<SyncGroupRequest, SyncGroupResponse> = handler(
  SyncGroup,
  (request, { version, broker }) => {
    const { protocolType, protocolName } = request
    if (version >= 5 && (protocolType === null || protocolName === null)) {
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
    }
    const answer = broker.groups.sync({
      groupId: request.groupId,
      generationId: request.generationId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      protocolType,
      protocolName,
      // The group keeps them, and must not keep the whole frame.
      assignments: new Map(request.assignments.map(({ memberId, assignment }) => [memberId, Buffer.from(assignment)])),
    })
    return mapReply(answer, ({ error, ...rest }) => ({ errorCode: ErrorCode[error], ...rest }))
  },
  (_request, errorCode) => ({ errorCode }),
)
