import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  type DescribedGroup,
  DescribeGroups,
  type DescribeGroupsRequest,
  type DescribeGroupsResponse,
} from '../../protocol/messages/describe-groups.ts'
import { groupOperations } from './authorized-operations.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/**
 * DescribeGroups (0.9.0): groups and their members, asked of their coordinator.
 *
 * v3 KIP-430: what the client may do with them. v4 KIP-345: static members. v6 KIP-1043: a group that is not there is
 * GROUP_ID_NOT_FOUND; before, it is Dead.
 */
export const describeGroups: Handler<DescribeGroupsRequest, DescribeGroupsResponse> = handler(
  DescribeGroups,
  ({ groups, includeAuthorizedOperations }, context) => ({
    groups: groups.map((groupId) => {
      const group = describe(groupId, context)
      const authorized = includeAuthorizedOperations && group.errorCode === ErrorCode.NONE
      return authorized ? { ...group, authorizedOperations: groupOperations(context.broker.release) } : group
    }),
  }),
)

function describe(groupId: string, { version, broker }: RequestContext): Input<DescribedGroup> {
  try {
    const group = broker.groups.describe(groupId)
    if (group === undefined) return missing(groupId, version)
    return {
      errorCode: ErrorCode.NONE,
      groupId,
      groupState: group.state,
      protocolType: group.protocolType,
      protocolData: group.protocol,
      members: group.members.map(({ metadata, assignment, ...member }) => ({
        ...member,
        memberMetadata: metadata,
        memberAssignment: assignment,
      })),
    }
  } catch (error) {
    if (error instanceof KafkaError) return { groupId, errorCode: error.code }
    throw error
  }
}

function missing(groupId: string, version: number): Input<DescribedGroup> {
  const dead = { groupId, groupState: 'Dead' }
  if (version < 6) return { ...dead, errorCode: ErrorCode.NONE }
  return { ...dead, errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` }
}
