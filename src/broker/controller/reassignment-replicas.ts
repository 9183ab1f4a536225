import type { PartitionImage } from './metadata-types.ts'

/** The replicas of a partition while they are reassigned: all of them, and which of them come and go. */
export interface ReassignmentReplicas {
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

/** What a partition is once nothing is reassigned any more. */
export interface SettledReplicas {
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

export function isReassigning({ addingReplicas, removingReplicas }: PartitionImage): boolean {
  return addingReplicas.length > 0 || removingReplicas.length > 0
}

/** From the replicas that are to those that are wanted: what is removed stays at the end of the list until all have been added. */
export function reassignmentTo(current: readonly number[], target: readonly number[]): ReassignmentReplicas {
  const removing = [...new Set(current)].filter((id) => !target.includes(id)).sort(ascending)
  const adding = [...new Set(target)].filter((id) => !current.includes(id)).sort(ascending)
  return { replicas: [...target, ...removing], adding, removing }
}

/**
 * Kafka's `maybeCompleteReassignment`: a reassignment is over once every replica that stays is in sync.
 *
 * @param waitsForAll false: one that was there before and is out of sync holds it up no more, unless there are to be fewer
 *   replicas (KAFKA-19975)
 */
export function completedReassignment(
  { replicas, adding, removing }: ReassignmentReplicas,
  isr: readonly number[],
  waitsForAll: boolean,
): SettledReplicas | undefined {
  if (adding.length === 0 && removing.length === 0) return undefined
  const stays = (id: number): boolean => !removing.includes(id)
  const settled = { replicas: replicas.filter(stays), isr: isr.filter(stays) }
  if (removing.length > 0 && (settled.isr.length === 0 || settled.replicas.length === 0)) return undefined
  const awaited = waitsForAll || adding.length < removing.length ? settled.replicas : adding
  return awaited.every((id) => settled.isr.includes(id)) ? settled : undefined
}

function ascending(a: number, b: number): number {
  return a - b
}
