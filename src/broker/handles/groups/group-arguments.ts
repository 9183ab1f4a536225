import { inspect } from 'node:util'
import type { GroupDescription, GroupMember } from './group-description.ts'
import { memberTold } from './group-words.ts'

/*
 * What a test wants to be done to a group, checked; in whichever cluster it is.
 */

/** @throws Error for a group without members */
export function checkHasMembers({ groupId, state, members }: GroupDescription): void {
  if (members.length > 0) return
  const why = state === 'Dead' ? 'there is no such group' : `it is ${state}`
  throw new Error(`the group ${groupId} has no members that could rebalance: ${why}`)
}

/** @throws TypeError for what names no member */
export function memberIdOf(member: unknown): string {
  if (typeof member === 'string') return member
  const memberId = (member as Partial<GroupMember> | null | undefined)?.memberId
  if (typeof memberId === 'string') return memberId
  throw new TypeError(
    `evict wants a member of the group, as group.members has them, or a member id, not ${inspect(member, { depth: 0 })}`,
  )
}

/** @throws Error for who is no member */
export function memberOf({ groupId, members }: GroupDescription, memberId: string): GroupMember {
  const member = members.find((one) => one.memberId === memberId)
  if (member !== undefined) return member
  const there = members.length === 0 ? 'it has none' : `it has ${members.map(memberTold).join('; ')}`
  throw new Error(`${memberId} is no member of the group ${groupId}: ${there}`)
}

/** @throws RangeError for an offset that cannot be */
export function checkOffset(offset: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0) return
  throw new RangeError(`setOffset: an offset from 0 on is wanted, not ${inspect(offset)}`)
}
