import type { Random } from '../../../src/broker/random.ts'
import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { SyncGroup } from '../../../src/protocol/messages/sync-group.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { KeyType, type Told, told } from './client.ts'
import type { Program } from './program.ts'
import { Worker } from './worker.ts'
import type { World } from './world.ts'

/** What the members of a group know together: what any of them was told to be committed. */
export interface GroupStory {
  readonly groupId: string
  readonly topic: string
  /** The greatest offset whose commit was acknowledged; -1: none was. */
  acknowledged: number
  /** Offsets that went back. */
  readonly setbacks: string[]
}

const SESSION_TIMEOUT_MS = 10_000
const REBALANCE_TIMEOUT_MS = 5000
const REQUEST_TIMEOUT_MS = 15_000
const HEARTBEAT_MS = 1000
const PROTOCOL = 'one'
const OWNER = Buffer.from('owner')
const NOTHING = Buffer.alloc(0)

const coordinatorLost: ReadonlySet<Told> = new Set([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'disconnected',
  'timed out',
] satisfies Told[])

/**
 * A member of a classic group. In each generation one of them owns the partition: it asks how far the group is, and goes on from there, an offset
 * each time it beats. What comes late of an earlier generation is fenced, so that the group never goes back.
 */
export class Member extends Worker {
  private readonly story: GroupStory
  private memberId = ''
  private generationId = -1
  private steps = 0

  constructor(world: World, id: string, random: Random, story: GroupStory) {
    super(world, id, random)
    this.story = story
  }

  /** Has it be a member for so many heartbeats, and then fall silent. */
  takePart(steps: number): void {
    this.steps += steps
    this.goOn()
  }

  protected *work(): Program<void> {
    while (this.steps > 0) {
      this.steps--
      const leads = yield* this.join()
      if (leads === undefined) continue
      const owns = yield* this.sync(leads)
      if (owns !== undefined) yield* this.stay(owns)
    }
  }

  /** Whom it is to assign to; none unless it leads; undefined: it is not in the group. */
  private *join(): Program<readonly string[] | undefined> {
    const { groupId } = this.story
    const nodeId = yield* this.findCoordinator(groupId, KeyType.group)
    const outcome = yield* this.ask(
      nodeId,
      JoinGroup,
      5,
      {
        groupId,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
        memberId: this.memberId,
        groupInstanceId: null,
        protocolType: 'consumer',
        protocols: [{ name: PROTOCOL, metadata: NOTHING }],
        reason: null,
      },
      REQUEST_TIMEOUT_MS,
    )
    const error = told(outcome, ({ errorCode }) => errorCode)
    this.note(`joins: ${error} ${outcome.answer?.generationId}`)
    const { memberId = '', generationId = -1, leader = '', members = [] } = outcome.answer ?? {}
    if (error === 'MEMBER_ID_REQUIRED') this.memberId = memberId
    if (error !== 'NONE') {
      yield* this.failed(error)
      return undefined
    }
    this.succeeded()
    this.memberId = memberId
    this.generationId = generationId
    return leader === memberId ? members.map((member) => member.memberId ?? '') : []
  }

  /** Whether it owns the partition; undefined: it is not in the generation any more. */
  private *sync(members: readonly string[]): Program<boolean | undefined> {
    const { groupId } = this.story
    const nodeId = yield* this.findCoordinator(groupId, KeyType.group)
    const owner = members[this.random.below(members.length)]
    const outcome = yield* this.ask(
      nodeId,
      SyncGroup,
      3,
      {
        groupId,
        generationId: this.generationId,
        memberId: this.memberId,
        groupInstanceId: null,
        protocolType: null,
        protocolName: null,
        assignments: members.map((memberId) => ({ memberId, assignment: memberId === owner ? OWNER : NOTHING })),
      },
      REQUEST_TIMEOUT_MS,
    )
    const error = told(outcome, ({ errorCode }) => errorCode)
    this.note(`syncs: ${error}`)
    if (error === 'NONE') return (outcome.answer?.assignment as Buffer | undefined)?.equals(OWNER) ?? false
    yield* this.failed(error)
    return undefined
  }

  private *stay(owns: boolean): Program<void> {
    let offset = -1
    for (let known = !owns; this.steps > 0; this.steps--) {
      if (!known) {
        const fetched = yield* this.fetchOffset()
        if (fetched === undefined) return
        offset = fetched
        known = true
      } else if (owns) {
        offset++
        if (!(yield* this.commit(offset))) return
      }
      if (!(yield* this.beat())) return
      yield* this.sleep(HEARTBEAT_MS)
    }
  }

  private *fetchOffset(): Program<number | undefined> {
    const { groupId, topic, acknowledged, setbacks } = this.story
    const nodeId = yield* this.findCoordinator(groupId, KeyType.group)
    const outcome = yield* this.ask(
      nodeId,
      OffsetFetch,
      7,
      { groupId, topics: [{ name: topic, partitionIndexes: [0] }], groups: [], requireStable: true },
      REQUEST_TIMEOUT_MS,
    )
    const partition = outcome.answer?.topics?.[0]?.partitions?.[0]
    const error = told(outcome, ({ errorCode = 0 }) => (errorCode === 0 ? partition?.errorCode : errorCode))
    const offset = partition?.committedOffset ?? -1
    this.note(`is told ${error} ${offset}`)
    if (error !== 'NONE') {
      yield* this.failed(error)
      return undefined
    }
    if (offset < acknowledged) {
      setbacks.push(
        `${this.id} is told in generation ${this.generationId} that ${groupId} is at ${offset}, after ${acknowledged}`,
      )
    }
    return offset
  }

  private *commit(offset: number): Program<boolean> {
    const { story } = this
    const nodeId = yield* this.findCoordinator(story.groupId, KeyType.group)
    const outcome = yield* this.ask(
      nodeId,
      OffsetCommit,
      8,
      {
        groupId: story.groupId,
        generationIdOrMemberEpoch: this.generationId,
        memberId: this.memberId,
        groupInstanceId: null,
        retentionTimeMs: -1,
        topics: [
          {
            name: story.topic,
            topicId: ZERO_UUID,
            partitions: [
              {
                partitionIndex: 0,
                committedOffset: offset,
                committedLeaderEpoch: -1,
                commitTimestamp: -1,
                committedMetadata: this.id,
              },
            ],
          },
        ],
      },
      REQUEST_TIMEOUT_MS,
    )
    const error = told(outcome, ({ topics = [] }) => topics[0]?.partitions?.[0]?.errorCode)
    this.note(`commits ${offset}: ${error}`)
    if (error === 'NONE') {
      story.acknowledged = Math.max(story.acknowledged, offset)
      return true
    }
    // What may come late is of this generation: the member begins anew, and is in another one.
    this.memberId = ''
    yield* this.failed(error)
    return false
  }

  private *beat(): Program<boolean> {
    const { groupId } = this.story
    const nodeId = yield* this.findCoordinator(groupId, KeyType.group)
    const outcome = yield* this.ask(
      nodeId,
      Heartbeat,
      3,
      { groupId, generationId: this.generationId, memberId: this.memberId, groupInstanceId: null },
      REQUEST_TIMEOUT_MS,
    )
    const error = told(outcome, ({ errorCode }) => errorCode)
    if (error === 'NONE') return true
    this.note(`beats: ${error}`)
    yield* this.failed(error)
    return false
  }

  private *failed(error: Told): Program<void> {
    if (coordinatorLost.has(error)) this.forgetCoordinator(this.story.groupId)
    else if (error === 'UNKNOWN_MEMBER_ID' || error === 'ILLEGAL_GENERATION') this.memberId = ''
    if (error !== 'MEMBER_ID_REQUIRED' && error !== 'REBALANCE_IN_PROGRESS') yield* this.backOff()
  }
}
