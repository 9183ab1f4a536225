import type { Random } from '../../src/broker/random.ts'
import type { AnyApi, Api, Input } from '../../src/protocol/message.ts'
import { Fetch, type FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { Heartbeat } from '../../src/protocol/messages/heartbeat.ts'
import { JoinGroup, type JoinGroupResponse } from '../../src/protocol/messages/join-group.ts'
import { LeaveGroup } from '../../src/protocol/messages/leave-group.ts'
import { OffsetCommit } from '../../src/protocol/messages/offset-commit.ts'
import { SyncGroup } from '../../src/protocol/messages/sync-group.ts'
import { pick } from './pick.ts'
import { frameOf } from './seeds.ts'

/** As many members and sessions as are remembered. */
const REMEMBERED = 20

const GROUPS = ['fuzzed-group', 'fuzzed-group', 'fuzzed-group', 'fuzzed-group-2']
const PARTITIONS = [0, 1, 2]

interface Member {
  readonly memberId: string
  readonly generationId: number
}

/** Frames that take up what earlier answers said: members that join, sync, commit and leave; fetch sessions that go on. */
export class Conversation {
  private readonly random: Random
  private readonly members: Member[] = []
  private readonly sessions: number[] = []

  constructor(random: Random) {
    this.random = random
  }

  /** Remembers what an answer gave to go on with. */
  hear(api: AnyApi, answer: unknown): void {
    if (api.key === JoinGroup.key) {
      const { memberId, generationId } = answer as JoinGroupResponse
      if (memberId !== '') remember(this.members, { memberId, generationId })
    } else if (api.key === Fetch.key) {
      const { sessionId } = answer as FetchResponse
      if (sessionId > 0) remember(this.sessions, sessionId)
    }
  }

  next(): Buffer {
    const { random } = this
    const member = this.members.length === 0 || random.below(6) === 0 ? undefined : pick(random, this.members)
    const { memberId, generationId } = member ?? { memberId: '', generationId: -1 }
    const membership = { groupId: pick(random, GROUPS), memberId, generationId }
    switch (random.below(8)) {
      case 0:
      case 1:
        return this.frame(JoinGroup, {
          groupId: membership.groupId,
          memberId,
          sessionTimeoutMs: 6000,
          rebalanceTimeoutMs: 1000,
          protocolType: 'consumer',
          protocols: [{ name: 'range', metadata: Buffer.from([0, 1, 0, 0, 0, 1, 0, 6, 102, 117, 122, 122, 101, 100]) }],
        })
      case 2: {
        const assignments = [{ memberId, assignment: Buffer.from('some') }]
        return this.frame(SyncGroup, { ...membership, assignments, protocolType: 'consumer', protocolName: 'range' })
      }
      case 3:
        return this.frame(Heartbeat, membership)
      case 4: {
        const partitions = [{ partitionIndex: pick(random, PARTITIONS), committedOffset: random.below(9) }]
        const topics = [{ name: 'fuzzed', partitions }]
        return this.frame(
          OffsetCommit,
          { groupId: membership.groupId, memberId, generationIdOrMemberEpoch: generationId, topics },
          9,
        )
      }
      case 5:
        return this.frame(LeaveGroup, { groupId: membership.groupId, memberId }, 2)
      default:
        return this.fetch()
    }
  }

  private fetch(): Buffer {
    const { random, sessions } = this
    const goesOn = sessions.length > 0 && random.below(3) > 0
    const wanted = PARTITIONS.slice(random.below(PARTITIONS.length))
    const partitions = wanted.map((partition) => ({
      partition,
      fetchOffset: random.below(50),
      partitionMaxBytes: 1 << 16,
    }))
    return this.frame(
      Fetch,
      {
        sessionId: goesOn ? pick(random, sessions) : 0,
        sessionEpoch: goesOn ? 1 + random.below(3) : random.below(2) - 1,
        topics: random.below(3) === 0 ? [] : [{ topic: 'fuzzed', partitions }],
        maxWaitMs: pick(random, [0, 500, 0x7fffffff]),
        minBytes: pick(random, [0, 1, 1 << 20]),
        maxBytes: 1 << 16,
      },
      12,
      7,
    )
  }

  /** In any version, or in any from `min` to `max`, where they have the same fields. */
  private frame<Request>(api: Api<Request, unknown>, body: Input<Request>, max = api.versions.max, min = 0): Buffer {
    const { random } = this
    const version = min + random.below(max - min + 1)
    // Left out is what a version does not have.
    const fits = Object.fromEntries(
      Object.entries(body as object).filter(([name]) => {
        const field = (api.request.fields as Record<string, { versions: { min: number; max: number } }>)[name]
        return field !== undefined && version >= field.versions.min && version <= field.versions.max
      }),
    )
    return frameOf(api as unknown as AnyApi, version, fits, random)
  }
}

function remember<T>(memory: T[], one: T): void {
  memory.push(one)
  if (memory.length > REMEMBERED) memory.shift()
}
