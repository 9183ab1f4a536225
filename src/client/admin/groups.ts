import type { KafkaError } from '../../protocol/errors.ts'
import { ConsumerProtocolAssignment } from '../../protocol/messages/data/consumer-protocol-assignment.ts'
import { ConsumerProtocolSubscription } from '../../protocol/messages/data/consumer-protocol-subscription.ts'
import { DeleteGroups } from '../../protocol/messages/delete-groups.ts'
import { DescribeGroups } from '../../protocol/messages/describe-groups.ts'
import { LeaveGroup } from '../../protocol/messages/leave-group.ts'
import { ListGroups } from '../../protocol/messages/list-groups.ts'
import type { CallOptions } from '../channel.ts'
import { ErrIncompleteResponse } from '../errors/client-errors.ts'
import { kafkaError, throwIf } from '../errors/kafka-error.ts'
import { ErrUnsupportedVersion } from '../errors/kafka-errors.ts'
import { ask, type Calls, isCoordinatorGone } from './calls.ts'
import { errorOrNull } from './errors.ts'

/** A group that its coordinator describes. One that there is not has the state `Dead`. */
export interface GroupDescription {
  /** Why it is not described; null when it is. */
  readonly err: KafkaError | null
  readonly groupId: string
  /** `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty` or `Dead`. */
  readonly state: string
  /** `consumer`, for groups of consumers. */
  readonly protocolType: string
  /** The strategy that its leader assigned by. */
  readonly protocol: string
  /** By member id. */
  readonly members: Map<string, GroupMemberDescription>
}

export interface GroupMemberDescription {
  readonly memberId: string
  /** `group.instance.id` (KIP-345); null when it has none. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** As the member wrote it; see {@link memberMetadata}. */
  readonly memberMetadata: Buffer
  /** As the leader wrote it; see {@link memberAssignment}. */
  readonly memberAssignment: Buffer
}

/** What a consumer told of itself when it joined. */
export interface ConsumerGroupMemberMetadata {
  readonly topics: readonly string[]
  readonly userData: Uint8Array | null
}

/** What a consumer was assigned. */
export interface ConsumerGroupMemberAssignment {
  /** Partitions by topic. */
  readonly topics: Map<string, number[]>
  readonly userData: Uint8Array | null
}

/** What became of members that were to leave. */
export interface LeaveGroupResponse {
  readonly members: readonly MemberResponse[]
}

export interface MemberResponse {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** Why it was not removed; null when it was. */
  readonly err: KafkaError | null
}

/** By group the type of its protocol, of all groups of all brokers. */
export async function listConsumerGroups(calls: Calls, options: CallOptions): Promise<Map<string, string>> {
  const lists = await calls.onEveryBroker(options, async (broker) => {
    const { errorCode, groups } = await ask(broker, ListGroups, {}, options)
    throwIf(errorCode)
    return groups
  })
  return new Map(lists.flat().map(({ groupId, protocolType }) => [groupId, protocolType]))
}

/** Version 6 (KIP-1043, Kafka 4.0) refuses to describe a group that there is not: without it, all releases say that it is `Dead`. */
const DESCRIBES_THE_DEAD = 5

export async function describeConsumerGroups(
  calls: Calls,
  groups: readonly string[],
  options: CallOptions,
): Promise<GroupDescription[]> {
  const answers = await calls.onCoordinators(groups, options, async (coordinator, own) => {
    const answer = await ask(
      coordinator,
      DescribeGroups,
      { groups: own },
      { ...options, maxVersion: DESCRIBES_THE_DEAD },
    )
    for (const { errorCode } of answer.groups) {
      const error = kafkaError(errorCode)
      if (isCoordinatorGone(error)) throw error
    }
    return answer.groups
  })
  const described = new Map(answers.flat().map((group) => [group.groupId, group]))
  return groups.map((groupId) => {
    const group = described.get(groupId)
    if (group === undefined) throw new ErrIncompleteResponse(groupId)
    return {
      err: errorOrNull(group.errorCode, group.errorMessage),
      groupId,
      state: group.groupState,
      protocolType: group.protocolType,
      protocol: group.protocolData,
      members: new Map(
        group.members.map((member) => [
          member.memberId,
          {
            memberId: member.memberId,
            groupInstanceId: member.groupInstanceId,
            clientId: member.clientId,
            clientHost: member.clientHost,
            memberMetadata: member.memberMetadata,
            memberAssignment: member.memberAssignment,
          },
        ]),
      ),
    }
  })
}

export async function deleteConsumerGroup(calls: Calls, group: string, options: CallOptions): Promise<void> {
  await calls.onCoordinator(group, options, async (coordinator) => {
    const { results } = await ask(coordinator, DeleteGroups, { groupsNames: [group] }, options)
    const result = results.find(({ groupId }) => groupId === group)
    if (result === undefined) throw new ErrIncompleteResponse(group)
    throwIf(result.errorCode, result.errorMessage)
  })
}

export async function removeMemberFromConsumerGroup(
  calls: Calls,
  group: string,
  groupInstanceIds: readonly string[],
  options: CallOptions,
): Promise<LeaveGroupResponse> {
  const members = groupInstanceIds.map((groupInstanceId) => ({ memberId: '', groupInstanceId }))
  return calls.onCoordinator(group, options, async (coordinator) => {
    if ((await coordinator.versionOf(LeaveGroup, options)) < 3) {
      throw new ErrUnsupportedVersion('kafka: members can be removed by others since Kafka 2.4 (KIP-345)')
    }
    const answer = await ask(coordinator, LeaveGroup, { groupId: group, members }, options)
    throwIf(answer.errorCode)
    return {
      members: answer.members.map(({ memberId, groupInstanceId, errorCode }) => ({
        memberId,
        groupInstanceId,
        err: errorOrNull(errorCode),
      })),
    }
  })
}

/** Reads what a member of a group of consumers told of itself (Sarama's GetMemberMetadata); undefined when it told nothing. */
export function memberMetadata({ memberMetadata }: GroupMemberDescription): ConsumerGroupMemberMetadata | undefined {
  if (memberMetadata.length === 0) return undefined
  const version = Math.min(memberMetadata.readInt16BE(0), ConsumerProtocolSubscription.versions.max)
  const { topics, userData } = ConsumerProtocolSubscription.decode(memberMetadata, version, 2, 'ignore')
  return { topics, userData }
}

/** Reads what a member of a group of consumers was assigned (Sarama's GetMemberAssignment); undefined when it was nothing. */
export function memberAssignment({
  memberAssignment,
}: GroupMemberDescription): ConsumerGroupMemberAssignment | undefined {
  if (memberAssignment.length === 0) return undefined
  const version = Math.min(memberAssignment.readInt16BE(0), ConsumerProtocolAssignment.versions.max)
  const { assignedPartitions, userData } = ConsumerProtocolAssignment.decode(memberAssignment, version, 2, 'ignore')
  return { topics: new Map(assignedPartitions.map(({ topic, partitions }) => [topic, partitions])), userData }
}
