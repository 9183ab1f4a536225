import type { KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import { OffsetCommit } from '../../protocol/messages/offset-commit.ts'
import { OffsetDelete } from '../../protocol/messages/offset-delete.ts'
import { OffsetFetch, type OffsetFetchRequest, type OffsetFetchResponse } from '../../protocol/messages/offset-fetch.ts'
import type { Broker } from '../broker.ts'
import type { CallOptions } from '../channel.ts'
import { ConfigurationError, ErrIncompleteResponse } from '../errors/client-errors.ts'
import { throwIf } from '../errors/kafka-error.ts'
import { ErrUnsupportedVersion } from '../errors/kafka-errors.ts'
import { put } from '../maps.ts'
import { ask, type Calls, isCoordinatorGone } from './calls.ts'
import { errorOrNull } from './errors.ts'
import { byName, byNumber, type MapOf } from './maps.ts'

/** Which partitions of which topics; null: all that the group has offsets of. */
export type GroupTopicPartitions = MapOf<string, readonly number[]> | null

/** The offsets that a group has committed. */
export interface OffsetFetchResponseGroup {
  readonly groupId: string
  /** Why they are not told; null when they are. */
  readonly err: KafkaError | null
  /** By topic and partition. */
  readonly blocks: Map<string, Map<number, OffsetFetchResponseBlock>>
}

export interface OffsetFetchResponseBlock {
  /** Of the record to be read next; -1 when none is committed. */
  readonly offset: number
  /** Of the last record read (KIP-320); -1 when it is not known. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly err: KafkaError | null
}

/** An offset to be committed. */
export interface OffsetAndMetadata {
  /** Of the record to be read next. */
  readonly offset: number
  /** Default: empty. */
  readonly metadata?: string
  /** Of the last record read (KIP-320). Default: -1, not known. */
  readonly leaderEpoch?: number
}

/** From 10 on topics go by their ids (KIP-848), which would have to be looked up. */
const LAST_WITH_NAMES = 9

/** From 8 on several groups can be asked for at once (KIP-709). */
const FIRST_WITH_GROUPS = 8

export async function listConsumerGroupOffsets(
  calls: Calls,
  group: string,
  topicPartitions: GroupTopicPartitions,
  options: CallOptions,
): Promise<OffsetFetchResponseGroup> {
  return calls.onCoordinator(group, options, async (coordinator) => {
    const [answer] = await fetchOffsets(coordinator, [[group, topicPartitions]], options)
    if (answer === undefined) throw new ErrIncompleteResponse(group)
    if (answer.err !== null) throw answer.err
    return answer
  })
}

export async function listConsumerGroupOffsetsBatch(
  calls: Calls,
  groupTopics: MapOf<string, GroupTopicPartitions>,
  options: CallOptions,
): Promise<Map<string, OffsetFetchResponseGroup>> {
  const wanted = new Map(byName(groupTopics))
  const answers = await calls.onCoordinators([...wanted.keys()], options, async (coordinator, groups) => {
    if ((await coordinator.versionOf(OffsetFetch, options)) < FIRST_WITH_GROUPS) {
      throw new ErrUnsupportedVersion('kafka: the offsets of several groups can be asked for at once since Kafka 3.0')
    }
    const asked = groups.map((group): [string, GroupTopicPartitions] => [group, wanted.get(group) ?? null])
    const answers = await fetchOffsets(coordinator, asked, options)
    const moved = answers.find(({ err }) => isCoordinatorGone(err))
    if (moved !== undefined) throw moved.err
    return answers
  })
  return new Map(answers.flat().map((answer) => [answer.groupId, answer]))
}

export async function alterConsumerGroupOffsets(
  calls: Calls,
  group: string,
  offsets: MapOf<string, MapOf<number, OffsetAndMetadata>>,
  options: CallOptions,
): Promise<Map<string, Map<number, KafkaError | null>>> {
  const topics = byName(offsets).map(([name, partitions]) => ({
    name,
    partitions: byNumber(partitions).map(([partitionIndex, { offset, metadata = '', leaderEpoch = -1 }]) => ({
      partitionIndex,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    })),
  }))
  if (topics.length === 0) throw new ConfigurationError('no offsets provided')
  const { retention } = calls.config.consumer.offsets
  const body = { groupId: group, topics, retentionTimeMs: retention > 0 ? retention : -1 }
  return calls.onCoordinator(group, options, async (coordinator) => {
    const answer = await ask(coordinator, OffsetCommit, body, { ...options, maxVersion: LAST_WITH_NAMES })
    const results = new Map<string, Map<number, KafkaError | null>>()
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        const error = errorOrNull(errorCode)
        if (isCoordinatorGone(error)) throw error
        put(results, name, partitionIndex, error)
      }
    }
    return results
  })
}

export async function deleteConsumerGroupOffset(
  calls: Calls,
  group: string,
  topic: string,
  partition: number,
  options: CallOptions,
): Promise<void> {
  const body = { groupId: group, topics: [{ name: topic, partitions: [{ partitionIndex: partition }] }] }
  await calls.onCoordinator(group, options, async (coordinator) => {
    const { errorCode, topics } = await ask(coordinator, OffsetDelete, body, options)
    throwIf(errorCode)
    const result = topics
      .find(({ name }) => name === topic)
      ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
    if (result === undefined) throw new ErrIncompleteResponse(`${topic}/${partition}`)
    throwIf(result.errorCode)
  })
}

async function fetchOffsets(
  coordinator: Broker,
  groups: readonly [string, GroupTopicPartitions][],
  options: CallOptions,
): Promise<OffsetFetchResponseGroup[]> {
  const asked = groups.map(([groupId, partitions]) => {
    const topics = partitions === null ? null : byName(partitions)
    return { groupId, topics: topics?.map(([name, partitionIndexes]) => ({ name, partitionIndexes })) ?? null }
  })
  const body = (version: number): Input<OffsetFetchRequest> =>
    version >= FIRST_WITH_GROUPS ? { groups: asked } : { ...asked[0] }
  const answer = await ask(coordinator, OffsetFetch, body, { ...options, maxVersion: LAST_WITH_NAMES })
  if (answer.groups.length > 0) return answer.groups.map(({ groupId, ...told }) => groupOf(groupId, told))
  return asked.map(({ groupId }) => groupOf(groupId, answer))
}

function groupOf(
  groupId: string,
  { errorCode, topics }: Pick<OffsetFetchResponse, 'errorCode' | 'topics'>,
): OffsetFetchResponseGroup {
  const blocks: OffsetFetchResponseGroup['blocks'] = new Map()
  for (const { name, partitions } of topics) {
    for (const { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode } of partitions) {
      put(blocks, name, partitionIndex, {
        offset: committedOffset,
        leaderEpoch: committedLeaderEpoch,
        metadata: metadata ?? '',
        err: errorOrNull(errorCode),
      })
    }
  }
  return { groupId, err: errorOrNull(errorCode), blocks }
}
