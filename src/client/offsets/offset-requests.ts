import { ErrorCode } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  OffsetCommit,
  type OffsetCommitRequest,
  type OffsetCommitResponse,
} from '../../protocol/messages/offset-commit.ts'
import { OffsetFetch, type OffsetFetchRequest, type OffsetFetchResponse } from '../../protocol/messages/offset-fetch.ts'
import type { Broker } from '../broker.ts'
import type { CallOptions } from '../channel.ts'
import { groupedBy } from '../maps.ts'
import type { TopicPartition } from '../topic-partition.ts'

/** What a coordinator has for a partition: `offset` is -1 when nothing is committed. */
export interface CommittedOffset {
  readonly offset: number
  readonly metadata: string
}

/** An offset that is to be committed: that of the next record to be read. */
export interface OffsetToCommit extends TopicPartition, CommittedOffset {}

/** As whom offsets are committed; the generation is -1 and the member id empty for whoever is no member. */
export interface Committer {
  readonly group: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

/** What an answer says of each partition: an error code, and what comes with it. Partitions that it does not name are not there. */
export type Answers<T> = (topic: string, partition: number) => (T & { readonly errorCode: number }) | undefined

/** Tells the id of a topic, where brokers tell it. */
type TopicIds = (topic: string) => string | undefined

/** The last version of either API that names topics by their names; later ones have ids alone (KIP-848). */
const LAST_WITH_NAMES = 9
/** From here on OffsetFetch is about several groups (KIP-709). */
const GROUPS_FROM = 8
/** From here on OffsetFetch can ask for offsets that no transaction is going to change (KIP-447). */
const STABLE_FROM = 7
/** From here on OffsetCommit names the static member (KIP-345). */
const INSTANCE_FROM = 7

/**
 * Asks the coordinator what a group has committed.
 * @param stable whether offsets that are part of a transaction under way are an error, UNSTABLE_OFFSET_COMMIT; brokers before 2.5 do not know of that
 */
export async function fetchOffsets(
  coordinator: Broker,
  group: string,
  partitions: readonly TopicPartition[],
  stable: boolean,
  ids: TopicIds,
  { signal }: CallOptions,
): Promise<Answers<CommittedOffset>> {
  const topics = groupedBy(partitions, topicOf)
  const list = [...topics].map(([name, of]) => ({ name, partitionIndexes: of.map(({ partition }) => partition) }))
  const body = (version: number): Input<OffsetFetchRequest> => {
    const requireStable = stable && version >= STABLE_FROM
    if (version < GROUPS_FROM) return { groupId: group, topics: list, requireStable }
    const named = version <= LAST_WITH_NAMES ? list : list.map((topic) => ({ ...topic, topicId: ids(topic.name) }))
    return { groups: [{ groupId: group, topics: named }], requireStable }
  }
  const names = namesOf(topics.keys(), ids)
  const answer = await coordinator.send(OffsetFetch, body, { signal, ...versionsFor(names) })
  return readFetched(answer, group, names)
}

/** Commits offsets. `retentionMs` counts where brokers still look at it, before 2.1; -1: as they are configured to. */
export async function commitOffsets(
  coordinator: Broker,
  { group, memberId, groupInstanceId, generationId }: Committer,
  offsets: readonly OffsetToCommit[],
  retentionMs: number,
  ids: TopicIds,
  { signal }: CallOptions,
): Promise<Answers<object>> {
  const topics = groupedBy(offsets, topicOf)
  const body = (version: number): Input<OffsetCommitRequest> => ({
    groupId: group,
    generationIdOrMemberEpoch: generationId,
    memberId,
    groupInstanceId: version >= INSTANCE_FROM ? groupInstanceId : null,
    retentionTimeMs: retentionMs,
    topics: [...topics].map(([name, of]) => ({
      name,
      topicId: version <= LAST_WITH_NAMES ? undefined : ids(name),
      // The leader epoch is left at "not known": only that of the last record that was read would be right, and marks do not tell it.
      partitions: of.map(({ partition, offset, metadata }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedMetadata: metadata,
      })),
    })),
  })
  const names = namesOf(topics.keys(), ids)
  const answer = await coordinator.send(OffsetCommit, body, { signal, ...versionsFor(names) })
  return readCommitted(answer, names)
}

/** Topics by name and, where all ids are known, by id. */
interface Names {
  readonly byId: ReadonlyMap<string, string> | undefined
}

function namesOf(topics: Iterable<string>, ids: TopicIds): Names {
  const byId = new Map<string, string>()
  for (const topic of topics) {
    const id = ids(topic)
    if (id === undefined) return { byId: undefined }
    byId.set(id, topic)
  }
  return { byId }
}

function versionsFor({ byId }: Names): { readonly maxVersion?: number } {
  return byId === undefined ? { maxVersion: LAST_WITH_NAMES } : {}
}

function readFetched(answer: OffsetFetchResponse, group: string, names: Names): Answers<CommittedOffset> {
  const own = answer.groups.find(({ groupId }) => groupId === group)
  const errorCode = own?.errorCode ?? answer.errorCode
  // KIP-447 and before: from version 2 on the coordinator's own errors stand above, with no partitions below.
  if (errorCode !== ErrorCode.NONE) return () => ({ errorCode, offset: -1, metadata: '' })
  const find = finder(own?.topics ?? answer.topics, names)
  return (topic, partition) => {
    const found = find(topic, partition)
    return found && { errorCode: found.errorCode, offset: found.committedOffset, metadata: found.metadata ?? '' }
  }
}

function readCommitted(answer: OffsetCommitResponse, names: Names): Answers<object> {
  return finder(answer.topics, names)
}

interface AnsweredTopic<P> {
  readonly name: string
  readonly topicId?: string
  readonly partitions: readonly P[]
}

function finder<P extends { readonly partitionIndex: number }>(
  topics: readonly AnsweredTopic<P>[],
  { byId }: Names,
): (topic: string, partition: number) => P | undefined {
  const found = new Map<string, Map<number, P>>()
  for (const { name, topicId, partitions } of topics) {
    const topic = name === '' && topicId !== undefined ? (byId?.get(topicId) ?? '') : name
    found.set(topic, new Map(partitions.map((partition) => [partition.partitionIndex, partition])))
  }
  return (topic, partition) => found.get(topic)?.get(partition)
}

function topicOf({ topic }: TopicPartition): string {
  return topic
}
