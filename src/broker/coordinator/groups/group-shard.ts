import { NO_PRODUCER_ID } from '../../../protocol/records/batch-layout.ts'
import type { Clock } from '../../clock.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Random } from '../../random.ts'
import {
  appendInBatches,
  type CoordinatorShard,
  type Decision,
  decide,
  type EncodedRecord,
  type EndTransaction,
  type RecordPosition,
  type ShardContext,
  type ShardTimers,
} from '../shard.ts'
import { VersionedMap } from '../versioned-map.ts'
import { ClassicGroup } from './classic-group.ts'
import { ClassicGroupMember } from './classic-group-member.ts'
import type { ClassicGroupState } from './classic-group-state.ts'
import { cleanUp } from './expiry.ts'
import { decodeGroupRecord, encodeGroupRecord, type GroupRecord } from './group-record.ts'
import { Offsets } from './offsets.ts'
import { PendingOffsets } from './pending-offsets.ts'
import { answerHeldRequests, cancelHeartbeat, prepareRebalance, scheduleHeartbeat } from './rebalance.ts'
import type { GroupRecordVersions } from './record-versions.ts'

/** What an operation on groups decides. */
export type GroupDecision<T> = Decision<GroupRecord, T>

/** What the shards of a broker share. */
export interface GroupSurroundings {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly random: Random
  readonly recordVersions: GroupRecordVersions
  /** Hears of a group's new state; Dead when it was deleted. */
  stateChanged(group: ClassicGroup, state: ClassicGroupState): void
}

const CLEAN_UP = 'clean-up'

/**
 * The groups of one partition of `__consumer_offsets`, with their offsets. The operations stand in files of their own
 * (join, sync, heartbeat, leave, commit …); here is what they work on, and how it comes out of the records.
 */
export class GroupShard implements CoordinatorShard<GroupRecord> {
  readonly groups: VersionedMap<string, ClassicGroup>
  readonly offsets: Offsets
  /** Only decisions look at them, and the last record counts for those. */
  readonly pendingOffsets: PendingOffsets = new PendingOffsets()
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly random: Random
  readonly timers: ShardTimers<GroupRecord>
  private readonly recordVersions: GroupRecordVersions
  private readonly surroundings: GroupSurroundings
  private loading = true

  constructor(context: ShardContext<GroupRecord>, surroundings: GroupSurroundings) {
    const committed = (): number => context.committed()
    this.groups = new VersionedMap(committed)
    this.offsets = new Offsets(committed)
    this.timers = context.timers
    this.config = surroundings.config
    this.clock = surroundings.clock
    this.random = surroundings.random
    this.recordVersions = surroundings.recordVersions
    this.surroundings = surroundings
  }

  encode(record: GroupRecord): EncodedRecord {
    return encodeGroupRecord(record, this.recordVersions)
  }

  decode(record: EncodedRecord): GroupRecord | undefined {
    return decodeGroupRecord(record)
  }

  replay(record: GroupRecord, position: RecordPosition): void {
    if (record.type === 'GroupMetadata') this.replayGroup(record, position.offset)
    else this.replayOffset(record, position)
  }

  replayEndTransactionMarker({ producerId, committed }: EndTransaction, offset: number): void {
    const ended = this.pendingOffsets.take(producerId)
    if (!committed) return
    for (const { groupId, offset: pending } of ended) {
      const existing = this.offsets.get(groupId, pending.topic, pending.partition)
      // What was committed after it outside of the transaction counts: the later record, as compaction would have it.
      if (existing !== undefined && existing.recordOffset > pending.recordOffset) continue
      this.offsets.set(groupId, pending, offset)
    }
  }

  onLoaded(): void {
    this.loading = false
    for (const [, group] of this.groups.entries()) {
      for (const member of group.members.values()) scheduleHeartbeat(this, group, member)
      // The limit may have been lowered. Nobody has rejoined yet, so this writes nothing.
      if (group.members.size > this.config.int('group.max.size')) prepareRebalance(this, group)
    }
    this.scheduleCleanUp()
  }

  onUnloaded(): void {
    for (const [, group] of this.groups.entries()) answerHeldRequests(group, 'NOT_COORDINATOR')
  }

  transition(group: ClassicGroup, state: ClassicGroupState): void {
    group.transitionTo(state, this.clock.now())
    this.surroundings.stateChanged(group, state)
  }

  /** Begins a group's next generation. */
  initNextGeneration(group: ClassicGroup): void {
    group.initNextGeneration(this.clock.now())
    this.surroundings.stateChanged(group, group.state)
  }

  /** Has an operation run later that nobody waits for; the records that it gives are appended. */
  schedule(name: string, delayMs: number, operation: () => readonly GroupRecord[]): void {
    this.timers.schedule(name, delayMs, () =>
      decide(
        operation(),
        () => undefined,
        () => undefined,
      ),
    )
  }

  private replayGroup({ key, value }: GroupRecord & { type: 'GroupMetadata' }, offset: number): void {
    const live = this.groups.get(key.group)
    if (value === null) {
      this.setGroup(key.group, undefined, offset)
      if (!this.loading && live !== undefined) this.forget(live)
      return
    }
    // A record that a live group has written tells nothing that the group does not know.
    if (!this.loading && live !== undefined) return
    const group = new ClassicGroup({
      groupId: key.group,
      state: value.members.length === 0 ? 'Empty' : 'Stable',
      generationId: value.generation,
      protocolType: value.protocolType === '' ? null : value.protocolType,
      protocolName: value.protocol,
      leaderId: value.leader,
      stateTimestamp: value.currentStateTimestamp,
    })
    for (const member of value.members) {
      const { sessionTimeout, rebalanceTimeout } = member
      group.add(
        new ClassicGroupMember({
          memberId: member.memberId,
          groupInstanceId: member.groupInstanceId,
          clientId: member.clientId,
          clientHost: member.clientHost,
          sessionTimeoutMs: sessionTimeout,
          rebalanceTimeoutMs: rebalanceTimeout === -1 ? sessionTimeout : rebalanceTimeout,
          protocolType: value.protocolType,
          protocols: [{ name: value.protocol ?? '', metadata: Buffer.from(member.subscription) }],
          assignment: Buffer.from(member.assignment),
        }),
      )
    }
    group.computeSubscribedTopics()
    this.setGroup(key.group, group, offset)
  }

  private replayOffset(
    { key, value }: GroupRecord & { type: 'OffsetCommit' },
    { offset, producerId }: RecordPosition,
  ): void {
    const { group, topic, partition } = key
    if (value === null) {
      this.offsets.remove(group, topic, partition, offset)
      this.pendingOffsets.remove(group, topic, partition)
      return
    }
    // Whoever commits without having joined makes a simple group: an empty one without a protocol.
    if (this.groups.get(group) === undefined) this.setGroup(group, this.emptyGroup(group), offset)
    const committed = {
      topic,
      partition,
      offset: value.offset,
      leaderEpoch: value.leaderEpoch,
      metadata: value.metadata,
      commitTimestamp: value.commitTimestamp,
      expireTimestamp: value.expireTimestamp,
      topicId: value.topicId,
      recordOffset: offset,
    }
    if (producerId === NO_PRODUCER_ID) this.offsets.set(group, committed, offset)
    else this.pendingOffsets.set(producerId, group, committed)
  }

  private setGroup(groupId: string, group: ClassicGroup | undefined, offset: number): void {
    this.groups.set(groupId, group, offset)
    if (!this.loading) this.scheduleCleanUp()
  }

  private emptyGroup(groupId: string): ClassicGroup {
    return new ClassicGroup({
      groupId,
      state: 'Empty',
      generationId: 0,
      protocolType: null,
      protocolName: null,
      leaderId: null,
      stateTimestamp: this.clock.now(),
    })
  }

  /** Lets go of a group that was deleted, which has no members. */
  private forget(group: ClassicGroup): void {
    for (const memberId of group.pendingJoinMembers) cancelHeartbeat(this, group, memberId)
    this.surroundings.stateChanged(group, 'Dead')
  }

  /** A timer runs only while there is a group, that is, something that can expire. */
  private scheduleCleanUp(): void {
    if (this.groups.isEmpty()) this.timers.cancel(CLEAN_UP)
    if (this.groups.isEmpty() || this.timers.has(CLEAN_UP)) return
    const intervalMs = this.config.long('offsets.retention.check.interval.ms')
    const again = (): void => this.scheduleCleanUp()
    this.timers.schedule(CLEAN_UP, intervalMs, () => appendInBatches(cleanUp(this), again))
  }
}
