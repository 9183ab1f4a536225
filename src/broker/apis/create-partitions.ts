import { ErrorCode } from '../../protocol/errors.ts'
import {
  CreatePartitions,
  type CreatePartitionsRequest,
  type CreatePartitionsResponse,
} from '../../protocol/messages/create-partitions.ts'
import { refusesAsNotController } from './controller-node.ts'
import { type Handler, handler } from './handler.ts'

/**
 * CreatePartitions, KIP-195 (1.0): gives topics more partitions. Any broker takes it and forwards it to the controller.
 *
 * v1 KIP-219: a throttled client is told so. v2 KIP-482. v3 KIP-599: a client beyond its quota is refused.
 */
export const createPartitions: Handler<CreatePartitionsRequest, CreatePartitionsResponse> = handler(
  CreatePartitions,
  (request, { broker }) => {
    if (refusesAsNotController(broker)) return failAll(request, ErrorCode.NOT_CONTROLLER)
    if (request.timeoutMs <= 0) return failAll(request, ErrorCode.REQUEST_TIMED_OUT)
    return broker.controller.ask((controller) => controller.createPartitions(request)).map((results) => ({ results }))
  },
  failAll,
)

function failAll({ topics }: CreatePartitionsRequest, errorCode: number): Partial<CreatePartitionsResponse> {
  return { results: topics.map(({ name }) => ({ name, errorCode, errorMessage: null })) }
}
