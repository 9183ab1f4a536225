import { ErrorCode, type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  OffsetCommit,
  type OffsetCommitRequest,
  type OffsetCommitRequestTopic,
  type OffsetCommitResponse,
  type OffsetCommitResponseTopic,
} from '../../protocol/messages/offset-commit.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import type { CommitAnswer, CommitRequest, TopicToCommit } from '../coordinator/groups/commit.ts'
import { mapReply, recoverReply } from '../waiting.ts'
import { type Handler, handler } from './handler.ts'

/**
 * OffsetCommit (0.8.1): commits a group's offsets.
 *
 * v0 was for ZooKeeper; here it commits to the group like the others. v1 names the member and the time of the commit, v2 to
 * v4 for how long it is kept. v6 KIP-320: leader epochs. v7 KIP-345: static members. v9 KIP-848: GROUP_ID_NOT_FOUND. v10:
 * topics by id.
 */
export const offsetCommit: Handler<OffsetCommitRequest, OffsetCommitResponse> = handler(
  OffsetCommit,
  (request, { version, broker }) => {
    const { known, unknown } = sortOut(request.topics, version, broker.image)
    if (known.length === 0) return { topics: unknown }
    const failed = (error: unknown): Input<OffsetCommitResponse> => {
      if (!(error instanceof KafkaError)) throw error
      const errors: CommitAnswer = known.map((topic) => ({
        topic,
        errors: topic.partitions.map((): ErrorName => error.error),
      }))
      return { topics: merge(unknown, errors) }
    }
    const commit: CommitRequest = {
      groupId: request.groupId,
      generationId: request.generationIdOrMemberEpoch,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      retentionTimeMs: request.retentionTimeMs,
      topics: known,
      knowsGroupIdNotFound: version >= 9,
    }
    const answered = (errors: CommitAnswer): Input<OffsetCommitResponse> => ({ topics: merge(unknown, errors) })
    return recoverReply(() => mapReply(broker.groups.commitOffsets(commit), answered), failed)
  },
)

type ResponseTopic = Input<OffsetCommitResponseTopic>

/** Tells the partitions that there are from those that there are not, which have their answer. */
function sortOut(
  topics: readonly OffsetCommitRequestTopic[],
  version: number,
  image: MetadataImage,
): { known: TopicToCommit[]; unknown: ResponseTopic[] } {
  const known: TopicToCommit[] = []
  const unknown: ResponseTopic[] = []
  for (const topic of topics) {
    const found = version >= 10 ? image.topicById(topic.topicId) : image.topic(topic.name)
    const name = found?.name ?? topic.name
    const topicId = found?.id ?? (version >= 10 ? topic.topicId : ZERO_UUID)
    const missing: number[] = []
    const partitions: TopicToCommit['partitions'][number][] = []
    for (const partition of topic.partitions) {
      if (found?.partitions[partition.partitionIndex] === undefined) {
        missing.push(partition.partitionIndex)
        continue
      }
      partitions.push({
        partition: partition.partitionIndex,
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata: partition.committedMetadata,
        timestamp: partition.commitTimestamp,
      })
    }
    if (partitions.length > 0) known.push({ topic: name, topicId, partitions })
    if (missing.length > 0) {
      const error = found === undefined && version >= 10 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
      unknown.push({
        name,
        topicId,
        partitions: missing.map((partitionIndex) => ({ partitionIndex, errorCode: ErrorCode[error] })),
      })
    }
  }
  return { known, unknown }
}

/**
 * First the partitions that there are not, then the others. Only if there are both has each topic one entry, as Kafka puts
 * them together; otherwise a topic that is named twice has two.
 */
function merge(unknown: readonly ResponseTopic[], answer: CommitAnswer): ResponseTopic[] {
  const committed = answer.map(({ topic, errors }): ResponseTopic => {
    const partitions = topic.partitions.map(({ partition }, i) => ({
      partitionIndex: partition,
      errorCode: ErrorCode[errors[i] ?? 'NONE'],
    }))
    return { name: topic.topic, topicId: topic.topicId, partitions }
  })
  if (unknown.length === 0) return committed
  const topics = new Map<string, ResponseTopic>()
  for (const topic of [...unknown, ...committed]) {
    const key = `${topic.name} ${topic.topicId}`
    const before = topics.get(key)
    const partitions = [...(before?.partitions ?? []), ...(topic.partitions ?? [])]
    topics.set(key, { ...(before ?? topic), partitions })
  }
  return [...topics.values()]
}
