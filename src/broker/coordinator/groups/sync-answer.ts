import type { ErrorName } from '../../../protocol/errors.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type ClassicGroupMember, EMPTY_ASSIGNMENT } from './classic-group-member.ts'

/** The answer to SyncGroup. */
export interface SyncAnswer {
  readonly error: ErrorName
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

export function syncError(error: ErrorName): SyncAnswer {
  return { error, protocolType: null, protocolName: null, assignment: EMPTY_ASSIGNMENT }
}

export function syncAnswer(group: ClassicGroup, member: ClassicGroupMember): SyncAnswer {
  const { protocolType, protocolName } = group
  return { error: 'NONE', protocolType, protocolName, assignment: member.assignment }
}
