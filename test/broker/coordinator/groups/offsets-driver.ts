import { BrokerConfig } from '../../../../src/broker/config/broker-config.ts'
import type { CommitAnswer } from '../../../../src/broker/coordinator/groups/commit.ts'
import { commitOffsets } from '../../../../src/broker/coordinator/groups/commit.ts'
import { deleteGroups } from '../../../../src/broker/coordinator/groups/delete.ts'
import { deleteOffsets } from '../../../../src/broker/coordinator/groups/delete-offsets.ts'
import { forgetTopics } from '../../../../src/broker/coordinator/groups/expiry.ts'
import {
  type FetchedTopic,
  fetchOffsets,
  fetchStableOffsets,
} from '../../../../src/broker/coordinator/groups/fetch-offsets.ts'
import type { GroupRecord } from '../../../../src/broker/coordinator/groups/group-record.ts'
import { GroupShard } from '../../../../src/broker/coordinator/groups/group-shard.ts'
import { groupRecordVersions } from '../../../../src/broker/coordinator/groups/record-versions.ts'
import {
  commitTransactionalOffsets,
  type TransactionalCommitRequest,
} from '../../../../src/broker/coordinator/groups/transactional-commit.ts'
import { CoordinatorRuntime } from '../../../../src/broker/coordinator/runtime.ts'
import { appendInBatches } from '../../../../src/broker/coordinator/shard.ts'
import { Random } from '../../../../src/broker/random.ts'
import { WaitQueue } from '../../../../src/broker/wait-queue.ts'
import type { Reply } from '../../../../src/broker/waiting.ts'
import { KafkaError } from '../../../../src/protocol/errors.ts'
import { everything } from '../../../../src/protocol/release.ts'
import { ZERO_UUID } from '../../../../src/protocol/uuid.ts'
import { ManualClock } from '../../manual-clock.ts'
import { TestLog } from '../test-log.ts'

/** A partition's offset as a test names it: `UNSTABLE` while a transaction may still commit another. */
export type Told = number | 'UNSTABLE'

/** The offsets of one partition of `__consumer_offsets`, without a broker around it. Topics have one partition, 0. */
export class OffsetsDriver {
  readonly clock: ManualClock = new ManualClock()
  readonly runtime: CoordinatorRuntime<GroupRecord, GroupShard>
  log: TestLog = new TestLog()
  private readonly queue = new WaitQueue(this.clock)

  constructor() {
    const surroundings = {
      config: new BrokerConfig({}, 1),
      clock: this.clock,
      random: new Random(1),
      recordVersions: groupRecordVersions(everything),
      stateChanged: () => {},
    }
    this.runtime = new CoordinatorRuntime<GroupRecord, GroupShard>({
      queue: this.queue,
      log: () => this.log,
      createShard: (context) => new GroupShard(context, surroundings),
      commitTimeoutMs: () => 5000,
      loadBufferBytes: () => 1000,
    })
  }

  /** Commits an offset, as nobody's member. */
  commit(groupId: string, topic: string, offset: number): string {
    const request = { groupId, generationId: -1, memberId: '', groupInstanceId: null, retentionTimeMs: -1 }
    const topics = [topicToCommit(topic, offset)]
    return this.told(() =>
      this.runtime.write(0, (shard) => commitOffsets(shard, { ...request, topics, knowsGroupIdNotFound: true })),
    )
  }

  /** Writes an offset in a producer's transaction. */
  write(
    producerId: number,
    groupId: string,
    topic: string,
    offset: number,
    options: Partial<TransactionalCommitRequest> = {},
  ): string {
    const request: TransactionalCommitRequest = {
      transactionalId: 'tx',
      producerId,
      producerEpoch: 0,
      groupId,
      generationId: -1,
      memberId: '',
      groupInstanceId: null,
      topics: [topicToCommit(topic, offset)],
      knowsGroupIdNotFound: false,
      ...options,
    }
    const producer = { producerId, producerEpoch: 0, verification: undefined }
    return this.told(() =>
      this.runtime.writeTransactional(0, producer, (shard) => commitTransactionalOffsets(shard, request)),
    )
  }

  end(producerId: number, committed: boolean): void {
    const marker = { producerId, producerEpoch: 0, coordinatorEpoch: 0, committed, transactionVersion: 1 }
    this.ask(() => this.runtime.completeTransaction(0, marker))
  }

  deleteOffsets(groupId: string, topics: readonly string[]): void {
    const offsets = topics.map((topic) => ({ topic, partitions: [0] }))
    this.ask(() => this.runtime.write(0, (shard) => deleteOffsets(shard, groupId, offsets)))
  }

  deleteGroup(groupId: string): void {
    this.ask(() => this.runtime.write(0, (shard) => deleteGroups(shard, [groupId])))
  }

  deleteTopic(name: string): void {
    this.runtime.writeAll((shard) => appendInBatches(forgetTopics(shard, [{ name, id: 'any' }])))
  }

  /** What of some topics is committed, as a reader hears of it that cannot wait. */
  committed(groupId: string, topics: readonly string[]): Told[] {
    return this.runtime.read(0, (shard, committed) => told(fetchOffsets(shard, groupId, asked(topics), committed)))
  }

  /** What a consumer is told that begins to read (KIP-447). */
  stable(groupId: string, topics: readonly string[]): Told[] {
    return this.runtime.read(0, (shard) => told(fetchStableOffsets(shard, groupId, asked(topics))))
  }

  /** The topics that a group has committed to, with the offsets, as {@link stable} tells them. */
  allStable(groupId: string): Record<string, Told> {
    const all = this.runtime.read(0, (shard) => fetchStableOffsets(shard, groupId, null))
    return Object.fromEntries(all.map(({ topic }, i) => [topic, told(all)[i] as Told]))
  }

  has(groupId: string): boolean {
    return this.runtime.read(0, (shard) => shard.groups.get(groupId) !== undefined)
  }

  followersCatchUp(): void {
    this.queue.turn(() => this.log.followersCatchUp())
  }

  /** Another broker leads, which knows what is in the log. */
  move(): void {
    const before = this.log
    this.log = new TestLog()
    this.log.batches.push(...before.batches)
    this.log.logEndOffset = before.logEndOffset
    this.log.highWatermark = before.highWatermark
    this.log.keepsUp = before.keepsUp
    this.runtime.leadershipChanged(0)
  }

  private told(request: () => Reply<CommitAnswer>): string {
    const { answer, error } = this.ask(request)
    return answer?.[0]?.errors[0] ?? error ?? 'held'
  }

  private ask<T>(request: () => Reply<T>): { answer?: T; error?: string } {
    const outcome: { answer?: T; error?: string } = {}
    const failed = (error: unknown): void => {
      if (!(error instanceof KafkaError)) throw error
      outcome.error = error.error
    }
    const done = (answer: T): void => {
      outcome.answer = answer
    }
    this.queue.turn(() => {
      try {
        this.queue.await(request(), { done, failed })
      } catch (error) {
        failed(error)
      }
    })
    return outcome
  }
}

function topicToCommit(topic: string, offset: number) {
  const partition = { partition: 0, offset, leaderEpoch: -1, metadata: '', timestamp: -1 }
  return { topic, topicId: ZERO_UUID, partitions: [partition] }
}

function asked(topics: readonly string[]) {
  return topics.map((topic) => ({ topic, topicId: ZERO_UUID, partitions: [0] }))
}

function told(topics: readonly FetchedTopic[]): Told[] {
  return topics.flatMap(({ partitions }) =>
    partitions.map(({ committed, error }) => (error === undefined ? (committed?.offset ?? -1) : 'UNSTABLE')),
  )
}
