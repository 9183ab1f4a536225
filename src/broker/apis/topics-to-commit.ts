import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import type { CommitAnswer, TopicToCommit } from '../coordinator/groups/commit.ts'

/** A topic of OffsetCommit or TxnOffsetCommit. */
export interface RequestedTopic {
  readonly name: string
  readonly topicId: string
  readonly partitions: readonly {
    readonly partitionIndex: number
    readonly committedOffset: number
    readonly committedLeaderEpoch: number
    readonly committedMetadata: string | null
    /** OffsetCommit version 1 alone has it. */
    readonly commitTimestamp?: number
  }[]
}

/** A topic of their answers. */
export interface AnsweredTopic {
  readonly name: string
  readonly topicId: string
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
}

/**
 * Tells the partitions that there are from those that there are not, which have their answer.
 * @param byId whether the request names topics by their ids
 */
export function sortOut(
  topics: readonly RequestedTopic[],
  byId: boolean,
  image: MetadataImage,
): { known: TopicToCommit[]; unknown: AnsweredTopic[] } {
  const known: TopicToCommit[] = []
  const unknown: AnsweredTopic[] = []
  for (const topic of topics) {
    const found = byId ? image.topicById(topic.topicId) : image.topic(topic.name)
    const name = found?.name ?? topic.name
    const topicId = found?.id ?? (byId ? topic.topicId : ZERO_UUID)
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
        timestamp: partition.commitTimestamp ?? -1,
      })
    }
    if (partitions.length > 0) known.push({ topic: name, topicId, partitions })
    if (missing.length > 0) {
      const error = found === undefined && byId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
      unknown.push({
        name,
        topicId,
        partitions: missing.map((partitionIndex) => ({ partitionIndex, errorCode: ErrorCode[error] })),
      })
    }
  }
  return { known, unknown }
}

/** The answer when the group's coordinator refuses: its error at every partition. */
export function failAll(topics: readonly TopicToCommit[]): (error: unknown) => CommitAnswer {
  return (error) => {
    if (!(error instanceof KafkaError)) throw error
    return topics.map((topic) => ({ topic, errors: topic.partitions.map(() => error.error) }))
  }
}

/**
 * First the partitions that there are not, then the others. Only if there are both has each topic one entry, as Kafka puts
 * them together; otherwise a topic that is named twice has two.
 */
export function merge(unknown: readonly AnsweredTopic[], answer: CommitAnswer): AnsweredTopic[] {
  const committed = answer.map(({ topic, errors }): AnsweredTopic => {
    const partitions = topic.partitions.map(({ partition }, i) => ({
      partitionIndex: partition,
      errorCode: ErrorCode[errors[i] ?? 'NONE'],
    }))
    return { name: topic.topic, topicId: topic.topicId, partitions }
  })
  if (unknown.length === 0) return committed
  const topics = new Map<string, AnsweredTopic>()
  for (const topic of [...unknown, ...committed]) {
    const key = `${topic.name} ${topic.topicId}`
    const before = topics.get(key)
    topics.set(key, { ...(before ?? topic), partitions: [...(before?.partitions ?? []), ...topic.partitions] })
  }
  return [...topics.values()]
}
