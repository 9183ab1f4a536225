import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  DescribeTopicPartitions,
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
  type DescribeTopicPartitionsResponsePartition,
  type DescribeTopicPartitionsResponseTopic,
} from '../../protocol/messages/describe-topic-partitions.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { PartitionImage } from '../controller/metadata-image.ts'
import { invalidTopicName } from '../controller/topic-names.ts'
import { isInternalTopic } from '../replication/internal-topics.ts'
import { topicOperations } from './authorized-operations.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

type Topic = Input<DescribeTopicPartitionsResponseTopic>

/**
 * DescribeTopicPartitions, KIP-966 (3.8): the partitions of topics, or of all, a page at a time. Topics come by rising name;
 * `nextCursor` says where the next page begins.
 */
export const describeTopicPartitions: Handler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse> =
  handler(
    DescribeTopicPartitions,
    (request, context) => {
      const { cursor, responsePartitionLimit } = request
      const names = namesFrom(request, context)
      const limit = context.broker.config.int('max.request.partition.size.limit')
      const page = new Page(context, Math.max(1, Math.min(limit, responsePartitionLimit)), request.topics.length > 0)
      for (const name of names) {
        page.add(name, name === cursor?.topicName ? cursor.partitionIndex : 0)
        if (page.next !== null) break
      }
      return { topics: page.topics, nextCursor: page.next }
    },
    ({ topics }, errorCode) => ({
      topics: topics.map(({ name }) => ({ errorCode, name, topicId: ZERO_UUID, isInternal: false })),
    }),
  )

/**
 * The topics from the cursor on, by rising name.
 * @throws KafkaError INVALID_REQUEST when the cursor cannot be right, UNKNOWN_SERVER_ERROR for an empty name without a cursor
 */
function namesFrom({ topics, cursor }: DescribeTopicPartitionsRequest, { broker }: RequestContext): string[] {
  const all = topics.length === 0 ? [...broker.image.topics()] : topics
  const first = cursor?.topicName ?? ''
  const names = new Set(all.map(({ name }) => name).filter((name) => name >= first))
  if (cursor !== null && ((topics.length > 0 && !names.has(first)) || cursor.partitionIndex < 0)) {
    throw new KafkaError('INVALID_REQUEST')
  }
  // Kafka takes an empty name for that of the cursor, and trips over it where there is no cursor; any other wrong name is told as such.
  if (cursor === null && names.has('')) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  return [...names].sort()
}

/** What goes into one answer. */
class Page {
  readonly topics: Topic[] = []
  /** Where the next page begins, once this one is full. */
  next: { readonly topicName: string; readonly partitionIndex: number } | null = null
  private readonly context: RequestContext
  private readonly tellsOfMissing: boolean
  private left: number

  constructor(context: RequestContext, limit: number, tellsOfMissing: boolean) {
    this.context = context
    this.left = limit
    this.tellsOfMissing = tellsOfMissing
  }

  add(name: string, from: number): void {
    if (this.left === 0) {
      this.next = { topicName: name, partitionIndex: 0 }
      return
    }
    const topic = this.context.broker.image.topic(name)
    if (topic === undefined) {
      if (this.tellsOfMissing) this.topics.push(missing(name))
      return
    }
    const partitions = topic.partitions.slice(from, from + this.left)
    this.topics.push({
      name,
      topicId: topic.id,
      isInternal: isInternalTopic(name),
      partitions: partitions.map((partition) => described(partition, this.context)),
      topicAuthorizedOperations: topicOperations,
    })
    this.left -= partitions.length
    if (from + partitions.length < topic.partitions.length) {
      this.next = { topicName: name, partitionIndex: from + partitions.length }
    }
  }
}

function missing(name: string): Topic {
  return {
    errorCode:
      invalidTopicName(name) === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
    name,
    topicId: ZERO_UUID,
    isInternal: isInternalTopic(name),
    topicAuthorizedOperations: topicOperations,
  }
}

function described(
  partition: PartitionImage,
  { broker: { image }, endpointOf }: RequestContext,
): Input<DescribeTopicPartitionsResponsePartition> {
  const isReachable = (id: number): boolean => image.isAlive(id) && endpointOf(id) !== undefined
  const { index, leader, leaderEpoch, replicas, isr, eligibleLeaderReplicas, lastKnownElr } = partition
  return {
    partitionIndex: index,
    leaderId: isReachable(leader) ? leader : -1,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    eligibleLeaderReplicas,
    lastKnownElr,
    offlineReplicas: replicas.filter((id) => !isReachable(id)),
  }
}
