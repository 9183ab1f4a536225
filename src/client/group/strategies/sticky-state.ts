import { compareGoStrings } from './order.ts'
import type { Ownership } from './sticky-user-data.ts'
import type { ConsumerGroupMember } from './strategy.ts'

/** A partition while a sticky plan is made. */
export interface StickyPartition {
  readonly topic: string
  readonly partition: number
  /** Who subscribes to its topic. */
  readonly candidates: StickyMember[]
  holder: StickyMember | null
  /** Who had it before `holder` had, where two members say that they had it. */
  previous: StickyMember | null
}

export interface StickyMember {
  readonly id: string
  readonly subscribed: ReadonlySet<string>
  /** In the order in which it got them. */
  readonly held: Set<StickyPartition>
}

export interface StickyState {
  /** In the order of their ids. */
  readonly members: readonly StickyMember[]
  /** By topic and number. */
  readonly partitions: readonly StickyPartition[]
  /** Whether no member had anything. */
  readonly fresh: boolean
}

/** What the members say they had, of what there still is: of two who had the same partition, the later generation counts. */
export function stickyState(
  members: ReadonlyMap<string, ConsumerGroupMember>,
  topics: ReadonlyMap<string, readonly number[]>,
  ownership: (member: ConsumerGroupMember) => Ownership,
): StickyState {
  const states = [...members]
    .sort(([a], [b]) => compareGoStrings(a, b))
    .map(([id, member]) => ({
      member,
      state: { id, subscribed: new Set(member.topics), held: new Set() } as StickyMember,
    }))
  const byTopic = new Map<string, Map<number, StickyPartition>>()
  for (const [topic, numbers] of [...topics].sort(([a], [b]) => compareGoStrings(a, b))) {
    const candidates = states.filter(({ state }) => state.subscribed.has(topic)).map(({ state }) => state)
    const sorted = [...new Set(numbers)].sort((a, b) => a - b)
    byTopic.set(
      topic,
      new Map(sorted.map((partition) => [partition, { topic, partition, candidates, holder: null, previous: null }])),
    )
  }
  const partitions = [...byTopic.values()].flatMap((ofTopic) => [...ofTopic.values()])

  const claims = new Map<StickyPartition, Map<number, StickyMember>>()
  let fresh = true
  for (const { member, state } of states) {
    const { topics: had, generation } = ownership(member)
    for (const { topic, partitions: numbers } of had) {
      for (const number of numbers) {
        fresh = false
        const partition = byTopic.get(topic)?.get(number)
        if (partition !== undefined) claim(claims, partition, state, generation)
      }
    }
  }
  for (const partition of partitions) {
    const [latest, before] = [...(claims.get(partition) ?? [])].sort(([a], [b]) => b - a)
    partition.previous = before?.[1] ?? null
    if (latest === undefined || !latest[1].subscribed.has(partition.topic)) continue
    partition.holder = latest[1]
    latest[1].held.add(partition)
  }
  return { members: states.map(({ state }) => state), partitions, fresh }
}

/** Of two claims of one generation the first counts; of two without any, the last. */
function claim(
  claims: Map<StickyPartition, Map<number, StickyMember>>,
  partition: StickyPartition,
  member: StickyMember,
  generation: number | null,
): void {
  const ofPartition = claims.get(partition) ?? new Map<number, StickyMember>()
  claims.set(partition, ofPartition)
  if (generation === null || !ofPartition.has(generation)) ofPartition.set(generation ?? -1, member)
}
