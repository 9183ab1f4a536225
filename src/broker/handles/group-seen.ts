import { KafkaError } from '../../protocol/errors.ts'
import type { ClusterView } from './cluster-view.ts'
import { checkCoordinated, coordinatorOfGroup, describedGroup } from './group-state.ts'
import { committedTold, groupTold } from './group-words.ts'
import { lagsOf } from './lag.ts'

/*
 * How a group stands, for the errors of waits.
 */

/** Its state and its members. */
export function groupSeen(view: ClusterView, groupId: string): string {
  const coordinator = coordinatorOfGroup(view, groupId)
  if (coordinator === undefined) return `There is no group ${groupId}: no group has ever had a coordinator.`
  const answer = instead(() => checkCoordinated(view, groupId))
  if (answer !== undefined)
    return `Of the group ${groupId} its coordinator, broker ${coordinator.nodeId}, says ${answer}.`
  return groupTold(describedGroup(view, groupId))
}

/** What a coordinator says that does not know yet. */
function instead(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof KafkaError) return error.error
    throw error
  }
}

/** What it has committed, and how far it is behind. */
export function committedSeen(view: ClusterView, groupId: string): string {
  return committedTold(lagsOf(view, groupId))
}
