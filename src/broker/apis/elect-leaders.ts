import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
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
  (request, { broker, version }) => {
    if (refusesAsNotController(broker)) throw new KafkaError('NOT_CONTROLLER')
    if (request.topicPartitions?.length === 0) return {}
    if (request.timeoutMs <= 0) return failed(request, version, ErrorCode.REQUEST_TIMED_OUT)
    return broker.controller
      .ask((controller) => controller.electLeaders(request))
      .map((answer): Input<ElectLeadersResponse> => answer)
      .recover((error) => {
        if (!(error instanceof KafkaError)) throw error
        return failed(request, version, error.code, error.message)
      })
  },
  (request, errorCode, { version }) => failed(request, version, errorCode),
)

/** The error stands beside every partition that is named, and from version 1 on in the answer itself too. */
function failed(
  { topicPartitions }: ElectLeadersRequest,
  version: number,
  errorCode: number,
  message: string | null = null,
): Input<ElectLeadersResponse> {
  const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage: message })),
  }))
  return version === 0 ? { replicaElectionResults } : { errorCode, replicaElectionResults }
}
