import { listed } from '../listed.ts'
import type { GroupDescription, GroupMember, PartitionLag } from './group-description.ts'

/*
 * How a group stands, in the words of errors: of whichever cluster it is.
 */

/** Its state and its members. */
export function groupTold({ groupId, state, members }: GroupDescription): string {
  if (state === 'Dead') return `There is no group ${groupId}.`
  if (members.length === 0) return `The group ${groupId} is ${state}, without members.`
  const told = members.map((member) => `  ${memberTold(member)}`)
  return [
    `The group ${groupId} is ${state}, with ${members.length === 1 ? '1 member' : `${members.length} members`}:`,
    ...told,
  ].join('\n')
}

/** A member with all that it goes by, and what is assigned to it. */
export function memberTold({ memberId, clientId, clientHost, groupInstanceId, assignment }: GroupMember): string {
  const instance = groupInstanceId === null ? '' : `, group.instance.id ${groupInstanceId}`
  const name = `${memberId} (client.id ${clientId} at ${clientHost}${instance})`
  if (assignment === undefined) return name
  const partitions = assignment.flatMap(({ topic, partitions: indices }) => indices.map((index) => `${topic}-${index}`))
  return `${name}: ${partitions.length === 0 ? 'nothing assigned' : listed(partitions)}`
}

/** What it has committed, and how far it is behind. */
export function committedTold(lags: readonly PartitionLag[]): string {
  if (lags.length === 0) return 'It has committed nothing.'
  const others = lags.some(({ committed }) => committed !== undefined) ? 'It has committed' : 'It has committed nothing'
  const told = lags.map(({ topic, partition, committed, end, lag }) => {
    const state = lag === 0 ? 'caught up' : `${lag} behind`
    return `${topic}-${partition}: ${committed ?? 'nothing'} of ${end}, ${state}`
  })
  return `${others}: ${listed(told, '; ')}.`
}
