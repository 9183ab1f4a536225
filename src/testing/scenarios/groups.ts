import type { KafkaCluster } from '../../broker/cluster.ts'
import type { GroupMember } from '../../broker/handles/groups/group-description.ts'
import type { GroupHandle } from '../../broker/handles/groups/group-handle.ts'
import { WAIT_OPTIONS, type WaitOptions } from '../../broker/handles/waits/limited-waits.ts'
import { checkCount, checkOptions, groupOf } from './scenario.ts'

/** How a group is stormed. */
export interface RebalanceStormOptions extends WaitOptions {
  readonly group: string
  /** How often it rebalances. Default: 3. */
  readonly rebalances?: number
}

/**
 * Has a group rebalance several times, one right after the other: each begins when all members are back from the one before. Done when the group is
 * stable after the last. A member hears of a rebalance with its next heartbeat (every 3 s of kafkajs): `timeout`, or a shorter interval of the
 * client, leaves it the time.
 *
 * @throws RangeError for a group that is not there or has no members; UnmetWaitError when a member does not come back in time
 */
export async function rebalanceStorm(cluster: KafkaCluster, options: RebalanceStormOptions): Promise<void> {
  checkOptions('rebalanceStorm', options, ['group', 'rebalances', ...WAIT_OPTIONS], ['group'])
  const { group: id, rebalances = 3, ...limits } = options
  checkCount('rebalanceStorm', 'rebalances', rebalances, 1)
  const group = groupOf('rebalanceStorm', cluster, id)
  const members = membersOf('rebalanceStorm', group).length
  for (let i = 0; i < rebalances; i++) {
    await group.rebalance()
    await group.waitUntilStable({ ...limits, members })
  }
}

/**
 * Takes a member out of its group, as when its session has timed out: the others rebalance, and its next request is UNKNOWN_MEMBER_ID. A client
 * joins again then, as a new member.
 *
 * @param options `member`: by its id, its `group.instance.id` or its client id. Default: the first one
 * @returns who it was
 * @throws RangeError for a group or a member that is not there
 */
export async function memberEviction(
  cluster: KafkaCluster,
  options: { readonly group: string; readonly member?: string },
): Promise<GroupMember> {
  checkOptions('memberEviction', options, ['group', 'member'], ['group'])
  const group = groupOf('memberEviction', cluster, options.group)
  const members = membersOf('memberEviction', group)
  const { member: wanted } = options
  const found = members.find(
    ({ memberId, groupInstanceId, clientId }) =>
      wanted === undefined || memberId === wanted || groupInstanceId === wanted || clientId === wanted,
  )
  if (found === undefined) {
    const known = members.map(({ memberId }) => memberId).join(', ')
    throw new RangeError(`memberEviction: ${group.id} has no member ${wanted}; it has ${known}`)
  }
  await group.evict(found.memberId)
  return found
}

function membersOf(scenario: string, group: GroupHandle): readonly GroupMember[] {
  const { members } = group
  if (members.length > 0) return members
  throw new RangeError(`${scenario}: ${group.id} has no members: it is ${group.state}`)
}
