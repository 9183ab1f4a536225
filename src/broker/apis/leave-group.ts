import { ErrorCode } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import { LeaveGroup, type LeaveGroupRequest, type LeaveGroupResponse } from '../../protocol/messages/leave-group.ts'
import type { LeftMember } from '../coordinator/groups/leave.ts'
import { mapReply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'

/** LeaveGroup (0.9.0): a member leaves. v3 KIP-345: any number of them, each with an answer of its own. v5 KIP-800: the reason. */
export const leaveGroup: Handler<LeaveGroupRequest, LeaveGroupResponse> = handler(
  LeaveGroup,
  ({ groupId, memberId, members }, { version, broker }) => {
    const leaving = version >= 3 ? members : [{ memberId, groupInstanceId: null }]
    return mapReply(broker.groups.leave(groupId, leaving), (left) => responseOf(left, version))
  },
  (_request, errorCode) => ({ errorCode }),
)

function responseOf(left: readonly LeftMember[], version: number): Input<LeaveGroupResponse> {
  if (version < 3) return { errorCode: ErrorCode[left[0]?.error ?? 'NONE'] }
  return {
    members: left.map(({ memberId, groupInstanceId, error }) => ({
      memberId,
      groupInstanceId,
      errorCode: ErrorCode[error],
    })),
  }
}
