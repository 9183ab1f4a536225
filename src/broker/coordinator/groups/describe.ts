import type { ErrorName } from '../../../protocol/errors.ts'
import type { GroupShard } from './group-shard.ts'

/** A group as DescribeGroups tells it. */
export interface DescribedGroup {
  readonly error: ErrorName
  readonly errorMessage: string | null
  readonly groupId: string
  readonly state: string
  readonly protocolType: string
  /** The protocol's name; empty unless the group is stable. */
  readonly protocol: string
  readonly members: readonly DescribedMember[]
}

export interface DescribedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** Empty unless the group is stable. */
  readonly metadata: Buffer
  readonly assignment: Buffer
}

/** A group as ListGroups tells it. */
export interface ListedGroup {
  readonly groupId: string
  readonly protocolType: string
  readonly state: string
}

const NO_METADATA: Buffer = Buffer.alloc(0)

/** A group as of the records below `recordOffset`; undefined when there is none. */
export function describeGroup(shard: GroupShard, groupId: string, recordOffset: number): DescribedGroup | undefined {
  const group = shard.groups.getAsOf(groupId, recordOffset)
  if (group === undefined) return undefined
  const protocol = group.state === 'Stable' ? (group.protocolName ?? '') : ''
  return {
    error: 'NONE',
    errorMessage: null,
    groupId,
    state: group.state,
    protocolType: group.protocolType ?? '',
    protocol,
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      metadata: group.state === 'Stable' ? member.metadata(protocol) : NO_METADATA,
      assignment: member.assignment,
    })),
  }
}

export function listGroups(shard: GroupShard, recordOffset: number): ListedGroup[] {
  return [...shard.groups.entriesAsOf(recordOffset)].map(([groupId, { protocolType, state }]) => ({
    groupId,
    protocolType: protocolType ?? '',
    state,
  }))
}
