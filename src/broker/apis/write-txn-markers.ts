import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  type WritableTxnMarker,
  type WritableTxnMarkerResult,
  WriteTxnMarkers,
  type WriteTxnMarkersRequest,
  type WriteTxnMarkersResponse,
} from '../../protocol/messages/write-txn-markers.ts'
import type { PartitionResult } from '../coordinator/transactions/markers.ts'
import { TopicPartitions } from '../coordinator/transactions/topic-partitions.ts'
import { mapReply, type Reply, Waiting } from '../waiting.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/**
 * WriteTxnMarkers, KIP-98 (0.11): what ends a transaction in the partitions that it wrote to. Transaction coordinators send it to
 * the leaders, and an administrator where a transaction hangs (KIP-664).
 *
 * v2 KIP-1228: the transaction version that the marker is written by.
 */
export const writeTxnMarkers: Handler<WriteTxnMarkersRequest, WriteTxnMarkersResponse> = handler(
  WriteTxnMarkers,
  ({ markers }, context) =>
    Waiting.all(
      markers.map((marker) => write(marker, context)),
      (results) => ({ markers: byProducer(markers, results) }),
    ),
  ({ markers }, errorCode) => ({
    markers: markers.map(({ producerId, topics }) => ({
      producerId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode })),
      })),
    })),
  }),
)

function write(marker: WritableTxnMarker, { broker }: RequestContext): Reply<readonly PartitionResult[]> {
  const { topics, transactionResult: committed, ...rest } = marker
  // Kafka trips over it as it makes the record.
  if (marker.producerId < 0 || marker.producerEpoch < 0) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  const partitions = topics.map(({ name, partitionIndexes }) => ({ topic: name, partitions: partitionIndexes }))
  return mapReply(
    broker.transactions.writeMarker({ ...rest, committed }, TopicPartitions.of(partitions)),
    (results) => results,
  )
}

/** The markers of one producer are answered together. */
function byProducer(
  markers: readonly WritableTxnMarker[],
  results: readonly (readonly PartitionResult[])[],
): Input<WritableTxnMarkerResult>[] {
  const producers = new Map<number, Map<string, Map<number, number>>>()
  markers.forEach(({ producerId }, i) => {
    for (const { topic, partition, error } of results[i] ?? []) {
      const topics = producers.get(producerId) ?? new Map<string, Map<number, number>>()
      producers.set(producerId, topics)
      const partitions = topics.get(topic) ?? new Map<number, number>()
      topics.set(topic, partitions)
      partitions.set(partition, ErrorCode[error])
    }
  })
  return [...producers].map(([producerId, topics]) => ({
    producerId,
    topics: [...topics].map(([name, partitions]) => ({
      name,
      partitions: [...partitions].map(([partitionIndex, errorCode]) => ({ partitionIndex, errorCode })),
    })),
  }))
}
