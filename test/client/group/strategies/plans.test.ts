import { describe, expect, it } from 'vitest'
import type { BalanceStrategy, BalanceStrategyPlan } from '../../../../src/client/group/strategies/index.ts'
import {
  newBalanceStrategyCooperativeSticky,
  newBalanceStrategyRange,
  newBalanceStrategyRoundRobin,
  newBalanceStrategySticky,
} from '../../../../src/client/group/strategies/index.ts'
import { decodeStickyUserData } from '../../../../src/client/group/strategies/sticky-user-data.ts'
import plans from './fixtures/plans.json' with { type: 'json' }
import { difference, kept, member, sizes, sorted } from './groups.ts'

type Partitions = Record<string, number[]>

/** As conformance/client/strategies writes it: groups, and what Sarama and Kafka's Java client planned for them. */
interface Group {
  strategy: string
  topics: Partitions
  members: Record<string, { topics: string[]; userData?: string; owned?: Partitions; generation: number }>
  /** Sarama's, where it has one plan for this group; otherwise what its plans have in common. */
  plan?: Record<string, Partitions>
  sizes?: Record<string, number>[]
  kept?: number
  java?: Record<string, Partitions>
}

const strategies: Record<string, () => BalanceStrategy> = {
  range: newBalanceStrategyRange,
  roundrobin: newBalanceStrategyRoundRobin,
  sticky: newBalanceStrategySticky,
  'cooperative-sticky': newBalanceStrategyCooperativeSticky,
}

const groupsOf = (name: string): Group[] =>
  (plans.groups as unknown as Group[]).filter(({ strategy }) => strategy === name)

function planOf({ strategy, members, topics }: Group): BalanceStrategyPlan {
  const told = Object.entries(members).map(([id, { topics: subscribed, userData, owned, generation }]) => {
    const data = userData === undefined ? null : Buffer.from(userData, 'base64')
    return [
      id,
      member({ topics: subscribed, userData: data, ownedPartitions: owned ?? {}, generationId: generation }),
    ] as const
  })
  const plan = strategies[strategy]?.().plan(new Map(told), new Map(Object.entries(topics)))
  return plan ?? new Map()
}

/** What members held before. */
function hadIn({ members }: Group): Map<string, Partitions> {
  return new Map(Object.entries(members).map(([id, { userData, owned }]) => [id, owned ?? stickyHad(userData)]))
}

function stickyHad(userData: string | undefined): Partitions {
  const { topics } = decodeStickyUserData(userData === undefined ? null : Buffer.from(userData, 'base64'))
  return Object.fromEntries(topics.map(({ topic, partitions }) => [topic, [...partitions]]))
}

const asMaps = (plan: Record<string, Partitions>): BalanceStrategyPlan =>
  new Map(Object.entries(plan).map(([id, topics]) => [id, new Map(Object.entries(topics))]))

describe.each(Object.keys(strategies))('the plans of the strategy %s', (name) => {
  it("are Sarama's, where Sarama has one plan for a group", () => {
    const determined = groupsOf(name).filter(({ plan }) => plan !== undefined)
    expect(determined.length).toBeGreaterThan(5)
    for (const group of determined) expect(sorted(planOf(group))).toEqual(group.plan)
  })

  it('balance as well and move no more, where Sarama has several plans for a group', () => {
    for (const group of groupsOf(name).filter(({ plan }) => plan === undefined)) {
      const plan = planOf(group)
      const ids = Object.keys(group.members)
      const worst = Math.max(...(group.sizes ?? []).map((size) => difference(ids, size)))
      expect(difference(ids, sizes(plan))).toBeLessThanOrEqual(worst)
      expect(kept(plan, hadIn(group))).toBeGreaterThanOrEqual(group.kept ?? 0)
    }
  })
})

describe("beside Kafka's Java client", () => {
  it('the plans of range are the same', () => {
    for (const group of groupsOf('range')) expect(sorted(planOf(group))).toEqual(group.java)
  })

  // Sarama has partition 10 before partition 2.
  it('the plans of roundrobin are the same, up to ten partitions', () => {
    const small = groupsOf('roundrobin').filter(({ topics }) =>
      Object.values(topics).every(({ length }) => length <= 10),
    )
    expect(small.length).toBeGreaterThan(5)
    for (const group of small) expect(sorted(planOf(group))).toEqual(group.java)
  })

  it('the plans of cooperative-sticky balance as well, and move no more', () => {
    for (const group of groupsOf('cooperative-sticky')) {
      const [ours, theirs] = [planOf(group), asMaps(group.java ?? {})]
      const ids = Object.keys(group.members)
      expect(difference(ids, sizes(ours))).toBeLessThanOrEqual(difference(ids, sizes(theirs)))
      expect(kept(ours, hadIn(group))).toBeGreaterThanOrEqual(kept(theirs, hadIn(group)))
    }
  })
})
