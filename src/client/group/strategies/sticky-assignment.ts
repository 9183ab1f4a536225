import { newPlan } from './plan.ts'
import { Movements } from './sticky-movements.ts'
import type { StickyMember, StickyPartition, StickyState } from './sticky-state.ts'
import type { BalanceStrategyPlan } from './strategy.ts'

/**
 * Balances what the members had: what nobody has goes to who has least, then partitions move, one by one, from members to others that
 * have two less or more. The algorithm is Sarama's (and was Kafka's until 2.4); where Sarama goes by the order of a Go map, which is a
 * different one each time, this goes by topic and number, so that the same members give the same plan.
 */
export function stickyPlan(state: StickyState): BalanceStrategyPlan {
  const order = movingOrder(state)
  for (const partition of byCandidates(state.partitions)) {
    if (partition.holder === null) give(partition)
  }
  balance(order.filter(({ candidates }) => candidates.length >= 2))
  const plan = newPlan()
  for (const { id, held } of state.members) {
    for (const { topic, partition } of held) plan.add(id, topic, [partition])
  }
  return plan.map
}

function give(partition: StickyPartition): void {
  const member = leastLoaded(partition.candidates)
  if (member === null) return
  member.held.add(partition)
  partition.holder = member
}

/** Every move is from a member to one that has at least two less, so the sum of differences falls with each: this ends. */
function balance(partitions: readonly StickyPartition[]): void {
  const movements = new Movements()
  let moved = true
  while (moved) {
    moved = false
    for (const partition of partitions) {
      const { holder, previous, candidates } = partition
      if (holder === null) continue
      // Who had it before comes first, but not one that no longer subscribes.
      const back = previous?.subscribed.has(partition.topic) && holder.held.size > previous.held.size + 1
      const to = back ? previous : leastLoaded(candidates)
      if (to === null || holder.held.size <= to.held.size + 1) continue
      movements.move(partition, to)
      moved = true
    }
  }
}

/** Of those with fewest partitions, the first by id. */
function leastLoaded(members: readonly StickyMember[]): StickyMember | null {
  let least: StickyMember | null = null
  for (const member of members) if (least === null || member.held.size < least.held.size) least = member
  return least
}

/** In which order partitions are looked at for a move. */
function movingOrder({ members, partitions, fresh }: StickyState): StickyPartition[] {
  return fresh || !subscribedAlike(members, partitions)
    ? byCandidates(partitions)
    : fromTheMostLoaded(members, partitions)
}

function byCandidates(partitions: readonly StickyPartition[]): StickyPartition[] {
  return [...partitions].sort((a, b) => a.candidates.length - b.candidates.length)
}

function subscribedAlike(members: readonly StickyMember[], partitions: readonly StickyPartition[]): boolean {
  return partitions.every(({ candidates }) => candidates.length === members.length)
}

/** One from each member in turn, beginning with those that have most; first what two members say they had; then what nobody has. */
function fromTheMostLoaded(
  members: readonly StickyMember[],
  partitions: readonly StickyPartition[],
): StickyPartition[] {
  const queues = [...members].reverse().map(({ held }) => {
    const twice = [...held].filter(({ previous }) => previous !== null)
    return [...twice, ...[...held].filter(({ previous }) => previous === null)]
  })
  const order: StickyPartition[] = []
  const most = Math.max(0, ...queues.map(({ length }) => length))
  for (let left = most; left > 0; left--) {
    for (const queue of queues) {
      const next = queue[queue.length - left]
      if (next !== undefined) order.push(next)
    }
  }
  return [...order, ...partitions.filter(({ holder }) => holder === null)]
}
