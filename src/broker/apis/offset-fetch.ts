import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  OffsetFetch,
  type OffsetFetchRequest,
  type OffsetFetchRequestGroup,
  type OffsetFetchResponse,
  type OffsetFetchResponseGroup,
  type OffsetFetchResponsePartitions,
  type OffsetFetchResponseTopics,
} from '../../protocol/messages/offset-fetch.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { Broker } from '../broker.ts'
import type { FetchedTopic } from '../coordinator/groups/fetch-offsets.ts'
import { mapReply, type Reply, recoverReply, Waiting } from '../waiting.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/**
 * OffsetFetch (0.8.1): a group's committed offsets.
 *
 * v0 was for ZooKeeper; here it asks the group like v1. v2: no topics means all; an error of the group stands beside them. v5
 * KIP-320: leader epochs. v7 KIP-447: UNSTABLE_OFFSET_COMMIT while a transaction may still commit. v8 KIP-709: several groups. v9 KIP-848: who
 * asks. v10: topics by id.
 */
export const offsetFetch: Handler<OffsetFetchRequest, OffsetFetchResponse> = handler(
  OffsetFetch,
  (request, context) => {
    const groups = version8Groups(request, context.version).map((group) => fetchGroup(group, request, context))
    return Waiting.all(groups, (answers) => responseOf(answers, context.version))
  },
)

type ResponseGroup = Input<OffsetFetchResponseGroup>
type ResponseTopic = Input<OffsetFetchResponseTopics>

/** The request in the form that it has since v8. */
function version8Groups(request: OffsetFetchRequest, version: number): readonly OffsetFetchRequestGroup[] {
  if (version >= 8) return request.groups
  const { groupId } = request
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null
  return [{ groupId, topics, memberId: null, memberEpoch: -1 }]
}

function fetchGroup(
  group: OffsetFetchRequestGroup,
  { requireStable }: OffsetFetchRequest,
  { version, broker }: RequestContext,
): Reply<ResponseGroup> {
  const { groupId } = group
  const failed = (error: unknown): ResponseGroup => {
    if (!(error instanceof KafkaError)) throw error
    return failedGroup(group, error, version)
  }
  const asked = version >= 10 ? withNames(group, broker) : group
  const known = asked.topics?.filter(({ name }) => version < 10 || name !== '') ?? null
  const unknown = (asked.topics ?? []).filter(({ name }) => version >= 10 && name === '')
  const answered = (fetched: readonly FetchedTopic[]): ResponseGroup => {
    const topics = fetched.map((topic) => responseTopic(topic, version, broker)).filter((topic) => topic !== undefined)
    return { groupId, topics: [...topics, ...unknown.map(unknownTopic)] }
  }
  const topics =
    known?.map(({ name, topicId, partitionIndexes }) => ({ topic: name, topicId, partitions: partitionIndexes })) ??
    null
  return recoverReply(() => mapReply(broker.groups.fetchOffsets(groupId, topics, requireStable), answered), failed)
}

/** Finds the names of topics that are asked for by id; a topic that is not there keeps none. */
function withNames(group: OffsetFetchRequestGroup, { image }: Broker): OffsetFetchRequestGroup {
  if (group.topics === null) return group
  return {
    ...group,
    topics: group.topics.map((topic) => ({ ...topic, name: image.topicById(topic.topicId)?.name ?? '' })),
  }
}

/** Undefined for a topic that has no id to be told by. */
function responseTopic(
  { topic, topicId, partitions }: FetchedTopic,
  version: number,
  { image }: Broker,
): ResponseTopic | undefined {
  const id = topicId === ZERO_UUID && version >= 10 ? image.topic(topic)?.id : topicId
  if (id === undefined) return undefined
  return {
    name: topic,
    topicId: id,
    partitions: partitions.map(({ partition, committed, error }) => ({
      partitionIndex: partition,
      committedOffset: committed?.offset ?? -1,
      committedLeaderEpoch: committed?.leaderEpoch ?? -1,
      metadata: committed?.metadata ?? '',
      errorCode: ErrorCode[error ?? 'NONE'],
    })),
  }
}

function unknownTopic({
  name,
  topicId,
  partitionIndexes,
}: NonNullable<OffsetFetchRequestGroup['topics']>[number]): ResponseTopic {
  return {
    name,
    topicId,
    partitions: partitionIndexes.map((index) => failedPartition(index, ErrorCode.UNKNOWN_TOPIC_ID)),
  }
}

function failedPartition(partitionIndex: number, errorCode: number): Input<OffsetFetchResponsePartitions> {
  return { partitionIndex, errorCode, committedOffset: -1, committedLeaderEpoch: -1, metadata: '' }
}

/** Versions 0 and 1 have no place for an error but at each partition. */
function failedGroup({ groupId, topics }: OffsetFetchRequestGroup, error: KafkaError, version: number): ResponseGroup {
  // Consumers before 3.9 do not expect COORDINATOR_NOT_AVAILABLE here; NOT_COORDINATOR has them look for it again.
  const name = error.error === 'COORDINATOR_NOT_AVAILABLE' ? 'NOT_COORDINATOR' : error.error
  const errorCode = ErrorCode[name]
  if (version >= 2) return { groupId, errorCode }
  return {
    groupId,
    topics: (topics ?? []).map((topic) => ({
      name: topic.name,
      partitions: topic.partitionIndexes.map((partition) => failedPartition(partition, errorCode)),
    })),
  }
}

function responseOf(groups: readonly ResponseGroup[], version: number): Input<OffsetFetchResponse> {
  if (version >= 8) return { groups }
  const [group] = groups
  return {
    errorCode: group?.errorCode,
    topics: group?.topics?.map(({ name, partitions }) => ({ name, partitions })),
  }
}
