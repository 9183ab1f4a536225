import { KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  type Coordinator,
  FindCoordinator,
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
} from '../../protocol/messages/find-coordinator.ts'
import { mapReply, type Reply, Waiting } from '../waiting.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/** What a key is the name of. */
const GROUP = 0

/**
 * FindCoordinator (0.8.2): which broker coordinates a group.
 *
 * v1 KIP-98: transactions as well. v4 KIP-699: several keys. v6 KIP-932: share groups as well. As long as there are neither
 * transactions nor share groups here, INVALID_REQUEST: clients take it for final, and say so, where after any other error
 * they would ask again and again.
 */
export const findCoordinator: Handler<FindCoordinatorRequest, FindCoordinatorResponse> = handler(
  FindCoordinator,
  (request, context) => {
    if (context.version < 4) {
      return mapReply(find(request.keyType, request.key, context), ({ key: _, ...coordinator }) => ({
        ...coordinator,
        errorMessage: coordinator.errorMessage ?? 'NONE',
      }))
    }
    const found = request.coordinatorKeys.map((key) => find(request.keyType, key, context))
    return Waiting.all(found, (coordinators) => ({
      coordinators: coordinators.map((coordinator) => ({
        ...coordinator,
        errorMessage: coordinator.errorMessage ?? '',
      })),
    }))
  },
)

function find(keyType: number, key: string, context: RequestContext): Reply<Input<Coordinator>> {
  if (keyType !== GROUP) return failed(key, new KafkaError('INVALID_REQUEST'))
  const located = (nodeId: number): Input<Coordinator> => {
    const endpoint = context.endpointOf(nodeId)
    if (endpoint === undefined) return failed(key, new KafkaError('COORDINATOR_NOT_AVAILABLE'))
    return { key, nodeId, host: endpoint.host, port: endpoint.port }
  }
  const recovered = (error: unknown): Input<Coordinator> => {
    if (!(error instanceof KafkaError)) throw error
    return failed(key, error)
  }
  try {
    const reply = context.broker.groups.locate(key)
    return reply instanceof Waiting ? reply.map(located).recover(recovered) : located(reply)
  } catch (error) {
    return recovered(error)
  }
}

function failed(key: string, error: KafkaError): Input<Coordinator> {
  return { key, nodeId: -1, host: '', port: -1, errorCode: error.code, errorMessage: error.message }
}
