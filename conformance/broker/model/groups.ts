import { DeleteGroups } from '../../../src/protocol/messages/delete-groups.ts'
import { DescribeGroups } from '../../../src/protocol/messages/describe-groups.ts'
import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { JoinGroup, type JoinGroupResponse } from '../../../src/protocol/messages/join-group.ts'
import { LeaveGroup } from '../../../src/protocol/messages/leave-group.ts'
import { ListGroups } from '../../../src/protocol/messages/list-groups.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { OffsetDelete } from '../../../src/protocol/messages/offset-delete.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { SyncGroup } from '../../../src/protocol/messages/sync-group.ts'
import type { Client, Pending } from '../world.ts'
import type { Doers } from './actions.ts'
import type { SmallWorld } from './small-world.ts'

/** Longer than a whole run on a slow machine: only those that are told to are ever too late. */
const LONG_MS = 60_000
/** What the third member of a group takes on; `wait` is longer. */
const SHORT_MS = 1500
const WAIT_MS = 2500

type GroupActions =
  | 'join'
  | 'sync'
  | 'heartbeat'
  | 'leave'
  | 'commit'
  | 'committed'
  | 'deleteOffsets'
  | 'describeGroup'
  | 'listGroups'
  | 'deleteGroup'
  | 'wait'

interface Member {
  readonly client: Client
  memberId: string
  generationId: number
  instanceId: string | null
  isLeader: boolean
  others: readonly string[]
  /** A request of its own that is not answered yet. */
  pending: Pending<unknown> | undefined
}

/** Members that join, sync, commit, die and leave. */
export function groupActions(small: SmallWorld): Doers<GroupActions> & { readonly finish: () => Promise<void> } {
  const { world } = small
  const members = new Map<string, Member>()
  const groupId = (group: number) => world.name(`g${group}`)

  function memberOf(group: number, member: number): Member {
    const key = `${group}-${member}`
    const known = members.get(key)
    if (known !== undefined) return known
    const fresh: Member = {
      client: world.client(1, `m${member}`),
      memberId: '',
      generationId: -1,
      instanceId: null,
      isLeader: false,
      others: [],
      pending: undefined,
    }
    members.set(key, fresh)
    return fresh
  }

  /** What may be held is waited for no longer than it takes to see whether it is; all that are held are looked at again. */
  async function look(): Promise<void> {
    for (const [key, one] of [...members]) {
      if (one.pending === undefined) continue
      const { pending } = one
      if (await world.held(pending, `member ${key}`)) continue
      one.pending = undefined
      const answer = await pending.answer
      if (isJoined(answer)) joined(one, answer)
    }
  }

  function joined(one: Member, answer: JoinGroupResponse): void {
    if (answer.memberId !== '') one.memberId = answer.memberId
    if (answer.errorCode !== 0) return
    one.generationId = answer.generationId
    one.isLeader = answer.leader === answer.memberId
    one.others = answer.members.map(({ memberId }) => memberId)
  }

  return {
    join: async ({ group, member, protocols, asStatic, v }) => {
      const one = memberOf(group, member)
      // A client has one request of this kind under way.
      if (one.pending !== undefined) return
      const version = small.versionOf(JoinGroup, v)
      if (version >= 5) one.instanceId = asStatic ? `i${member}` : null
      const time = member === 2 ? SHORT_MS : LONG_MS
      one.pending = world.post(
        JoinGroup,
        {
          groupId: groupId(group),
          sessionTimeoutMs: time,
          rebalanceTimeoutMs: SHORT_MS,
          memberId: one.memberId,
          groupInstanceId: version >= 5 ? one.instanceId : null,
          protocolType: 'consumer',
          protocols: protocols.map((name) => ({ name, metadata: Buffer.from(name) })),
        },
        { version, from: one.client, as: `member ${member}` },
      )
      await look()
    },
    sync: async ({ group, member, v }) => {
      const one = memberOf(group, member)
      if (one.pending !== undefined) return
      const version = small.versionOf(SyncGroup, v)
      const assignments = one.others.map((memberId, i) => ({ memberId, assignment: Buffer.from([i]) }))
      one.pending = world.post(
        SyncGroup,
        {
          groupId: groupId(group),
          generationId: one.generationId,
          memberId: one.memberId,
          groupInstanceId: version >= 3 ? one.instanceId : null,
          assignments: one.isLeader ? assignments : [],
          // From version 5 on they have to be the group's (KIP-559); which they are the run may have changed.
          protocolType: 'consumer',
          protocolName: v % 4 === 0 ? 'roundrobin' : 'range',
        },
        { version, from: one.client, as: `member ${member}` },
      )
      await look()
    },
    heartbeat: async ({ group, member, generation, v }) => {
      const one = memberOf(group, member)
      if (one.pending !== undefined) return
      const groupInstanceId = small.versionOf(Heartbeat, v) >= 3 ? one.instanceId : null
      const generationId = one.generationId + generation
      await small.ask(
        Heartbeat,
        v,
        { groupId: groupId(group), generationId, memberId: one.memberId, groupInstanceId },
        one.client,
      )
    },
    leave: async ({ group, member, v }) => {
      const one = memberOf(group, member)
      if (one.pending !== undefined) return
      const { memberId, instanceId } = one
      const leaving = [{ memberId, groupInstanceId: instanceId }]
      await small.ask(LeaveGroup, v, { groupId: groupId(group), memberId, members: leaving }, one.client)
      one.memberId = ''
      await look()
    },
    commit: async ({ group, member, topic, partition, offset, v }) => {
      const one = member === null ? undefined : memberOf(group, member)
      if (one?.pending !== undefined) return
      const partitions = [
        { partitionIndex: partition, committedOffset: offset, committedMetadata: offset % 2 === 0 ? 'm' : null },
      ]
      const groupInstanceId = small.versionOf(OffsetCommit, v) >= 7 ? (one?.instanceId ?? null) : null
      await small.ask(OffsetCommit, v, {
        groupId: groupId(group),
        generationIdOrMemberEpoch: one?.generationId ?? -1,
        memberId: one?.memberId ?? '',
        groupInstanceId,
        topics: [{ name: small.topicName(topic), topicId: small.topicId(topic), partitions }],
      })
    },
    committed: async ({ group, topic, v }) => {
      const version = small.versionOf(OffsetFetch, v)
      const partitionIndexes = [0, 1, 2]
      const name = small.topicName(topic ?? 0)
      const isAll = topic === null && version >= 2
      const id = groupId(group)
      await small.ask(OffsetFetch, v, {
        groupId: id,
        topics: isAll ? null : [{ name, partitionIndexes }],
        groups: [
          { groupId: id, topics: isAll ? null : [{ name, topicId: small.topicId(topic ?? 0), partitionIndexes }] },
        ],
      })
    },
    deleteOffsets: async ({ group, topic, partition, v }) => {
      const topics = [{ name: small.topicName(topic), partitions: [{ partitionIndex: partition }] }]
      await small.ask(OffsetDelete, v, { groupId: groupId(group), topics })
    },
    describeGroup: async ({ group, v }) => {
      await small.ask(DescribeGroups, v, { groups: [groupId(group)] })
    },
    listGroups: async ({ v }) => {
      await small.ask(ListGroups, v, {})
    },
    deleteGroup: async ({ group, v }) => {
      await small.ask(DeleteGroups, v, { groupsNames: [groupId(group)] })
    },
    wait: async () => {
      await world.pass(WAIT_MS)
      await look()
    },
    /** What is still held when the run ends is not compared further. */
    finish: look,
  }
}

function isJoined(answer: unknown): answer is JoinGroupResponse {
  return typeof answer === 'object' && answer !== null && 'leader' in answer
}
