import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { DeleteTopicsRequest, DeleteTopicsResponse } from '../../protocol/messages/delete-topics.ts'
import { DeleteTopics } from '../../protocol/messages/delete-topics.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import { asksController } from '../controller/topic-deletion.ts'
import { refusesAsNotController } from './controller-node.ts'
import { type Handler, handler } from './handler.ts'

/**
 * DeleteTopics, KIP-4 (0.10.1): any broker takes it and forwards it to the controller.
 *
 * v3: TOPIC_DELETION_DISABLED, which is INVALID_REQUEST before. v5 KIP-599: error messages. v6 KIP-516: topics by name or
 * by id. The controller decides at once, so no timeout passes but one that leaves no time at all.
 */
export const deleteTopics: Handler<DeleteTopicsRequest, DeleteTopicsResponse> = handler(
  DeleteTopics,
  (request, { broker, version }) => {
    if (refusesAsNotController(broker)) return failAll(request, ErrorCode.NOT_CONTROLLER)
    if (!broker.config.bool('delete.topic.enable')) {
      throw new KafkaError(version < 3 ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED')
    }
    if (request.timeoutMs <= 0 && asksController(request)) return failAll(request, ErrorCode.REQUEST_TIMED_OUT)
    return broker.controller.ask((controller) => controller.deleteTopics(request)).map((responses) => ({ responses }))
  },
  failAll,
)

function failAll({ topics, topicNames }: DeleteTopicsRequest, errorCode: number): Partial<DeleteTopicsResponse> {
  const named = [...topicNames.map((name) => ({ name, topicId: ZERO_UUID })), ...topics]
  return { responses: named.map(({ name, topicId }) => ({ name, topicId, errorCode, errorMessage: null })) }
}
