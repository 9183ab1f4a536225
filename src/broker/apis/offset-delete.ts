import { ErrorCode } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  OffsetDelete,
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
  type OffsetDeleteResponsePartition,
} from '../../protocol/messages/offset-delete.ts'
import { mapReply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'

/** OffsetDelete, KIP-496 (2.4): forgets committed offsets of topics that the group no longer subscribes to. */
export const offsetDelete: Handler<OffsetDeleteRequest, OffsetDeleteResponse> = handler(
  OffsetDelete,
  ({ groupId, topics }, { broker }) => {
    const answers = new Map<string, Input<OffsetDeleteResponsePartition>[]>()
    const answer = (topic: string, partitionIndex: number, errorCode: number): void => {
      const partitions = answers.get(topic) ?? []
      answers.set(topic, [...partitions, { partitionIndex, errorCode }])
    }
    const known = topics.map(({ name, partitions }) => {
      const indices = [...new Set(partitions.map(({ partitionIndex }) => partitionIndex))]
      const isThere = (index: number): boolean => broker.image.partition(name, index) !== undefined
      for (const index of indices) if (!isThere(index)) answer(name, index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      return { topic: name, partitions: indices.filter(isThere) }
    })
    const asked = known.filter(({ partitions }) => partitions.length > 0)
    return mapReply(broker.groups.deleteOffsets(groupId, asked), (deleted) => {
      for (const { topic, partitions, error } of deleted) {
        for (const index of partitions) answer(topic, index, ErrorCode[error])
      }
      return { topics: [...answers].map(([name, partitions]) => ({ name, partitions })) }
    })
  },
  (_, errorCode) => ({ errorCode }),
)
