import { ErrorCode } from '../../protocol/errors.ts'
import {
  DeleteGroups,
  type DeleteGroupsRequest,
  type DeleteGroupsResponse,
} from '../../protocol/messages/delete-groups.ts'
import { mapReply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'

/** DeleteGroups, KIP-229 (1.1): deletes groups without members, asked of their coordinator. v3: a message beside an error. */
export const deleteGroups: Handler<DeleteGroupsRequest, DeleteGroupsResponse> = handler(
  DeleteGroups,
  ({ groupsNames }, { broker }) =>
    mapReply(broker.groups.delete([...new Set(groupsNames)]), (results) => ({
      results: results.map(({ groupId, error }) => ({ groupId, errorCode: ErrorCode[error] })),
    })),
)
