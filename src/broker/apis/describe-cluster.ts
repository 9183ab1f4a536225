import { ErrorCode, type ErrorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  DescribeCluster,
  type DescribeClusterRequest,
  type DescribeClusterResponse,
} from '../../protocol/messages/describe-cluster.ts'
import { clusterOperations, NOT_ASKED } from './authorized-operations.ts'
import { advertisedController } from './controller-node.ts'
import { type Handler, handler } from './handler.ts'

/** `EndpointType`: what the nodes of a listener are. */
const EndpointType = { BROKER: 1, CONTROLLER: 2 } as const

/**
 * DescribeCluster, KIP-700 (2.8): the brokers, the controller and the cluster's id, without the topics of Metadata.
 *
 * v1 KIP-919: whether brokers are asked for or controllers, whose listener is another one. v2 KIP-1073: fenced brokers too.
 */
export const describeCluster: Handler<DescribeClusterRequest, DescribeClusterResponse> = handler(
  DescribeCluster,
  (request, { broker, endpointOf }) => {
    const { endpointType, includeFencedBrokers, includeClusterAuthorizedOperations } = request
    if (endpointType === EndpointType.CONTROLLER) {
      return refused(
        'MISMATCHED_ENDPOINT_TYPE',
        'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER',
      )
    }
    if (endpointType !== EndpointType.BROKER) {
      return refused('UNSUPPORTED_ENDPOINT_TYPE', `Unsupported endpoint type ${endpointType}`)
    }
    const brokers = [...broker.image.brokers()].flatMap(({ id, fenced }) => {
      const endpoint = fenced && !includeFencedBrokers ? undefined : endpointOf(id)
      if (endpoint === undefined) return []
      const { host, port, rack } = endpoint
      return [{ brokerId: id, host, port, rack, isFenced: fenced }]
    })
    const controllerId = advertisedController(broker)
    return {
      clusterId: broker.clusterId,
      controllerId: brokers.some(({ brokerId }) => brokerId === controllerId) ? controllerId : -1,
      brokers,
      clusterAuthorizedOperations: includeClusterAuthorizedOperations ? clusterOperations : NOT_ASKED,
    }
  },
  (_, errorCode) => ({ errorCode }),
)

function refused(error: ErrorName, errorMessage: string): Input<DescribeClusterResponse> {
  return { errorCode: ErrorCode[error], errorMessage }
}
