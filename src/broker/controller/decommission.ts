import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts'
import { type Reply, Waiting } from '../waiting.ts'
import type { Controller } from './controller.ts'
import type { MetadataImage } from './metadata-image.ts'

interface Move {
  readonly topic: string
  readonly index: number
  readonly replicas: readonly number[]
}

/**
 * Reassigns every replica of a broker to others, and answers when they have it. A replica for which there is no other broker goes without a successor, and
 * the last one of a partition stays. Throws what the controller says of a reassignment that it refuses: INVALID_REPLICA_ASSIGNMENT where a broker
 * that has a replica was forgotten.
 */
export function moveReplicasAway(nodeId: number, controller: Controller): Reply<void> {
  const moves = movesAwayFrom(nodeId, controller.image)
  if (moves.length === 0) return undefined
  const topics = Map.groupBy(moves, ({ topic }) => topic)
  const { responses } = controller.alterPartitionReassignments({
    allowReplicationFactorChange: true,
    topics: [...topics].map(([name, partitions]) => ({
      name,
      partitions: partitions.map(({ index, replicas }) => ({ partitionIndex: index, replicas: [...replicas] })),
    })),
  })
  const refused = responses
    .flatMap(({ partitions }) => partitions)
    .find(({ errorCode }) => errorCode !== ErrorCode.NONE)
  if (refused !== undefined) throw new KafkaError(errorName(refused.errorCode), refused.errorMessage ?? undefined)
  const { image } = controller
  return Waiting.until({
    on: [image.changed],
    ask: () =>
      moves.some(({ topic, index }) => image.partition(topic, index)?.replicas.includes(nodeId)) ? undefined : true,
  }).map(() => undefined)
}

function movesAwayFrom(nodeId: number, image: MetadataImage): Move[] {
  const load = new Map(image.aliveBrokers().map(({ id }) => [id, 0]))
  load.delete(nodeId)
  const partitions = [...image.topics()].flatMap((topic) =>
    topic.partitions.map((partition) => ({ topic: topic.name, ...partition })),
  )
  for (const { replicas } of partitions) {
    for (const id of replicas) if (load.has(id)) load.set(id, (load.get(id) ?? 0) + 1)
  }
  const moves: Move[] = []
  for (const { topic, index, replicas } of partitions) {
    if (!replicas.includes(nodeId)) continue
    const [successor] = [...load.keys()]
      .filter((id) => !replicas.includes(id))
      .sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0) || a - b)
    const next = replicas.flatMap((id) => (id !== nodeId ? [id] : successor === undefined ? [] : [successor]))
    if (next.length === 0) continue
    if (successor !== undefined) load.set(successor, (load.get(successor) ?? 0) + 1)
    moves.push({ topic, index, replicas: next })
  }
  return moves
}
