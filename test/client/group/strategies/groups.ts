import type { BalanceStrategyPlan, ConsumerGroupMember } from '../../../../src/client/group/strategies/index.ts'

/** A member that says nothing but what is given. */
export function member(given: Partial<ConsumerGroupMember>): ConsumerGroupMember {
  return {
    topics: [],
    userData: null,
    ownedPartitions: {},
    generationId: -1,
    rackId: null,
    groupInstanceId: null,
    ...given,
  }
}

/** A plan as plain objects, without members that get nothing, the partitions in order. */
export function sorted(plan: BalanceStrategyPlan): Record<string, Record<string, number[]>> {
  const members = [...plan].map(
    ([id, topics]) =>
      [
        id,
        Object.fromEntries([...topics].map(([topic, partitions]) => [topic, [...partitions].sort((a, b) => a - b)])),
      ] as const,
  )
  return Object.fromEntries(members.filter(([, topics]) => Object.keys(topics).length > 0))
}

/** How many partitions each member gets. */
export function sizes(plan: BalanceStrategyPlan): Record<string, number> {
  return Object.fromEntries([...plan].map(([id, topics]) => [id, [...topics.values()].flat().length]))
}

/** The sum of the differences between all pairs of members: 0 is perfect balance. */
export function difference(ids: readonly string[], size: Record<string, number>): number {
  const counts = ids.map((id) => size[id] ?? 0)
  return counts.reduce((sum, a, i) => counts.slice(i + 1).reduce((rest, b) => rest + Math.abs(a - b), sum), 0)
}

/** How many partitions stay where they were. */
export function kept(
  plan: BalanceStrategyPlan,
  had: ReadonlyMap<string, Readonly<Record<string, readonly number[]>>>,
): number {
  let count = 0
  for (const [id, topics] of plan) {
    for (const [topic, partitions] of topics) {
      count += partitions.filter((partition) => had.get(id)?.[topic]?.includes(partition)).length
    }
  }
  return count
}
