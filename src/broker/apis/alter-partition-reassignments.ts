import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  AlterPartitionReassignments,
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsResponse,
} from '../../protocol/messages/alter-partition-reassignments.ts'
import { refusesAsNotController } from './controller-node.ts'
import { type Handler, handler } from './handler.ts'

/**
 * AlterPartitionReassignments, KIP-455 (2.4): has other brokers hold the replicas of partitions, or ends what was begun of that.
 * Any broker takes it and forwards it to the controller. It answers when the reassignment has begun.
 *
 * v1 KIP-860: whether there may be more or fewer replicas than before.
 */
export const alterPartitionReassignments: Handler<
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse
> = handler(
  AlterPartitionReassignments,
  (request, { broker }) => {
    if (refusesAsNotController(broker)) throw new KafkaError('NOT_CONTROLLER')
    if (request.topics.length === 0) return {}
    if (request.timeoutMs <= 0) return failed(request, ErrorCode.REQUEST_TIMED_OUT)
    return broker.controller.ask((controller) => controller.alterPartitionReassignments(request))
  },
  failed,
)

function failed(
  { topics }: AlterPartitionReassignmentsRequest,
  errorCode: number,
): Input<AlterPartitionReassignmentsResponse> {
  return {
    errorCode,
    errorMessage: null,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, errorMessage: null })),
    })),
  }
}
