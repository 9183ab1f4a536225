import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import {
  DeleteRecords,
  type DeleteRecordsRequest,
  type DeleteRecordsResponse,
} from '../../protocol/messages/delete-records.ts'
import { type DeletedRecords, deleteRecordsBefore } from '../replication/record-deletion.ts'
import { mapReply, type Reply, Waiting } from '../waiting.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/**
 * DeleteRecords, KIP-107: moves the starts of logs forward, and answers when every live replica has moved, or at the timeout.
 * Versions 1 and 2 say the same in other bytes.
 */
export const deleteRecords: Handler<DeleteRecordsRequest, DeleteRecordsResponse> = handler(
  DeleteRecords,
  (request, context) => {
    const topics = wantedOffsets(request)
    return Waiting.all(
      topics.map(([name, offsets]) =>
        Waiting.all(
          [...offsets].map(([partitionIndex, offset]) =>
            mapReply(deleteBefore(name, partitionIndex, offset, request.timeoutMs, context), (deleted) => ({
              partitionIndex,
              lowWatermark: deleted.lowWatermark,
              errorCode: ErrorCode[deleted.error],
            })),
          ),
          (partitions) => ({ name, partitions }),
        ),
      ),
      (answered) => ({ topics: answered }),
    )
  },
  ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, lowWatermark: -1, errorCode })),
    })),
  }),
)

/** Of a partition that is named again the last offset counts. A topic without a partition is not answered. */
function wantedOffsets({ topics }: DeleteRecordsRequest): [name: string, offsets: Map<number, number>][] {
  const byName = new Map<string, Map<number, number>>()
  for (const { name, partitions } of topics) {
    const offsets = byName.get(name) ?? new Map<number, number>()
    for (const { partitionIndex, offset } of partitions) offsets.set(partitionIndex, offset)
    if (offsets.size > 0) byName.set(name, offsets)
  }
  return [...byName]
}

function deleteBefore(
  topic: string,
  index: number,
  offset: number,
  timeoutMs: number,
  { broker }: RequestContext,
): Reply<DeletedRecords> {
  try {
    if (broker.image.partition(topic, index) === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    return deleteRecordsBefore(broker.replicas, topic, index, offset, timeoutMs)
  } catch (error) {
    if (error instanceof KafkaError) return { error: error.error, lowWatermark: -1 }
    throw error
  }
}
