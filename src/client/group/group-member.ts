import { ErrorCode } from '../../protocol/errors.ts'
import type { JoinGroupResponse } from '../../protocol/messages/join-group.ts'
import type { SyncGroupRequestAssignment } from '../../protocol/messages/sync-group.ts'
import { backoffOf } from '../backoff.ts'
import type { Broker } from '../broker.ts'
import type { Client } from '../client.ts'
import type { Config } from '../config/config.ts'
import { isAtLeast, V2_3_0_0 } from '../config/versions.ts'
import { ClientError } from '../errors/client-errors.ts'
import { throwIf } from '../errors/kafka-error.ts'
import { ErrIllegalGeneration, ErrRebalanceInProgress, ErrUnknownMemberId } from '../errors/kafka-errors.ts'
import { GroupCoordinator } from '../group-coordinator.ts'
import { isRetriable, noTryAfter, retrying } from '../retrying.ts'
import { sleep } from '../time.ts'
import { assignmentsOf, membersOf, subscribedPartitions } from './balance.ts'
import { type Assignment, decodeAssignment, encodeSubscription, subscriptionVersion } from './consumer-protocol.ts'
import { heartbeat, join, leave, type MemberIdentity, sync } from './member-requests.ts'
import { reasonOf } from './session-end.ts'
import type { BalanceStrategy, ConsumerGroupMember } from './strategies/index.ts'

/** What a member goes on holding while it joins again (KIP-429). */
export interface Held {
  readonly assigned: Assignment
  readonly generationId: number
}

/** The outcome of a rebalance. */
export interface Joined {
  readonly memberId: string
  readonly generationId: number
  readonly assigned: Assignment
  /** Of every topic that some member subscribes to, how many partitions it had; for whoever leads the group alone. */
  readonly partitionCounts: ReadonlyMap<string, number> | undefined
}

const LEAVING = 'the consumer is closed'

/** A member of a group, as its coordinator knows it: joins, says that it lives, leaves. */
export class GroupMember {
  /** `group.instance.id` (KIP-345); null for a dynamic member. */
  readonly groupInstanceId: string | null
  private readonly client: Client
  private readonly config: Config
  private readonly group: string
  /** Joins wait for other members: they go by a connection of their own, on which nothing else has to wait for them. */
  private readonly joinPurpose: string
  private readonly coordinator: GroupCoordinator
  private memberId = ''
  private userData: Uint8Array | null
  private last: Held = { assigned: new Map(), generationId: -1 }
  /** Why the last session ended, to be told with the next join. */
  private reason: string | null = null

  constructor(client: Client, group: string) {
    const { instanceId, member } = client.config.consumer.group
    this.client = client
    this.config = client.config
    this.group = group
    this.coordinator = new GroupCoordinator(client, group)
    this.groupInstanceId = instanceId !== '' && isAtLeast(this.config.version, V2_3_0_0) ? instanceId : null
    this.userData = member.userData
    this.joinPurpose = `joins ${group} ${this.config.random.below(2 ** 31)}`
  }

  /** The next join tells why this one ended. */
  ended(cause: unknown): void {
    this.reason = reasonOf(cause)
  }

  /**
   * Joins, and resolves when every member has its partitions. Tries again after errors that may pass.
   * @throws what the coordinator answers, after `consumer.group.rebalance.retry.max` retries; the errors of a membership that is lost at once when it
   * held partitions
   */
  async join(topics: readonly string[], held: Held | undefined, signal: AbortSignal): Promise<Joined> {
    const { clock, random, consumer } = this.config
    const { retry } = consumer.group.rebalance
    for (let retries = 0, lost = 0; ; ) {
      try {
        return await this.joinOnce(topics, held, signal)
      } catch (error) {
        if (signal.aborted) {
          // A join that is waited for no longer would be in the way of the next one.
          this.disconnect()
          throw signal.reason
        }
        if (error instanceof ErrUnknownMemberId || error instanceof ErrIllegalGeneration) {
          this.memberId = ''
          if (held !== undefined && held.assigned.size > 0) throw error
          // It is forgotten, which is no reason to wait: it comes back as a new member.
          if (lost++ === 0) continue
        } else if (!isRetriable(error) && !(error instanceof ErrRebalanceInProgress)) throw error
        if (retries++ >= retry.max) throw error
        this.coordinator.release()
      }
      await sleep(clock, backoffOf(retry, retries, random), signal)
    }
  }

  /** Tells the coordinator that this member lives. @throws what it answers */
  async heartbeat(generationId: number, signal: AbortSignal): Promise<void> {
    const { identity } = this
    const ask = (coordinator: Broker) => heartbeat(coordinator, identity, generationId, signal)
    this.heed(await this.coordinator.ask(signal, ask))
  }

  /** Leaves the group. A static member stays: it is back before its session times out, or is given up then (KIP-345). */
  async leave(signal: AbortSignal): Promise<void> {
    const { identity } = this
    if (this.memberId === '') return
    this.memberId = ''
    if (this.groupInstanceId !== null) return
    const ask = (coordinator: Broker) => leave(coordinator, identity, LEAVING, signal)
    const leaveOnce = async (): Promise<void> => {
      for (const errorCode of await this.coordinator.ask(signal, ask)) {
        const isGone = errorCode === ErrorCode.UNKNOWN_MEMBER_ID || errorCode === ErrorCode.REBALANCE_IN_PROGRESS
        if (!isGone) this.heed(errorCode)
      }
    }
    const { retry } = this.config.metadata
    await retrying(this.config, retry, signal, leaveOnce, noTryAfter(this.config, retry.max))
  }

  /** Lets go of the connection for joins. */
  disconnect(): void {
    this.client.releaseConnections(this.joinPurpose)
  }

  private get identity(): MemberIdentity {
    return { groupId: this.group, memberId: this.memberId, groupInstanceId: this.groupInstanceId }
  }

  private async joinOnce(topics: readonly string[], held: Held | undefined, signal: AbortSignal): Promise<Joined> {
    for (;;) {
      const coordinator = await this.joinConnection(signal)
      const joined = await this.askToJoin(coordinator, topics, held, signal)
      const { memberId, generationId } = joined
      const strategy = this.strategyOf(joined.protocolName)
      const isLeader = joined.leader === memberId
      const members = isLeader ? membersOf(joined) : new Map<string, ConsumerGroupMember>()
      const partitions = isLeader ? await subscribedPartitions(this.client, members, signal) : undefined
      // KIP-814: a static leader that is back leaves the assignment as it is.
      const plans = isLeader && !joined.skipAssignment
      const assignments = plans ? assignmentsOf(strategy, members, partitions ?? new Map(), generationId) : []
      const synced = await this.askToSync(coordinator, joined, strategy, assignments, signal)
      // While the members heard of their partitions another rebalance has begun.
      if (synced === undefined) continue
      const { assigned, userData } = decodeAssignment(synced)
      this.userData = userData ?? this.config.consumer.group.member.userData
      this.last = { assigned, generationId }
      strategy.onAssignment?.(assigned, userData, generationId)
      const counts = partitions && new Map([...partitions].map(([topic, list]) => [topic, list.length]))
      return { memberId, generationId, assigned, partitionCounts: counts }
    }
  }

  private async askToJoin(
    coordinator: Broker,
    topics: readonly string[],
    held: Held | undefined,
    signal: AbortSignal,
  ): Promise<JoinGroupResponse> {
    const { session, rebalance } = this.config.consumer.group
    const joining = {
      protocols: rebalance.groupStrategies.map((strategy) => ({
        name: strategy.name,
        metadata: this.subscription(strategy, topics, held),
      })),
      sessionTimeoutMs: session.timeout,
      rebalanceTimeoutMs: rebalance.timeout,
      reason: this.reason,
    }
    for (;;) {
      const answer = await join(coordinator, this.identity, joining, signal)
      const isNew = answer.errorCode === ErrorCode.NONE || answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED
      if (isNew) this.memberId = answer.memberId
      // KIP-394: a new member is given its id first, and joins with it then.
      if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) continue
      this.heed(answer.errorCode)
      this.reason = null
      return answer
    }
  }

  /** What is assigned to this member; undefined when it has to join again. */
  private async askToSync(
    coordinator: Broker,
    { memberId, generationId }: JoinGroupResponse,
    strategy: BalanceStrategy,
    assignments: readonly SyncGroupRequestAssignment[],
    signal: AbortSignal,
  ): Promise<Buffer | undefined> {
    const { timeout: rebalanceTimeoutMs } = this.config.consumer.group.rebalance
    const syncing = { generationId, protocolName: strategy.name, assignments, rebalanceTimeoutMs }
    const { errorCode, assignment } = await sync(coordinator, { ...this.identity, memberId }, syncing, signal)
    if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) return undefined
    this.heed(errorCode)
    return assignment
  }

  private subscription(strategy: BalanceStrategy, topics: readonly string[], held: Held | undefined): Buffer {
    const { assigned, generationId } = this.last
    const own = strategy.userData
    return encodeSubscription(
      {
        topics,
        userData: own === undefined ? this.userData : own.call(strategy, assigned, generationId),
        ownedPartitions: Object.fromEntries(held?.assigned ?? []),
        generationId: held?.generationId ?? -1,
        rackId: this.config.rackID === '' ? null : this.config.rackID,
      },
      subscriptionVersion(this.config.version),
    )
  }

  private strategyOf(name: string | null): BalanceStrategy {
    const strategy = this.config.consumer.group.rebalance.groupStrategies.find((one) => one.name === name)
    if (strategy === undefined) throw new ClientError(`kafka: the group uses strategy ${name}, which this member lacks`)
    return strategy
  }

  private async joinConnection(signal: AbortSignal): Promise<Broker> {
    const { id } = await this.coordinator.find(signal)
    return this.client.connectionTo(id, this.joinPurpose)
  }

  private heed(errorCode: number): void {
    const hasMoved = errorCode === ErrorCode.NOT_COORDINATOR || errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE
    if (hasMoved) this.coordinator.release()
    throwIf(errorCode)
  }
}

/** Whether an error says that the coordinator no longer takes a member for one. */
export function isLost(error: unknown): boolean {
  return error instanceof ErrUnknownMemberId || error instanceof ErrIllegalGeneration
}
