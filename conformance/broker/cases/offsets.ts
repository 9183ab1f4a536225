/** What groups commit, as the cases of their APIs make it. */
import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { OffsetCommit, type OffsetCommitRequest } from '../../../src/protocol/messages/offset-commit.ts'
import type { OffsetFetchRequest } from '../../../src/protocol/messages/offset-fetch.ts'
import type { Topic, World } from '../world.ts'

/** A topic that nobody has made, in name and id. */
export function missingTopic(world: World): Topic {
  return { name: world.name('missing'), topicId: 'AAAAAAAAAAAAAAAAAAAAQQ' }
}

/** What is committed for a partition. */
export interface Commit {
  readonly partition?: number
  readonly offset?: number
  readonly leaderEpoch?: number
  readonly metadata?: string | null
}

/** OffsetCommit's body, of somebody who is no member; an offset for each of the topics. */
export function committing(
  groupId: string,
  topics: readonly Topic[],
  commits: readonly Commit[] = [{}],
): Input<OffsetCommitRequest> {
  return {
    groupId,
    topics: topics.map(({ name, topicId }) => ({
      name,
      topicId,
      partitions: commits.map(({ partition = 0, offset = 5, leaderEpoch = -1, metadata = 'my metadata' }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
        committedMetadata: metadata,
      })),
    })),
  }
}

/** OffsetFetch's body in the forms of all versions; null: all that is committed. */
export function fetching(
  groupId: string,
  topics: readonly Topic[] | null,
  partitionIndexes: readonly number[] = [0],
): Input<OffsetFetchRequest> {
  const asked = topics?.map(({ name, topicId }) => ({ name, topicId, partitionIndexes: [...partitionIndexes] })) ?? null
  return {
    groupId,
    topics: asked?.map(({ topicId: _, ...topic }) => topic) ?? null,
    groups: [{ groupId, topics: asked }],
  }
}

/** Has somebody who is no member commit, which makes the group; not compared. */
export async function simpleGroup(world: World, groupId: string, topic: Topic, commit: Commit = {}): Promise<void> {
  const { topics } = await world.arrange(OffsetCommit, committing(groupId, [topic], [commit]))
  const errorCode = topics[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
  if (errorCode !== ErrorCode.NONE) throw new Error(`cannot commit to ${groupId}: ${errorName(errorCode)}`)
}
