import type { Input } from '../../../src/protocol/message.ts'
import {
  AlterPartitionReassignments,
  type AlterPartitionReassignmentsRequest,
} from '../../../src/protocol/messages/alter-partition-reassignments.ts'
import { ListPartitionReassignments } from '../../../src/protocol/messages/list-partition-reassignments.ts'
import type { World } from '../world.ts'

/** The brokers that a partition is to have, the preferred leader first; null: what is under way is to end. */
export type Move = readonly [topic: string, partition: number, brokers: readonly number[] | null]

export function moving(
  moves: readonly Move[],
  more: Input<AlterPartitionReassignmentsRequest> = {},
): Input<AlterPartitionReassignmentsRequest> {
  const topics = new Map<string, Input<AlterPartitionReassignmentsRequest['topics'][number]['partitions'][number]>[]>()
  for (const [topic, partitionIndex, brokers] of moves) {
    const partitions = topics.get(topic) ?? []
    topics.set(topic, partitions)
    partitions.push({ partitionIndex, replicas: brokers === null ? null : [...brokers] })
  }
  return { topics: [...topics].map(([name, partitions]) => ({ name, partitions })), timeoutMs: 5000, ...more }
}

/** Gives partitions other brokers, and waits until they have them. */
export async function move(world: World, ...moves: readonly Move[]): Promise<void> {
  const { responses } = await world.arrange(AlterPartitionReassignments, moving(moves))
  const refused = responses.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0)
  if (refused !== undefined) throw new Error(`${refused.partitionIndex}: ${refused.errorCode} ${refused.errorMessage}`)
  await moved(
    world,
    moves.map(([topic]) => topic),
  )
}

/** Waits until nothing of these topics is on its way to other brokers any more. */
export async function moved(world: World, topics: readonly string[]): Promise<void> {
  const asked = topics.map((name) => ({ name, partitionIndexes: Array.from({ length: 10 }, (_, i) => i) }))
  for (;;) {
    await world.quiet()
    const { topics: ongoing } = await world.arrange(ListPartitionReassignments, { topics: asked })
    if (ongoing.length === 0) break
  }
  await world.settled()
}
