import { ListGroups, type ListGroupsRequest, type ListGroupsResponse } from '../../protocol/messages/list-groups.ts'
import { type Handler, handler } from './handler.ts'

/** The type of every group that there is here (KIP-848). */
const CLASSIC = 'classic'

/** ListGroups (0.9.0): the groups that this broker coordinates. v4 KIP-518: those in some states. v5 KIP-848: of some types. */
export const listGroups: Handler<ListGroupsRequest, ListGroupsResponse> = handler(
  ListGroups,
  ({ statesFilter, typesFilter }, { broker }) => {
    const states = new Set(statesFilter.map((state) => state.trim().toLowerCase()))
    const types = new Set(typesFilter.map((type) => type.toLowerCase()))
    if (types.size > 0 && !types.has(CLASSIC)) return { groups: [] }
    return {
      groups: broker.groups
        .list()
        .filter(({ state }) => states.size === 0 || states.has(state.toLowerCase()))
        .map(({ groupId, protocolType, state }) => ({ groupId, protocolType, groupState: state, groupType: CLASSIC })),
    }
  },
)
