import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../../../src/broker/config/broker-config.ts'
import { commitOffsets } from '../../../../src/broker/coordinator/groups/commit.ts'
import { describeGroup } from '../../../../src/broker/coordinator/groups/describe.ts'
import { fetchOffsets } from '../../../../src/broker/coordinator/groups/fetch-offsets.ts'
import type { GroupRecord } from '../../../../src/broker/coordinator/groups/group-record.ts'
import { type GroupDecision, GroupShard } from '../../../../src/broker/coordinator/groups/group-shard.ts'
import { createGroup, type JoinRequest, join } from '../../../../src/broker/coordinator/groups/join.ts'
import { leave } from '../../../../src/broker/coordinator/groups/leave.ts'
import { groupRecordVersions } from '../../../../src/broker/coordinator/groups/record-versions.ts'
import { sync } from '../../../../src/broker/coordinator/groups/sync.ts'
import { CoordinatorRuntime } from '../../../../src/broker/coordinator/runtime.ts'
import { Random } from '../../../../src/broker/random.ts'
import { WaitQueue } from '../../../../src/broker/wait-queue.ts'
import { KafkaError } from '../../../../src/protocol/errors.ts'
import { everything } from '../../../../src/protocol/release.ts'
import { ZERO_UUID } from '../../../../src/protocol/uuid.ts'
import { ManualClock } from '../../manual-clock.ts'
import { TestLog } from '../test-log.ts'

/** The groups of one log, whose appends can be made to fail or to wait. */
function start() {
  const clock = new ManualClock()
  const queue = new WaitQueue(clock)
  const log = new TestLog()
  const surroundings = {
    config: new BrokerConfig({}, 1),
    clock,
    random: new Random(1),
    recordVersions: groupRecordVersions(everything),
    stateChanged: () => {},
  }
  const runtime = new CoordinatorRuntime<GroupRecord, GroupShard>({
    queue,
    log: () => log,
    createShard: (context) => new GroupShard(context, surroundings),
    commitTimeoutMs: () => 5000,
    loadBufferBytes: () => 1000,
  })
  /** Carries out an operation and tells what becomes of it. */
  function write<T>(operation: (shard: GroupShard) => GroupDecision<T>) {
    const outcome: { answer?: T; error?: string } = {}
    const failed = (error: unknown): void => {
      outcome.error = (error as KafkaError).error
    }
    queue.turn(() => {
      try {
        const done = (answer: T): void => {
          outcome.answer = answer
        }
        queue.await(runtime.write(0, operation), { done, failed })
      } catch (error) {
        failed(error)
      }
    })
    return outcome
  }
  const members = (memberId: string, options: Partial<JoinRequest> = {}): JoinRequest => ({
    groupId: 'g',
    memberId,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    clientId: 'c',
    clientHost: '/h',
    memberIdRequired: false,
    maySkipAssignment: false,
    ...options,
  })
  const joinAs = (memberId = '', options: Partial<JoinRequest> = {}) =>
    write((shard) => join(shard, members(memberId, options)))
  const syncAs = (memberId: string, generationId: number, text = '') =>
    write((shard) =>
      sync(shard, {
        groupId: 'g',
        memberId,
        generationId,
        groupInstanceId: null,
        protocolType: null,
        protocolName: null,
        assignments: new Map([[memberId, Buffer.from(text)]]),
      }),
    )
  const commitAs = (memberId: string, generationId: number, offset: number) =>
    write((shard) =>
      commitOffsets(shard, {
        groupId: 'g',
        memberId,
        generationId,
        groupInstanceId: null,
        retentionTimeMs: -1,
        knowsGroupIdNotFound: true,
        topics: [
          {
            topic: 't',
            topicId: ZERO_UUID,
            partitions: [{ partition: 0, offset, leaderEpoch: -1, metadata: null, timestamp: -1 }],
          },
        ],
      }),
    )
  const create = () => write((shard) => createGroup(shard, members('')))
  const describe = () => runtime.read(0, (shard, committed) => describeGroup(shard, 'g', committed))
  const committed = () =>
    runtime.read(0, (shard, at) => fetchOffsets(shard, 'g', null, at)[0]?.partitions[0]?.committed?.offset)
  return { clock, queue, log, runtime, write, create, joinAs, syncAs, commitAs, describe, committed, members }
}

const notEnough = new KafkaError('NOT_ENOUGH_REPLICAS')

describe('while __consumer_offsets takes no records', () => {
  test('there is no new group', () => {
    const { log, create, describe } = start()
    log.refusal = notEnough
    expect(create().answer).toMatchObject({ error: 'COORDINATOR_NOT_AVAILABLE' })
    expect(describe()).toBeUndefined()
  })

  test('a generation cannot be completed: its members are told, and join again', () => {
    const { log, create, joinAs, syncAs, describe } = start()
    create()
    const a = joinAs().answer?.memberId ?? ''
    const joining = joinAs()
    joinAs(a)
    const b = joining.answer?.memberId ?? ''
    const waiting = syncAs(b, 2)
    log.refusal = notEnough
    expect(syncAs(a, 2, 'x').answer?.error).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(waiting.answer?.error).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(describe()?.state).toBe('PreparingRebalance')
    log.refusal = undefined
    joinAs(b)
    expect(joinAs(a).answer?.generationId).toBe(3)
    expect(syncAs(a, 3, 'x').answer?.assignment.toString()).toBe('x')
  })

  test('a static member cannot be replaced: the old one stays', () => {
    const { log, create, joinAs, syncAs, describe } = start()
    create()
    const id = joinAs('', { groupInstanceId: 'i' }).answer?.memberId ?? ''
    syncAs(id, 1, 'mine')
    log.refusal = notEnough
    expect(joinAs('', { groupInstanceId: 'i' }).answer).toMatchObject({
      error: 'COORDINATOR_NOT_AVAILABLE',
      memberId: '',
      leader: id,
    })
    expect(describe()?.members).toMatchObject([{ memberId: id, groupInstanceId: 'i' }])
    expect(syncAs(id, 1).answer?.assignment.toString()).toBe('mine')
  })

  test('a commit fails and changes nothing', () => {
    const { log, commitAs, committed } = start()
    commitAs('', -1, 5)
    log.refusal = notEnough
    expect(commitAs('', -1, 6).error).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(committed()).toBe(5)
  })

  test('a member that leaves is gone nevertheless, as in Kafka', () => {
    const { log, create, joinAs, write, describe } = start()
    create()
    const a = joinAs().answer?.memberId ?? ''
    log.refusal = notEnough
    const left = write((shard) => leave(shard, 'g', [{ memberId: a, groupInstanceId: null }]))
    expect(left.error).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(describe()).toMatchObject({ state: 'Empty', members: [] })
  })
})

describe('until the followers have it', () => {
  test('nobody is answered, and nobody sees it', () => {
    const { log, queue, commitAs, committed } = start()
    commitAs('', -1, 5)
    log.keepsUp = false
    const outcome = commitAs('', -1, 6)
    expect(outcome).toEqual({})
    expect(committed()).toBe(5)
    queue.turn(() => log.followersCatchUp())
    expect(outcome.answer).toBeDefined()
    expect(committed()).toBe(6)
  })

  test('a generation is not stable; a join overtakes it', () => {
    const { log, queue, create, joinAs, syncAs, describe } = start()
    create()
    const a = joinAs().answer?.memberId ?? ''
    log.keepsUp = false
    const synced = syncAs(a, 1, 'x')
    expect(synced).toEqual({})
    expect(describe()?.state).toBe('CompletingRebalance')
    joinAs()
    expect(synced.answer?.error).toBe('REBALANCE_IN_PROGRESS')
    queue.turn(() => log.followersCatchUp())
    expect(describe()?.state).toBe('PreparingRebalance')
  })
})
