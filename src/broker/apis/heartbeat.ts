import { ErrorCode } from '../../protocol/errors.ts'
import { Heartbeat, type HeartbeatRequest, type HeartbeatResponse } from '../../protocol/messages/heartbeat.ts'
import { mapReply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'

/** Heartbeat (0.9.0): a member says that it lives, and hears whether it must join again. v3 KIP-345: static members. */
export const heartbeat: Handler<HeartbeatRequest, HeartbeatResponse> = handler(
  Heartbeat,
  ({ groupId, generationId, memberId, groupInstanceId }, { broker }) =>
    mapReply(broker.groups.heartbeat({ groupId, generationId, memberId, groupInstanceId }), (error) => ({
      errorCode: ErrorCode[error],
    })),
  // Kafka takes a heartbeat for good while the group is still being loaded.
  (_request, errorCode) => ({
    errorCode: errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : errorCode,
  }),
)
