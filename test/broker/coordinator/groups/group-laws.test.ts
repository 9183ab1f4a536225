import fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorName } from '../../../../src/protocol/errors.ts'
import type { JoinGroupResponse } from '../../../../src/protocol/messages/join-group.ts'
import type { SyncGroupResponse } from '../../../../src/protocol/messages/sync-group.ts'
import { type Call, TestCluster } from '../test-cluster.ts'
import { GroupDriver, RANGE, STICKY } from './group-driver.ts'
import { restart } from './restart.ts'

/** What one of a few consumers does next, or how much time passes. To go on is to do what a client would. */
type Step =
  | { readonly do: 'go on' | 'join' | 'sync' | 'leave' | 'die'; readonly who: number; readonly sticky: boolean }
  | { readonly do: 'commit'; readonly who: number; readonly offset: number }
  | { readonly do: 'wait'; readonly ms: number }

const who = fc.nat(3)
const sticky = fc.boolean()
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: fc.record({ do: fc.constant('go on' as const), who, sticky }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'sync' as const), who, sticky }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'die' as const), who, sticky }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('commit' as const), who, offset: fc.nat(100) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(7000) }) },
  ),
  { minLength: 20, maxLength: 120, size: 'max' },
)

/** One consumer as it sees itself. */
interface Consumer {
  memberId: string
  generationId: number
  protocol: string | null
  /** Whether it has its assignment for this generation. */
  assigned: boolean
  joining: Call<JoinGroupResponse> | undefined
  syncing: Call<SyncGroupResponse> | undefined
}

/** A group, its consumers, and what must be true of them. */
class Model {
  readonly cluster: TestCluster = new TestCluster({ topics: { orders: 1 } })
  readonly group: GroupDriver = new GroupDriver(this.cluster)
  private readonly consumers: Consumer[] = [0, 1, 2, 3].map(newConsumer)
  /** The member that was told to lead, by generation. */
  private readonly leaders = new Map<number, string>()
  private committed = -1

  run(step: Step): void {
    if (step.do === 'wait') this.cluster.clock.advance(step.ms)
    else this.act(this.consumers[step.who] as Consumer, step)
    for (const consumer of this.consumers) this.hear(consumer)
    this.check()
  }

  /** Lets all sessions end. */
  end(): void {
    this.cluster.clock.advance(10 * 60 * 1000)
    for (const consumer of this.consumers) this.hear(consumer)
    expect(this.consumers.filter(({ joining, syncing }) => joining !== undefined || syncing !== undefined)).toEqual([])
    expect(['Empty', 'Dead']).toContain(this.group.state)
    this.check()
  }

  private act(consumer: Consumer, step: Exclude<Step, { do: 'wait' }>): void {
    const { group } = this
    const { memberId, generationId } = consumer
    const busy = consumer.joining !== undefined || consumer.syncing !== undefined
    switch (step.do) {
      case 'go on': {
        if (busy) return
        if (generationId === -1) this.act(consumer, { ...step, do: 'join' })
        else if (!consumer.assigned) this.act(consumer, { ...step, do: 'sync' })
        else if (group.heartbeat(memberId, generationId) !== 'NONE') this.act(consumer, { ...step, do: 'join' })
        return
      }
      case 'join': {
        if (busy) return
        const protocols = step.sticky ? [STICKY, RANGE] : [RANGE, STICKY]
        const options = { version: 4, protocols, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 15_000 }
        consumer.joining = group.join(memberId, options)
        return
      }
      case 'sync':
        if (busy || memberId === '') return
        consumer.syncing = group.sync(memberId, generationId, this.assignments())
        return
      case 'leave':
        if (busy || memberId === '') return
        group.leave(memberId)
        Object.assign(consumer, newConsumer())
        return
      case 'die':
        consumer.joining?.drop()
        consumer.syncing?.drop()
        Object.assign(consumer, newConsumer())
        return
      case 'commit':
        if (busy || memberId === '') return
        if (group.commit(memberId, generationId, step.offset) === 'NONE') this.committed = step.offset
    }
  }

  /** Takes what was answered. */
  private hear(consumer: Consumer): void {
    const joined = consumer.joining?.response
    if (joined !== undefined) {
      consumer.joining = undefined
      switch (errorName(joined.errorCode)) {
        case 'NONE':
          consumer.generationId = joined.generationId
          consumer.protocol = joined.protocolName
          consumer.assigned = false
          this.leads(joined)
          break
        case 'MEMBER_ID_REQUIRED':
          consumer.memberId = joined.memberId
          break
        default:
          Object.assign(consumer, newConsumer())
      }
    }
    const synced = consumer.syncing?.response
    if (synced !== undefined) {
      consumer.syncing = undefined
      if (synced.errorCode === 0) {
        expect(synced.assignment.toString()).toBe(`for ${consumer.memberId}`)
        consumer.assigned = true
      } else if (errorName(synced.errorCode) === 'UNKNOWN_MEMBER_ID') Object.assign(consumer, newConsumer())
      else consumer.generationId = -1
    }
  }

  /** A generation has one leader, who alone is told the members. */
  private leads({ generationId, leader, memberId, members }: JoinGroupResponse): void {
    expect(members.length > 0).toBe(leader === memberId)
    expect(this.leaders.get(generationId) ?? leader).toBe(leader)
    this.leaders.set(generationId, leader)
  }

  private assignments(): Record<string, string> {
    const ids = this.group.memberIds
    return Object.fromEntries(ids.map((id) => [id, `for ${id}`]))
  }

  private check(): void {
    const { groupState, protocolData, members } = this.group.describe()
    const ids = members.map(({ memberId }) => memberId)
    expect(new Set(ids).size).toBe(ids.length)
    if (groupState === 'Empty' || groupState === 'Dead') expect(ids).toEqual([])
    // While members join there may be none yet, only ids that were given out.
    else if (groupState !== 'PreparingRebalance') expect(ids).not.toEqual([])
    for (const consumer of this.consumers) {
      const { memberId, generationId, protocol, joining, syncing } = consumer
      // Whoever is held is a member, but for the first JoinGroup of one who has no id.
      if ((joining !== undefined && memberId !== '') || syncing !== undefined) expect(ids).toContain(memberId)
      if (groupState !== 'Stable' || !ids.includes(memberId)) continue
      expect(protocol).toBe(protocolData)
      expect(generationId).toBe(Math.max(...this.leaders.keys()))
    }
    expect(this.group.committed()).toBe(this.committed)
  }

  /** What the log says is what everybody sees, once a generation is complete. */
  checkRestart(): void {
    const before = this.group.describe()
    restart(this.cluster)
    expect(this.group.committed()).toBe(this.committed)
    if (before.groupState === 'Stable' || before.groupState === 'Empty' || before.groupState === 'Dead') {
      expect(this.group.describe()).toEqual(before)
    } else {
      expect(['Stable', 'Empty']).toContain(this.group.state)
    }
  }
}

function newConsumer(): Consumer {
  return { memberId: '', generationId: -1, protocol: null, assigned: false, joining: undefined, syncing: undefined }
}

test('however its consumers come and go, a group keeps its laws, and its log tells all of it', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const model = new Model()
      for (const step of script) model.run(step)
      model.checkRestart()
    }),
    { numRuns: 150 },
  )
})

test('however its consumers come and go, nobody waits for ever', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const model = new Model()
      for (const step of script) model.run(step)
      model.end()
    }),
    { numRuns: 100 },
  )
})
