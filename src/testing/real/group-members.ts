import type { GroupDescription, GroupMember } from '../../broker/handles/groups/group-description.ts'
import type { Broker } from '../../client/broker.ts'
import { throwIf } from '../../client/errors/kafka-error.ts'
import { encodeSubscription } from '../../client/group/consumer-protocol.ts'
import { ErrorCode, errorName } from '../../protocol/errors.ts'
import { JoinGroup, type JoinGroupResponse } from '../../protocol/messages/join-group.ts'
import { LeaveGroup } from '../../protocol/messages/leave-group.ts'
import { type RealView, since } from './connection.ts'

/*
 * What is done to a group as one of its members would do it.
 */

/** Within the limits that brokers have for it (`group.min.session.timeout.ms` and `group.max.session.timeout.ms`), in ms. */
const SESSION_TIMEOUT_MS = 10_000
const REBALANCE_TIMEOUT_MS = 60_000

/** From 3 on a member can be made to leave by others, and several at once (KIP-345). */
const FIRST_WITH_OTHERS = 3

/** Has a member leave. @throws Error below Kafka 2.4; KafkaError */
export async function removeMember(
  { client }: Pick<RealView, 'client'>,
  groupId: string,
  { memberId, groupInstanceId }: Pick<GroupMember, 'memberId' | 'groupInstanceId'>,
): Promise<void> {
  const coordinator = await client.coordinator(groupId)
  const body = (version: number) =>
    version < FIRST_WITH_OTHERS
      ? { groupId, memberId, members: [] }
      : { groupId, memberId: '', members: [{ memberId, groupInstanceId, reason: 'removed by a test' }] }
  const { errorCode, members } = await since('evict', '2.4', () => coordinator.send(LeaveGroup, body))
  throwIf(errorCode)
  throwIf(members[0]?.errorCode ?? 0)
}

/**
 * Joins a stable group of consumers as a member that wants to read nothing, and leaves it again.
 * @param joined resolves once the group has heard of it; it is given what tells whether the group has even taken it in, which may be over before
 * anybody has looked
 * @throws Error for a group of anything but consumers, which would not know what to make of such a member
 */
export async function joinForAMoment(
  view: RealView,
  group: GroupDescription,
  joined: (isIn: () => boolean) => Promise<unknown>,
): Promise<void> {
  const { client } = view
  const { groupId, protocolType, protocol } = group
  if (protocolType !== 'consumer') {
    throw new Error(
      `rebalance: ${groupId} is a group of ${protocolType || 'nobody'}, and only one of consumers can be joined by a member that reads nothing`,
    )
  }
  // An answer to JoinGroup keeps back all that comes after it on its connection.
  const purpose = view.purpose()
  const own = client.connectionTo((await client.coordinator(groupId)).id, purpose)
  const join = (memberId: string): Promise<JoinGroupResponse> => joinAs(own, { groupId, memberId, protocol })
  const first = await join('')
  const isNamed = errorName(first.errorCode) === 'MEMBER_ID_REQUIRED'
  if (!isNamed) throwIf(first.errorCode)
  const { memberId } = first
  try {
    if (isNamed) {
      // It is answered when all have joined; mostly this member has left by then.
      let isIn = false
      join(memberId).then(
        ({ errorCode }) => {
          isIn = errorCode === ErrorCode.NONE
        },
        () => {},
      )
      await joined(() => isIn)
    }
  } finally {
    await removeMember(view, groupId, { memberId, groupInstanceId: null }).catch(() => {})
    client.releaseConnections(purpose)
  }
}

function joinAs(
  broker: Broker,
  { groupId, memberId, protocol }: { readonly groupId: string; readonly memberId: string; readonly protocol: string },
): Promise<JoinGroupResponse> {
  const metadata = encodeSubscription(
    { topics: [], userData: null, ownedPartitions: {}, generationId: -1, rackId: null },
    SUBSCRIPTION_VERSION,
  )
  const body = {
    groupId,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
    memberId,
    protocolType: 'consumer',
    protocols: [{ name: protocol, metadata }],
    reason: 'a rebalance that a test asks for',
  }
  return broker.send(JoinGroup, body, { brokerWaitMs: REBALANCE_TIMEOUT_MS })
}

/** The oldest version, which every member understands. */
const SUBSCRIPTION_VERSION = 0
