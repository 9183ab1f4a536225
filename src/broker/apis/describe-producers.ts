import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  DescribeProducers,
  type DescribeProducersRequest,
  type DescribeProducersResponse,
  type PartitionResponse,
} from '../../protocol/messages/describe-producers.ts'
import { invalidTopicName } from '../controller/topic-names.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/**
 * DescribeProducers, KIP-664: what partitions remember of their idempotent and transactional producers, so that an
 * administrator can find a transaction that hangs. A follower is asked as well as the leader.
 */
export const describeProducers: Handler<DescribeProducersRequest, DescribeProducersResponse> = handler(
  DescribeProducers,
  ({ topics }, context) => ({
    topics: topics.map(({ name, partitionIndexes }) => {
      const refusal = topicError(name, context)
      const describe = (index: number): Input<PartitionResponse> => refusal ?? producersOf(name, index, context)
      return { name, partitions: partitionIndexes.map((index) => ({ ...describe(index), partitionIndex: index })) }
    }),
  }),
  ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode })),
    })),
  }),
)

/** What is wrong with a topic is told in words as well. */
function topicError(name: string, { broker }: RequestContext): Input<PartitionResponse> | undefined {
  const invalid = invalidTopicName(name)
  if (invalid !== undefined) return failed(new KafkaError('INVALID_TOPIC_EXCEPTION', invalid))
  return broker.image.topic(name) === undefined ? failed(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')) : undefined
}

function failed({ error, message }: KafkaError): Input<PartitionResponse> {
  return { errorCode: ErrorCode[error], errorMessage: message }
}

function producersOf(topic: string, index: number, { broker }: RequestContext): Input<PartitionResponse> {
  try {
    return { activeProducers: broker.replicas.replica(topic, index).log.activeProducers(broker.clock.now()) }
  } catch (error) {
    if (error instanceof KafkaError) return { errorCode: ErrorCode[error.error] }
    throw error
  }
}
