import { ErrorCode } from '../../protocol/errors.ts'
import type { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/messages/create-topics.ts'
import { CreateTopics } from '../../protocol/messages/create-topics.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import { refusesAsNotController } from './controller-node.ts'
import { type Handler, handler } from './handler.ts'

/**
 * CreateTopics, KIP-4 (0.10.1): any broker takes it and forwards it to the controller.
 *
 * v1: error messages, and requests that only validate. v4 KIP-464: -1 partitions or replicas are the broker's default.
 * v5 KIP-525: the answer tells partitions, replicas and configs. v7 KIP-516: and the topic's id. The controller decides at
 * once, so no timeout passes but one that leaves no time at all.
 */
export const createTopics: Handler<CreateTopicsRequest, CreateTopicsResponse> = handler(
  CreateTopics,
  (request, { broker }) => {
    if (refusesAsNotController(broker)) return failAll(request, ErrorCode.NOT_CONTROLLER)
    if (request.timeoutMs <= 0) return failAll(request, ErrorCode.REQUEST_TIMED_OUT)
    return broker.controller.ask((controller) => controller.createTopics(request)).map((topics) => ({ topics }))
  },
  failAll,
)

function failAll({ topics }: CreateTopicsRequest, errorCode: number): Partial<CreateTopicsResponse> {
  return {
    topics: topics.map(({ name }) => ({
      name,
      topicId: ZERO_UUID,
      errorCode,
      errorMessage: null,
      topicConfigErrorCode: ErrorCode.NONE,
      numPartitions: -1,
      replicationFactor: -1,
      configs: [],
    })),
  }
}
