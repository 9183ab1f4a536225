import type { Random } from '../../../src/broker/random.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { isUnknown, KeyType, type Told, told } from './client.ts'
import type { Program } from './program.ts'
import { Worker } from './worker.ts'
import type { World } from './world.ts'

const REQUEST_TIMEOUT_MS = 5000
const GIVE_UP_MS = 60_000

/** Errors after which the coordinator is looked for anew. */
const astray: ReadonlySet<Told> = new Set([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'disconnected',
  'timed out',
] satisfies Told[])

const retriable: ReadonlySet<Told> = new Set([
  ...astray,
  'COORDINATOR_LOAD_IN_PROGRESS',
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'UNKNOWN_TOPIC_OR_PARTITION',
] satisfies Told[])

/** Commits offsets of a group without members, each greater than the last, one at a time. */
export class Committer extends Worker {
  readonly groupId: string
  readonly topic: string
  /** The last offset whose commit was acknowledged; -1: none was. */
  acknowledged = -1
  /** Offsets of which it is not known whether they are committed. */
  readonly unknown = new Set<number>()
  /** Of those the ones whose request may still be under way. */
  readonly late = new Set<number>()
  readonly surprises: string[] = []
  private next = 0
  private wanted = 0

  constructor(world: World, id: string, random: Random, groupId: string, topic: string) {
    super(world, id, random)
    this.groupId = groupId
    this.topic = topic
  }

  commit(times: number): void {
    this.wanted += times
    this.goOn()
  }

  protected *work(): Program<void> {
    while (this.next < this.wanted) {
      yield* this.commitOne(this.next)
      this.next++
    }
  }

  private *commitOne(offset: number): Program<void> {
    const until = this.world.clock.now() + GIVE_UP_MS
    while (this.world.clock.now() < until) {
      const nodeId = yield* this.findCoordinator(this.groupId, KeyType.group)
      const outcome = yield* this.ask(
        nodeId,
        OffsetCommit,
        8,
        {
          groupId: this.groupId,
          generationIdOrMemberEpoch: -1,
          memberId: '',
          groupInstanceId: null,
          retentionTimeMs: -1,
          topics: [
            {
              name: this.topic,
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
        this.acknowledged = offset
        this.unknown.clear()
        this.succeeded()
        return
      }
      if (isUnknown(error)) this.unknown.add(offset)
      if (error === 'timed out') this.late.add(offset)
      if (astray.has(error)) this.forgetCoordinator(this.groupId)
      if (!retriable.has(error)) {
        this.surprises.push(`${this.id} commits ${offset}: ${error}`)
        return
      }
      yield* this.backOff()
    }
  }
}
