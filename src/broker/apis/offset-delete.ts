import { ErrorCode, type ErrorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  OffsetDelete,
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
  type OffsetDeleteResponsePartition,
} from '../../protocol/messages/offset-delete.ts'
import type { OffsetsToDelete } from '../coordinator/groups/delete-offsets.ts'
import { mapReply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'

/** OffsetDelete, KIP-496 (2.4): forgets committed offsets of topics that the group no longer subscribes to. */
export const offsetDelete: Handler<OffsetDeleteRequest, OffsetDeleteResponse> = handler(
  OffsetDelete,
  ({ groupId, topics }, { broker }) => {
    const isThere = (topic: string, index: number): boolean => broker.image.partition(topic, index) !== undefined
    const missing: ResponseTopic[] = []
    const known: OffsetsToDelete[] = []
    for (const { name: topic, partitions } of topics) {
      const indices = partitions.map(({ partitionIndex }) => partitionIndex)
      const found = indices.filter((index) => isThere(topic, index))
      const lost = indices.filter((index) => !isThere(topic, index))
      if (found.length > 0) known.push({ topic, partitions: found })
      if (lost.length > 0) missing.push(responseTopic(topic, lost, 'UNKNOWN_TOPIC_OR_PARTITION'))
    }
    return mapReply(broker.groups.deleteOffsets(groupId, known), (deleted) => {
      const answers = deleted.map(({ topic, partitions, error }) => responseTopic(topic, partitions, error))
      // A topic that is named twice has two answers, unless they are put together with those of partitions that are not there.
      return { topics: missing.length === 0 ? answers : merged([...missing, ...answers]) }
    })
  },
  (_, errorCode) => ({ errorCode }),
)

interface ResponseTopic {
  readonly name: string
  readonly partitions: readonly Input<OffsetDeleteResponsePartition>[]
}

function responseTopic(name: string, partitions: readonly number[], error: ErrorName): ResponseTopic {
  const errorCode = ErrorCode[error]
  return { name, partitions: partitions.map((partitionIndex) => ({ partitionIndex, errorCode })) }
}

/** One answer for each topic. */
function merged(answers: readonly ResponseTopic[]): ResponseTopic[] {
  const byName = new Map<string, ResponseTopic['partitions']>()
  for (const { name, partitions } of answers) byName.set(name, [...(byName.get(name) ?? []), ...partitions])
  return [...byName].map(([name, partitions]) => ({ name, partitions }))
}
