import { describeGroups } from '../../../../src/broker/apis/describe-groups.ts'
import { findCoordinator } from '../../../../src/broker/apis/find-coordinator.ts'
import { heartbeat } from '../../../../src/broker/apis/heartbeat.ts'
import { joinGroup } from '../../../../src/broker/apis/join-group.ts'
import { leaveGroup } from '../../../../src/broker/apis/leave-group.ts'
import { offsetCommit } from '../../../../src/broker/apis/offset-commit.ts'
import { offsetFetch } from '../../../../src/broker/apis/offset-fetch.ts'
import { syncGroup } from '../../../../src/broker/apis/sync-group.ts'
import { type ErrorName, errorName } from '../../../../src/protocol/errors.ts'
import type { Input } from '../../../../src/protocol/message.ts'
import type { DescribedGroup } from '../../../../src/protocol/messages/describe-groups.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../../../../src/protocol/messages/join-group.ts'
import type { SyncGroupRequest, SyncGroupResponse } from '../../../../src/protocol/messages/sync-group.ts'
import type { Call, TestCluster } from '../test-cluster.ts'

/** The subscription that a consumer of these topics sends, version 0. */
export function subscription(...topics: string[]): Buffer {
  const names = topics.map((topic) => {
    const name = Buffer.from(topic)
    const length = Buffer.alloc(2)
    length.writeInt16BE(name.length)
    return Buffer.concat([length, name])
  })
  const head = Buffer.alloc(6)
  head.writeInt32BE(topics.length, 2)
  return Buffer.concat([head, ...names, Buffer.from([255, 255, 255, 255])])
}

export const RANGE: { name: string; metadata: Buffer } = { name: 'range', metadata: subscription('orders') }
export const STICKY: { name: string; metadata: Buffer } = { name: 'sticky', metadata: subscription('orders') }

/** Speaks to one group in the words of its members. */
export class GroupDriver {
  readonly cluster: TestCluster
  readonly groupId: string

  constructor(cluster: TestCluster, groupId = 'group') {
    this.cluster = cluster
    this.groupId = groupId
    cluster.ask(findCoordinator, 1, { key: groupId })
  }

  /** JoinGroup in version 3, where a member is not sent away for its id; version 5 for a static member. */
  join(memberId = '', options: Input<JoinGroupRequest> & { version?: number } = {}): Call<JoinGroupResponse> {
    const { version = options.groupInstanceId === undefined ? 3 : 5, ...request } = options
    return this.cluster.call(joinGroup, version, {
      groupId: this.groupId,
      memberId,
      protocolType: 'consumer',
      protocols: [RANGE],
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: version === 0 ? -1 : 60_000,
      ...request,
    })
  }

  sync(
    memberId: string,
    generationId: number,
    assignments: Readonly<Record<string, string>> = {},
    request: Input<SyncGroupRequest> = {},
  ): Call<SyncGroupResponse> {
    return this.cluster.call(syncGroup, request.groupInstanceId === undefined ? 2 : 3, {
      groupId: this.groupId,
      memberId,
      generationId,
      assignments: Object.entries(assignments).map(([id, text]) => ({ memberId: id, assignment: Buffer.from(text) })),
      ...request,
    })
  }

  heartbeat(memberId: string, generationId: number, groupInstanceId: string | null = null): ErrorName {
    const request = { groupId: this.groupId, memberId, generationId, groupInstanceId }
    return errorName(this.cluster.ask(heartbeat, 3, request).errorCode)
  }

  /** LeaveGroup in version 0. */
  leave(memberId: string): ErrorName {
    return errorName(this.cluster.ask(leaveGroup, 0, { groupId: this.groupId, memberId }).errorCode)
  }

  commit(memberId: string, generationId: number, offset: number, groupInstanceId: string | null = null): ErrorName {
    const { topics } = this.cluster.ask(offsetCommit, 8, {
      groupId: this.groupId,
      memberId,
      generationIdOrMemberEpoch: generationId,
      groupInstanceId,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }] }],
    })
    return errorName(topics[0]?.partitions[0]?.errorCode ?? -1)
  }

  /** The committed offset of orders-0. */
  committed(topic = 'orders', partition = 0): number {
    const { topics } = this.cluster.ask(offsetFetch, 7, {
      groupId: this.groupId,
      topics: [{ name: topic, partitionIndexes: [partition] }],
    })
    return topics[0]?.partitions[0]?.committedOffset ?? Number.NaN
  }

  describe(): DescribedGroup {
    return this.cluster.ask(describeGroups, 4, { groups: [this.groupId] }).groups[0] as DescribedGroup
  }

  get state(): string {
    return this.describe().groupState
  }

  get memberIds(): string[] {
    return this.describe().members.map(({ memberId }) => memberId)
  }

  /** Makes a stable group of so many members; tells their ids, the leader's first. */
  stable(members = 1, options: Input<JoinGroupRequest> = {}): string[] {
    const first = this.join('', options).answer
    const ids = [first.memberId]
    let generationId = first.generationId
    for (let i = 1; i < members; i++) {
      const joining = this.join('', options)
      const rejoined = ids.map((id) => this.join(id, options))
      generationId = (rejoined[0] as Call<JoinGroupResponse>).answer.generationId
      ids.push(joining.answer.memberId)
    }
    const followers = ids.slice(1).map((id) => this.sync(id, generationId))
    const assignments = Object.fromEntries(ids.map((id, i) => [id, `assignment ${i}`]))
    this.sync(ids[0] as string, generationId, assignments)
    for (const { answer } of followers) if (answer.errorCode !== 0) throw new Error(errorName(answer.errorCode))
    return ids
  }
}
