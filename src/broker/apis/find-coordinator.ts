import { KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  type Coordinator,
  FindCoordinator,
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
} from '../../protocol/messages/find-coordinator.ts'
import { mapReply, type Reply, recoverReply, Waiting } from '../waiting.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/** What a key is the name of. */
const KeyType = { GROUP: 0, TRANSACTION: 1, SHARE: 2 } as const

/**
 * FindCoordinator (0.8.2): which broker coordinates a group. The first one makes `__consumer_offsets`, and is answered when
 * that is there.
 *
 * v1 KIP-98: a transactional id as well, with `__transaction_state`. v4 KIP-699: several keys. v6 KIP-932: share groups as well.
 * As long as there are no share groups here, INVALID_REQUEST: clients take it for final, and say so, where after any other
 * error they would ask again and again.
 */
export const findCoordinator: Handler<FindCoordinatorRequest, FindCoordinatorResponse> = handler(
  FindCoordinator,
  ({ keyType, key, coordinatorKeys }, context) => {
    if (context.version < 4) {
      return mapReply(find(keyType, key, context), (found) =>
        found instanceof KafkaError
          ? { ...NOWHERE, errorCode: found.code, errorMessage: found.message }
          : { ...found, errorMessage: 'NONE' },
      )
    }
    const replies = coordinatorKeys.map((one) =>
      mapReply(
        find(keyType, one, context),
        (found): Input<Coordinator> =>
          found instanceof KafkaError
            ? { key: one, ...NOWHERE, errorCode: found.code, errorMessage: messageOf(found, keyType) }
            : { key: one, ...found },
      ),
    )
    return Waiting.all(replies, (coordinators) => ({ coordinators }))
  },
)

const NOWHERE = { nodeId: -1, host: '', port: -1 } as const

/** Where the coordinator is, or why nobody knows. */
type Found = Pick<Coordinator, 'nodeId' | 'host' | 'port'> | KafkaError

function find(keyType: number, key: string, context: RequestContext): Reply<Found> {
  if (keyType !== KeyType.GROUP && keyType !== KeyType.TRANSACTION) return new KafkaError('INVALID_REQUEST')
  const { groups, transactions } = context.broker
  const room = keyType === KeyType.GROUP ? groups : transactions
  const located = (nodeId: number): Found => {
    const endpoint = context.endpointOf(nodeId)
    if (endpoint === undefined) return new KafkaError('COORDINATOR_NOT_AVAILABLE')
    return { nodeId, host: endpoint.host, port: endpoint.port }
  }
  const recovered = (error: unknown): Found => {
    if (error instanceof KafkaError) return error
    throw error
  }
  return recoverReply(() => mapReply(room.locate(key), located), recovered)
}

/** Since v4 Kafka leaves the message of an error empty, but for a type of key that it does not know. */
function messageOf(error: KafkaError, keyType: number): string {
  const known: readonly number[] = Object.values(KeyType)
  return known.includes(keyType) ? '' : error.message
}
