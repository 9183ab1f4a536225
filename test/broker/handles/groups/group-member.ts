import { onTestFinished } from 'vitest'
import { KafkaCluster } from '../../../../src/index.ts'
import { errorName } from '../../../../src/protocol/errors.ts'
import { encodeRecord } from '../../../../src/protocol/log-record.ts'
import { ConsumerProtocolAssignment } from '../../../../src/protocol/messages/data/consumer-protocol-assignment.ts'
import { ConsumerProtocolSubscription } from '../../../../src/protocol/messages/data/consumer-protocol-subscription.ts'
import {
  Heartbeat,
  JoinGroup,
  OffsetCommit,
  SyncGroup,
  type TestCluster,
  type TestGroup,
} from '../../../../src/testing/index.ts'
import { connectToCoordinator } from '../../../testing/coordinator.ts'
import type { WireClient } from '../../../wire-client.ts'

/** What each member is to read, its leader first. */
type Shares = readonly Readonly<Record<string, readonly number[]>>[]

/** A member of a group of consumers that does what it is told, request by request. */
export class GroupMember {
  memberId = ''
  generationId = -1
  /** The members, where it leads them: itself, and the others in the order in which it was told of them. */
  private members: readonly string[] = []
  private readonly cluster: TestCluster
  private readonly client: WireClient
  private readonly groupId: string
  private readonly clientId: string
  private readonly protocolType: string

  private constructor(
    cluster: TestCluster,
    client: WireClient,
    groupId: string,
    clientId: string,
    protocolType: string,
  ) {
    this.cluster = cluster
    this.client = client
    this.groupId = groupId
    this.clientId = clientId
    this.protocolType = protocolType
  }

  /** Its group and its topics are named as the cluster has it. */
  static async of(cluster: TestCluster, group: string, clientId: string, protocolType = 'consumer') {
    const groupId = cluster.name(group)
    const client = await connectToCoordinator(cluster, 'group', groupId)
    // Who is still in a group when a test is over is told of by a cluster that others use, too.
    if (!(cluster instanceof KafkaCluster)) onTestFinished(() => empty(cluster.group(groupId)))
    return new GroupMember(cluster, client, groupId, clientId, protocolType)
  }

  /** Joins, and syncs: as the leader with these shares. */
  async join(...shares: Shares): Promise<string> {
    const error = await this.joinGroup()
    return error === 'NONE' ? await this.sync(shares) : error
  }

  /** Joins, and leaves its assignment for later. */
  async joinGroup(): Promise<string> {
    const metadata = encodeRecord(ConsumerProtocolSubscription, { topics: [this.cluster.name('orders')] }, 0)
    const request = {
      groupId: this.groupId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
      protocolType: this.protocolType,
      protocols: [{ name: 'range', metadata }],
    }
    const joined = await this.client.send(JoinGroup, 3, { ...request, memberId: this.memberId }, this.clientId)
    if (joined.errorCode !== 0) return errorName(joined.errorCode)
    this.memberId = joined.memberId
    this.generationId = joined.generationId
    const members = joined.members.map(({ memberId }) => memberId)
    this.members = members.length === 0 ? [] : [this.memberId, ...members.filter((id) => id !== this.memberId)]
    return 'NONE'
  }

  private async sync(shares: Shares): Promise<string> {
    const assignments = this.members.map((memberId, i) => ({
      memberId,
      assignment: encodeRecord(
        ConsumerProtocolAssignment,
        {
          assignedPartitions: Object.entries(shares[i] ?? {}).map(([topic, partitions]) => ({
            topic: this.cluster.name(topic),
            partitions,
          })),
        },
        0,
      ),
    }))
    const { groupId, generationId, memberId } = this
    const synced = await this.client.send(SyncGroup, 3, { groupId, generationId, memberId, assignments })
    return errorName(synced.errorCode)
  }

  async heartbeat(): Promise<string> {
    const { groupId, generationId, memberId } = this
    return errorName((await this.client.send(Heartbeat, 3, { groupId, generationId, memberId })).errorCode)
  }

  /** Beats until it is told something: who joins by a connection of its own may come a little later. */
  async heartbeats(): Promise<string> {
    for (;;) {
      const told = await this.heartbeat()
      if (told !== 'NONE') return told
    }
  }

  async commit(topic: string, partition: number, offset: number): Promise<string> {
    const { groupId, generationId, memberId } = this
    const partitions = [{ partitionIndex: partition, committedOffset: offset }]
    const request = {
      groupId,
      generationIdOrMemberEpoch: generationId,
      memberId,
      topics: [{ name: this.cluster.name(topic), partitions }],
    }
    const { topics } = await this.client.send(OffsetCommit, 7, request)
    return errorName(topics[0]?.partitions[0]?.errorCode ?? -1)
  }
}

async function empty(group: TestGroup): Promise<void> {
  const { members } = await group.describe().catch(() => ({ members: [] }))
  for (const member of members) await group.evict(member).catch(() => {})
}
