import { ErrorCode, errorMessage, errorName, KafkaError } from '../../protocol/errors.ts'
import {
  ElectLeaders,
  type ElectLeadersRequest,
  type ElectLeadersResponse,
} from '../../protocol/messages/elect-leaders.ts'
import { refusesAsNotController } from './controller-node.ts'
import { type Handler, handler } from './handler.ts'

/**
 * ElectLeaders, KIP-183 (2.2): the first replica of a partition is to lead it again. Any broker takes it and forwards it to the
 * controller, which decides at once: no timeout passes but one that leaves no time at all.
 *
 * v1 KIP-460: unclean elections, for partitions without a leader, and an error of the whole. v2 KIP-482.
 */
export const electLeaders: Handler<ElectLeadersRequest, ElectLeadersResponse> = handler(
  ElectLeaders,
  (request, { broker }) => {
    if (refusesAsNotController(broker)) throw new KafkaError('NOT_CONTROLLER')
    if (request.topicPartitions?.length === 0) return {}
    if (request.timeoutMs <= 0) return failed(request, ErrorCode.REQUEST_TIMED_OUT, null)
    return broker.controller
      .ask((controller) => controller.electLeaders(request))
      .recover((error) => {
        if (!(error instanceof KafkaError)) throw error
        return failed(request, error.code, error.message)
      })
  },
  (request, errorCode) => failed(request, errorCode, errorMessage(errorName(errorCode))),
)

/** The error stands beside every partition that is named, and from version 1 on in the answer itself too. */
function failed(
  { topicPartitions }: ElectLeadersRequest,
  errorCode: number,
  message: string | null,
): ElectLeadersResponse {
  const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage: message })),
  }))
  return { throttleTimeMs: 0, errorCode, replicaElectionResults }
}
