import { GROUP_METADATA_TOPIC } from '../../replication/internal-topics.ts'
import { nodeIdOf } from '../brokers/broker-argument.ts'
import type { BrokerHandle } from '../brokers/broker-handle.ts'
import type { ClusterView } from '../cluster-view.ts'
import { moveCoordinator } from '../coordinators.ts'
import { Handle, provide } from '../handle.ts'
import { surroundingsSeen } from '../seen.ts'
import type { WaitOptions } from '../waits/limited-waits.ts'
import { WAITS } from '../waits/waits.ts'
import type {
  CommitToWaitFor,
  CommittedPartition,
  GroupDescription,
  GroupMember,
  PartitionLag,
  StableOptions,
} from './group-description.ts'
import { evictMember, rebalanceGroup, setOffset } from './group-disturbance.ts'
import { committedSeen, groupSeen } from './group-seen.ts'
import { committedBy, coordinatorOfGroup, describedGroup, whyGroupUntold } from './group-state.ts'
import { caughtUpWait, checkLagTopic, commitWait, isAtRest, stableWait } from './group-waits.ts'
import { behind, lagsOf } from './lag.ts'

/** A consumer group by its id, whether it is there or not yet. */
export class GroupHandle extends Handle {
  /** Kafka's `group.id`. */
  readonly id: string
  readonly #view: ClusterView

  static {
    provide(GroupHandle.prototype, WAITS, (handle) => handle.#view.waits)
  }

  /** @internal */
  constructor(view: ClusterView, id: string) {
    super()
    this.#view = view
    this.id = id
  }

  /** The node id of its coordinator; undefined before `__consumer_offsets` is there, and while nobody leads its partition. */
  get coordinator(): number | undefined {
    return coordinatorOfGroup(this.#view, this.id)?.nodeId
  }

  /**
   * `Empty`, `PreparingRebalance`, `CompletingRebalance` or `Stable`; `Dead` when there is no such group, and while its coordinator does not know yet
   * that it is.
   */
  get state(): string {
    return describedGroup(this.#view, this.id).state
  }

  /** Its members; none when there is no such group. */
  get members(): readonly GroupMember[] {
    return describedGroup(this.#view, this.id).members
  }

  /** All that it has committed. */
  get committed(): readonly CommittedPartition[] {
    return committedBy(this.#view, this.id)
  }

  /**
   * The group as its coordinator tells of it now; where it does not know yet that it is, as soon as it does.
   * @throws UnmetWaitError when nobody can tell in time
   */
  async describe(): Promise<GroupDescription> {
    await this.#isTold()
    return describedGroup(this.#view, this.id)
  }

  /**
   * All that it has committed, told by whom {@link describe} is.
   * @throws UnmetWaitError when nobody can tell in time
   */
  async offsets(): Promise<readonly CommittedPartition[]> {
    await this.#isTold()
    return committedBy(this.#view, this.id)
  }

  /**
   * How many offsets it is behind the ends of the logs as consumers see them, in the partitions of {@link lags}, in all or in one topic. Where transactions or
   * compaction leave gaps, that is more than there are records.
   */
  async lag(topic?: string): Promise<number> {
    const lags = await this.lags(topic)
    return lags.reduce((sum, { lag }) => sum + lag, 0)
  }

  /** How far it is behind in each partition that it has committed in or that is assigned; where it has not committed, from the log's start on. */
  async lags(topic?: string): Promise<readonly PartitionLag[]> {
    checkLagTopic(topic)
    await this.#isTold()
    return lagsOf(this.#view, this.id, topic)
  }

  /**
   * Waits until it is stable: every member has its assignment.
   *
   * ```ts
   * const { members } = await cluster.group('billing').waitUntilStable({ members: 2 })
   * ```
   * @throws UnmetWaitError that says what state it is in; RangeError for a number of members that cannot be
   */
  async waitUntilStable(options: WaitOptions & StableOptions = {}): Promise<GroupDescription> {
    const { what, find } = stableWait(this.id, options)
    return this.#until(what, options, () => find(describedGroup(this.#view, this.id)))
  }

  /**
   * Waits until it has committed behind the last record of each partition that it has committed in or that is assigned; where a topic is named, of each
   * partition of it. Behind markers of transactions, and what was written in one that was aborted, nobody has to commit. A group of which nothing is known yet is
   * waited for, and so is the end of a rebalance, and of a transaction behind what is committed.
   * @throws UnmetWaitError that says where it is behind
   */
  async waitUntilCaughtUp(options: WaitOptions & { readonly topic?: string } = {}): Promise<void> {
    const { what, topic } = caughtUpWait(this.id, options)
    await this.#until(what, options, () => {
      if (!isAtRest(describedGroup(this.#view, this.id))) return undefined
      return behind(this.#view, this.id, topic)?.length === 0 ? true : undefined
    })
  }

  /**
   * Waits until it has committed so much of a topic, and gives what it has committed there.
   *
   * ```ts
   * await cluster.group('billing').waitForCommit({ topic: 'orders', partition: 0, offset: 3 })
   * ```
   * @throws UnmetWaitError that says what it has committed instead; TypeError for what cannot be waited for
   */
  async waitForCommit(expected: CommitToWaitFor, options: WaitOptions = {}): Promise<CommittedPartition> {
    const { what, find } = commitWait(this.id, expected, options)
    return this.#until(what, options, () => find(committedBy(this.#view, this.id)))
  }

  /**
   * Has the group rebalance now, as when a member joins and leaves: its members hear REBALANCE_IN_PROGRESS to their next heartbeat, give up what they have
   * where they are told to, and join again. Done when the rebalance has begun; {@link waitUntilStable} tells when it is over. One that goes on already is left
   * as it is.
   * @throws Error when it has no members
   */
  rebalance(): Promise<void> {
    return rebalanceGroup(this.#view, this.id)
  }

  /**
   * Ends a member's session, as when nothing was heard of it for `session.timeout.ms`: the others share what it had. It hears UNKNOWN_MEMBER_ID to its next
   * heartbeat or commit, and joins again as a new member, if it is what clients do.
   * @param member as {@link members} has it, or its member id
   * @throws Error for who is no member
   */
  evict(member: string | Pick<GroupMember, 'memberId'>): Promise<void> {
    return evictMember(this.#view, this.id, member)
  }

  /**
   * Commits an offset in place of its members, by a record in the coordinator's log: the next to be assigned this partition reads from there. The group is made
   * if it is not there.
   *
   * A group that has members can be set as well, where Kafka would refuse it: they do not look at it as long as they keep the partition, and may commit over it.
   * To have a member go back, set the offset and {@link evict} the member: it has nothing to say about the partition any more, and reads from there when it is back.
   * @param offset of the record that is to be read next; it need not be there
   * @throws RangeError for an offset that cannot be, and a partition that is not there
   */
  setOffset(topic: string, partition: number, offset: number): Promise<void> {
    return setOffset(this.#view, this.id, topic, partition, offset)
  }

  /**
   * Has another broker coordinate the group, as when its partition of `__consumer_offsets` gets another leader: the group is loaded there from
   * the log, and members find it again.
   * @throws Error before `__consumer_offsets` is there; KafkaError INELIGIBLE_REPLICA when the broker is not in sync; TypeError for what is no broker
   */
  moveCoordinator(broker: BrokerHandle): void {
    const nodeId = nodeIdOf('moveCoordinator', broker)
    moveCoordinator(this.#view, GROUP_METADATA_TOPIC, this.id, nodeId)
  }

  /** Waits for a coordinator that can tell: a group that nobody knows of now has not lost what it has committed. */
  async #isTold(): Promise<void> {
    const view = this.#view
    const isTold = (): true | undefined => (whyGroupUntold(view, this.id) === undefined ? true : undefined)
    if (isTold() || view.queue.isStopped) return
    await this.#until(`the coordinator of the group ${this.id}`, {}, isTold)
  }

  #until<T>(what: string, options: WaitOptions, look: () => T | undefined): Promise<T> {
    const view = this.#view
    const seen = (): string =>
      [groupSeen(view, this.id), committedSeen(view, this.id), surroundingsSeen(view, { group: this.id })].join('\n')
    return view.waits.until({ what, look, seen }, options)
  }
}
