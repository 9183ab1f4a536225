import { ErrorCode } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import { JoinGroup, type JoinGroupRequest, type JoinGroupResponse } from '../../protocol/messages/join-group.ts'
import type { JoinAnswer } from '../coordinator/groups/join-answer.ts'
import { mapReply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'
import { javaAddress } from './java-address.ts'

/**
 * JoinGroup (0.9.0): a member joins its group's next generation; held until that begins.
 *
 * v0 has no rebalance timeout: the session timeout stands for it. v4 KIP-394: whoever has no member id is given one, and
 * joins with it. v5 KIP-345: static members. v7 KIP-559: the protocol type is told, and no protocol is null, not ''.
 * v8 KIP-800: the reason. v9 KIP-814: a leader that was restarted may be told that it need not assign.
 */
export const joinGroup: Handler<JoinGroupRequest, JoinGroupResponse> = handler(
  JoinGroup,
  (request, { version, clientId, clientHost, broker }) => {
    const answer = broker.groups.join({
      groupId: request.groupId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      protocolType: request.protocolType,
      // The group keeps them, and must not keep the whole frame.
      protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs: version === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
      clientId: clientId ?? '',
      clientHost: javaAddress(clientHost),
      memberIdRequired: version >= 4,
      maySkipAssignment: version >= 9,
    })
    return mapReply(answer, (joined) => responseOf(joined, version))
  },
  (_request, errorCode, { version }) => ({ errorCode, protocolName: version >= 7 ? null : '' }),
)

function responseOf(answer: JoinAnswer, version: number): Input<JoinGroupResponse> {
  return {
    errorCode: ErrorCode[answer.error],
    generationId: answer.generationId,
    protocolType: answer.protocolType,
    // A protocol without a name is no protocol, in either form.
    protocolName: version >= 7 ? answer.protocolName || null : (answer.protocolName ?? ''),
    leader: answer.leader,
    skipAssignment: answer.skipAssignment,
    memberId: answer.memberId,
    members: answer.members,
  }
}
