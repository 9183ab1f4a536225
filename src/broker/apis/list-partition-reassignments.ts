import { KafkaError } from '../../protocol/errors.ts'
import {
  ListPartitionReassignments,
  type ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsResponse,
} from '../../protocol/messages/list-partition-reassignments.ts'
import { refusesAsNotController } from './controller-node.ts'
import { type Handler, handler } from './handler.ts'

/**
 * ListPartitionReassignments, KIP-455 (2.4): which partitions are on their way to other replicas. Any broker takes it and forwards
 * it to the controller. What is not reassigned, or not there, is left out.
 */
export const listPartitionReassignments: Handler<
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse
> = handler(
  ListPartitionReassignments,
  ({ topics }, { broker }) => {
    if (refusesAsNotController(broker)) throw new KafkaError('NOT_CONTROLLER')
    return broker.controller
      .ask((controller) => controller.listPartitionReassignments(topics))
      .map((ongoing) => ({ errorMessage: null, topics: ongoing }))
  },
  ({ topics }, errorCode) => ({
    errorCode,
    errorMessage: null,
    topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex })),
    })),
  }),
)
