import { compareGoStrings } from './order.ts'
import type { BalanceStrategyPlan, ConsumerGroupMember } from './strategy.ts'

/** A plan in the making. Members and topics that get nothing do not stand in it. */
interface PlanBuilder {
  readonly map: BalanceStrategyPlan
  add(member: string, topic: string, partitions: readonly number[]): void
}

export function newPlan(): PlanBuilder {
  const map: BalanceStrategyPlan = new Map()
  return {
    map,
    add(member, topic, partitions) {
      if (partitions.length === 0) return
      const topics = map.get(member) ?? new Map<string, number[]>()
      map.set(member, topics)
      const held = topics.get(topic)
      if (held === undefined) topics.set(topic, [...partitions])
      else held.push(...partitions)
    },
  }
}

/** Who subscribes to each topic, in the order of the members' ids, nobody twice. */
export function subscribersByTopic(members: ReadonlyMap<string, ConsumerGroupMember>): Map<string, string[]> {
  const subscribers = new Map<string, Set<string>>()
  for (const id of [...members.keys()].sort(compareGoStrings)) {
    for (const topic of members.get(id)?.topics ?? []) {
      const ofTopic = subscribers.get(topic)
      if (ofTopic === undefined) subscribers.set(topic, new Set([id]))
      else ofTopic.add(id)
    }
  }
  return new Map([...subscribers].map(([topic, ids]) => [topic, [...ids]]))
}
