import type { ClusterView } from '../cluster-view.ts'
import { coordinatorOfGroup, describedGroup, whyGroupUntold } from './group-state.ts'
import { committedTold, groupTold } from './group-words.ts'
import { lagsOf } from './lag.ts'

/*
 * How a group stands, for the errors of waits.
 */

/** Its state and its members. */
export function groupSeen(view: ClusterView, groupId: string): string {
  const why = whyGroupUntold(view, groupId)
  if (why !== undefined) return why
  if (coordinatorOfGroup(view, groupId) === undefined)
    return `There is no group ${groupId}: no group has ever had a coordinator.`
  return groupTold(describedGroup(view, groupId))
}

/** What it has committed, and how far it is behind. */
export function committedSeen(view: ClusterView, groupId: string): string {
  return committedTold(lagsOf(view, groupId))
}
