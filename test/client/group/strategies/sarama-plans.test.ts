import { describe, expect, it } from 'vitest'
import type { BalanceStrategy } from '../../../../src/client/group/strategies/index.ts'
import {
  newBalanceStrategyCooperativeSticky,
  newBalanceStrategyRange,
  newBalanceStrategyRoundRobin,
  newBalanceStrategySticky,
} from '../../../../src/client/group/strategies/index.ts'
import { decodeStickyUserData } from '../../../../src/client/group/strategies/sticky-user-data.ts'
import plans from './fixtures/sarama-plans.json' with { type: 'json' }
import { difference, kept, member, sizes, sorted } from './groups.ts'

type Partitions = Record<string, number[]>

/** As conformance/client/strategies writes it: groups, and what Sarama planned for them. */
interface Planned {
  strategy: string
  topics: Partitions
  members: Record<string, { topics: string[]; userData?: string; owned?: Partitions; generation: number }>
  plan?: Record<string, Partitions>
  sizes?: Record<string, number>[]
  kept?: number
}

const strategies: Record<string, () => BalanceStrategy> = {
  range: newBalanceStrategyRange,
  roundrobin: newBalanceStrategyRoundRobin,
  sticky: newBalanceStrategySticky,
  'cooperative-sticky': newBalanceStrategyCooperativeSticky,
}

describe.each(Object.keys(strategies))('plans of the strategy %s', (name) => {
  const groups = (plans as unknown as Planned[]).filter(({ strategy }) => strategy === name)
  const strategy = strategies[name] as () => BalanceStrategy

  function planned(group: Planned) {
    const members = Object.entries(group.members).map(([id, { topics, userData, owned, generation }]) => {
      const data = userData === undefined ? null : Buffer.from(userData, 'base64')
      return [id, member({ topics, userData: data, ownedPartitions: owned ?? {}, generationId: generation })] as const
    })
    return strategy().plan(new Map(members), new Map(Object.entries(group.topics)))
  }

  it("are Sarama's, where Sarama has one plan for a group", () => {
    const determined = groups.filter(({ plan }) => plan !== undefined)
    expect(determined.length).toBeGreaterThan(5)
    for (const group of determined) expect(sorted(planned(group))).toEqual(group.plan)
  })

  it('balance as well and move no more, where Sarama has several plans for a group', () => {
    for (const group of groups.filter(({ plan }) => plan === undefined)) {
      const plan = planned(group)
      const had = new Map(
        Object.entries(group.members).map(([id, { userData, owned }]) => [id, owned ?? stickyHad(userData)]),
      )
      const worst = Math.max(...(group.sizes ?? []).map((size) => difference(Object.keys(group.members), size)))
      expect(difference(Object.keys(group.members), sizes(plan))).toBeLessThanOrEqual(worst)
      expect(kept(plan, had)).toBeGreaterThanOrEqual(group.kept ?? 0)
    }
  })
})

function stickyHad(userData: string | undefined): Partitions {
  const { topics } = decodeStickyUserData(userData === undefined ? null : Buffer.from(userData, 'base64'))
  return Object.fromEntries(topics.map(({ topic, partitions }) => [topic, [...partitions]]))
}
