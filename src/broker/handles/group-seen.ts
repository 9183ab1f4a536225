import { KafkaError } from '../../protocol/errors.ts'
import type { ClusterView } from './cluster-view.ts'
import type { GroupMember } from './group-description.ts'
import { checkCoordinated, committedBy, coordinatorOfGroup, describedGroup } from './group-state.ts'
import { lagsOf } from './lag.ts'
import { listed } from './seen.ts'

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
  const { state, members } = describedGroup(view, groupId)
  if (state === 'Dead') return `There is no group ${groupId}.`
  if (members.length === 0) return `The group ${groupId} is ${state}, without members.`
  const told = members.map((member) => `  ${memberSeen(member)}`)
  return [
    `The group ${groupId} is ${state}, with ${members.length === 1 ? '1 member' : `${members.length} members`}:`,
    ...told,
  ].join('\n')
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

/** A member with all that it goes by, and what is assigned to it. */
export function memberSeen({ memberId, clientId, clientHost, groupInstanceId, assignment }: GroupMember): string {
  const instance = groupInstanceId === null ? '' : `, group.instance.id ${groupInstanceId}`
  const name = `${memberId} (client.id ${clientId} at ${clientHost}${instance})`
  if (assignment === undefined) return name
  const partitions = assignment.flatMap(({ topic, partitions: indices }) => indices.map((index) => `${topic}-${index}`))
  return `${name}: ${partitions.length === 0 ? 'nothing assigned' : listed(partitions)}`
}

/** What it has committed, and how far it is behind. */
export function committedSeen(view: ClusterView, groupId: string): string {
  const lags = lagsOf(view, groupId)
  if (lags.length === 0) return 'It has committed nothing.'
  const others = committedBy(view, groupId).length === 0 ? 'It has committed nothing' : 'It has committed'
  const told = lags.map(({ topic, partition, committed, end, lag }) => {
    const state = lag === 0 ? 'caught up' : `${lag} behind`
    return `${topic}-${partition}: ${committed ?? 'nothing'} of ${end}, ${state}`
  })
  return `${others}: ${listed(told, '; ')}.`
}
