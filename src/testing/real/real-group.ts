import { readAssignment } from '../../broker/handles/groups/assignment.ts'
import { checkHasMembers, checkOffset, memberIdOf, memberOf } from '../../broker/handles/groups/group-arguments.ts'
import type {
  CommitToWaitFor,
  CommittedPartition,
  GroupDescription,
  GroupMember,
  PartitionLag,
  StableOptions,
} from '../../broker/handles/groups/group-description.ts'
import {
  caughtUpWait,
  checkLagTopic,
  commitWait,
  isAtRest,
  stableWait,
} from '../../broker/handles/groups/group-waits.ts'
import { committedTold, groupTold } from '../../broker/handles/groups/group-words.ts'
import { provide } from '../../broker/handles/handle.ts'
import { checkPartition } from '../../broker/handles/records/record-scan.ts'
import type { WaitOptions } from '../../broker/handles/waits/limited-waits.ts'
import { WAITS } from '../../broker/handles/waits/waits.ts'
import { ErrUnknownMemberId } from '../../client/errors/kafka-errors.ts'
import type { TestGroup } from '../test-cluster.ts'
import { partitionsOfTopic, type RealView } from './connection.ts'
import { behindIn, lagsIn } from './group-lag.ts'
import { joinForAMoment, removeMember } from './group-members.ts'
import { mayPass } from './passing.ts'

/** A consumer group of a real cluster. */
export class RealGroup implements TestGroup {
  readonly id: string
  readonly #view: RealView

  static {
    provide(RealGroup.prototype, WAITS, (handle) => handle.#view.waits)
  }

  constructor(view: RealView, id: string) {
    this.#view = view
    this.id = id
  }

  describe(): Promise<GroupDescription> {
    return this.#answer(() => this.#describe())
  }

  offsets(): Promise<readonly CommittedPartition[]> {
    return this.#answer(() => this.#offsets())
  }

  async lag(topic?: string): Promise<number> {
    const lags = await this.lags(topic)
    return lags.reduce((sum, { lag }) => sum + lag, 0)
  }

  async lags(topic?: string): Promise<readonly PartitionLag[]> {
    checkLagTopic(topic)
    const [{ members }, commits] = await Promise.all([this.describe(), this.offsets()])
    return this.#view.waits.answer(`the ends of the logs that ${this.id} reads`, () =>
      lagsIn(this.#view, { members, commits }, topic),
    )
  }

  async waitUntilStable(options: WaitOptions & StableOptions = {}): Promise<GroupDescription> {
    const { what, find } = stableWait(this.id, options)
    return this.#eventually(what, options, async (seen) => find(await seen.describe()))
  }

  async waitUntilCaughtUp(options: WaitOptions & { readonly topic?: string } = {}): Promise<void> {
    const { what, topic } = caughtUpWait(this.id, options)
    const over = new AbortController()
    try {
      await this.#eventually(what, options, async (seen) => {
        const described = await seen.describe()
        const progress = { members: described.members, commits: await seen.offsets() }
        if (!isAtRest(described)) return undefined
        return (await behindIn(this.#view, progress, topic, over.signal))?.length === 0 ? true : undefined
      })
    } finally {
      over.abort()
    }
  }

  async waitForCommit(expected: CommitToWaitFor, options: WaitOptions = {}): Promise<CommittedPartition> {
    const { what, find } = commitWait(this.id, expected, options)
    return this.#eventually(what, options, async (seen) => find(await seen.offsets()))
  }

  /**
   * Has the group rebalance now: a member that reads nothing joins, and leaves as soon as the rebalance has begun. One that goes on already is left as it is.
   * @throws Error for a group that is not this run's own, and for one without members
   */
  async rebalance(): Promise<void> {
    const { permission, waits } = this.#view
    permission.checkOwn(`rebalance of ${this.id}`, this.id)
    const described = await this.describe()
    checkHasMembers(described)
    if (described.state !== 'Stable') return
    const isUnderWay = async (isIn: () => boolean): Promise<true | undefined> => {
      const { state } = await this.describe()
      return state === 'Stable' && !isIn() ? undefined : true
    }
    const told = { what: `the coordinator of ${this.id} to begin a rebalance`, seen: () => groupTold(described) }
    await joinForAMoment(this.#view, described, (isIn) => waits.eventually({ ...told, look: () => isUnderWay(isIn) }))
  }

  /**
   * Has a member leave in its own place, by its member id. It hears UNKNOWN_MEMBER_ID to its next heartbeat or commit, and joins again, if it is what clients do.
   * @throws Error for a group that is not this run's own, for who is no member, and below Kafka 2.4
   */
  async evict(member: string | Pick<GroupMember, 'memberId'>): Promise<void> {
    const memberId = memberIdOf(member)
    this.#view.permission.checkOwn(`evict from ${this.id}`, this.id)
    await removeMember(this.#view, this.id, memberOf(await this.describe(), memberId))
  }

  /**
   * Commits an offset in the place of its members, of which there must be none: Kafka lets nobody else commit then.
   * @throws Error for a group that is not this run's own, and for one that has members; RangeError for an offset that cannot be, and a partition that is not there
   */
  async setOffset(topic: string, partition: number, offset: number): Promise<void> {
    const { admin, permission } = this.#view
    permission.checkOwn(`setOffset of ${this.id}`, this.id)
    const partitions = await partitionsOfTopic(this.#view, topic)
    if (partitions === undefined) throw new RangeError(`setOffset: there is no topic ${topic}`)
    checkPartition(topic, partition, partitions.length)
    checkOffset(offset)
    const offsets = new Map([[topic, new Map([[partition, { offset }]])]])
    const error = await this.#answer(async () => {
      const told = (await admin.alterConsumerGroupOffsets(this.id, offsets)).get(topic)?.get(partition) ?? null
      if (mayPass(told)) throw told
      return told
    })
    if (error === null) return
    if (!(error instanceof ErrUnknownMemberId)) throw error
    throw new Error(
      `setOffset: the group ${this.id} has members, and Kafka lets nobody else commit in their place: close them first`,
      { cause: error },
    )
  }

  async #describe(): Promise<GroupDescription> {
    const { admin, client } = this.#view
    const [described] = await admin.describeConsumerGroups([this.id])
    if (described?.err != null) throw described.err
    const { state = 'Dead', protocolType = '', protocol = '', members } = described ?? {}
    return {
      groupId: this.id,
      state,
      protocolType,
      protocol,
      coordinator: (await client.coordinator(this.id)).id,
      members: [...(members?.values() ?? [])].map(
        ({ memberId, groupInstanceId, clientId, clientHost, memberAssignment }): GroupMember => {
          const assignment = readAssignment(protocolType, memberAssignment)
          return { memberId, groupInstanceId, clientId, clientHost, assignment }
        },
      ),
    }
  }

  async #offsets(): Promise<readonly CommittedPartition[]> {
    const { blocks } = await this.#view.admin.listConsumerGroupOffsets(this.id, null)
    const commits = [...blocks].flatMap(([topic, partitions]) =>
      [...partitions].flatMap(([partition, { offset, leaderEpoch, metadata, err }]) => {
        if (err !== null) throw err
        return offset < 0 ? [] : [{ topic, partition, offset, leaderEpoch, metadata }]
      }),
    )
    return commits.sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition))
  }

  #answer<T>(ask: () => Promise<T>): Promise<T> {
    return this.#view.waits.answer(`the coordinator of the group ${this.id} to answer`, ask)
  }

  /** Asks again and again, and keeps what was heard last for the error that says that it did not come. */
  #eventually<T>(what: string, options: WaitOptions, look: (seen: GroupSeen) => Promise<T | undefined>): Promise<T> {
    const seen = new GroupSeen(this, (progress) => lagsIn(this.#view, progress))
    return this.#view.waits.eventually(
      {
        what,
        look: async () => {
          try {
            const found = await look(seen)
            if (found !== undefined) return found
          } catch (error) {
            await seen.lookAround(error)
            throw error
          }
          // Told only of what did not come.
          await seen.lookAround()
          return undefined
        },
        seen: () => seen.told,
      },
      options,
    )
  }
}

/** How a group stood when it was last asked. */
class GroupSeen {
  private readonly group: RealGroup
  private readonly lagsOf: (progress: {
    readonly members: readonly GroupMember[]
    readonly commits: readonly CommittedPartition[]
  }) => Promise<readonly PartitionLag[]>
  private description: GroupDescription | undefined
  private commits: readonly CommittedPartition[] | undefined
  told = 'Nothing was heard of it.'

  constructor(group: RealGroup, lagsOf: GroupSeen['lagsOf']) {
    this.group = group
    this.lagsOf = lagsOf
  }

  async describe(): Promise<GroupDescription> {
    this.description = await this.group.describe()
    return this.description
  }

  async offsets(): Promise<readonly CommittedPartition[]> {
    this.commits = await this.group.offsets()
    return this.commits
  }

  /** Asks for what was not asked for yet, so that all can be told; or tells why that cannot be. */
  async lookAround(failure?: unknown): Promise<void> {
    const { description, commits } = this
    this.description = undefined
    this.commits = undefined
    const told: string[] = []
    try {
      if (failure !== undefined && description === undefined) throw failure
      const known = description ?? (await this.group.describe())
      told.push(groupTold(known))
      if (failure !== undefined) throw failure
      const lags = await this.lagsOf({ members: known.members, commits: commits ?? (await this.group.offsets()) })
      told.push(committedTold(lags))
    } catch (error) {
      told.push(`How far it has come cannot be told: ${error instanceof Error ? error.message : String(error)}`)
    }
    this.told = told.join('\n')
  }
}
