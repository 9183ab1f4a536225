import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import { type CompressionType, compressionTypes } from '../../../protocol/records/batch-layout.ts'
import { isAtLeast, type Release } from '../../../protocol/release.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Controller } from '../../controller/controller.ts'
import type { MetadataChange, MetadataImage } from '../../controller/metadata-image.ts'
import type { Events } from '../../events.ts'
import type { BrokerGates } from '../../gate.ts'
import type { Link } from '../../link.ts'
import type { TransactionMarker } from '../../log/transactions.ts'
import type { Random } from '../../random.ts'
import { GROUP_METADATA_TOPIC } from '../../replication/internal-topics.ts'
import type { Replicas } from '../../replication/replicas.ts'
import type { WaitQueue } from '../../wait-queue.ts'
import { chainReply, type Reply, recoverReply, Waiting } from '../../waiting.ts'
import { coordinatorError } from '../coordinator-error.ts'
import { CoordinatorLogs } from '../coordinator-log.ts'
import { coordinatorPartition, locateCoordinator } from '../locate.ts'
import { CoordinatorRuntime } from '../runtime.ts'
import { appendInBatches, decide } from '../shard.ts'
import type { TransactionSupport, VerifyTransaction } from '../transaction-verification.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type CommitAnswer, type CommitRequest, commitOffsets, type TopicToCommit } from './commit.ts'
import { type DeletedGroup, deleteGroups } from './delete.ts'
import { type DeletedOffsets, deleteOffsets, type OffsetsToDelete } from './delete-offsets.ts'
import { type DescribedGroup, describeGroup, type ListedGroup, listGroups } from './describe.ts'
import { forgetTopics } from './expiry.ts'
import { type FetchedTopic, fetchOffsets, fetchStableOffsets, type TopicToFetch } from './fetch-offsets.ts'
import type { GroupRecord } from './group-record.ts'
import { GroupShard } from './group-shard.ts'
import { type HeartbeatRequest, heartbeat } from './heartbeat.ts'
import { createGroup, type JoinRequest, join } from './join.ts'
import { type JoinAnswer, joinError } from './join-answer.ts'
import { type LeavingMember, type LeftMember, leave } from './leave.ts'
import { evict, rebalanceNow, setOffsets } from './on-behalf.ts'
import { groupRecordVersions } from './record-versions.ts'
import { type SyncRequest, sync } from './sync.ts'
import type { SyncAnswer } from './sync-answer.ts'
import { commitTransactionalOffsets, type TransactionalCommitRequest } from './transactional-commit.ts'

/** What a group coordinator is made with. */
export interface GroupCoordinatorOptions {
  readonly queue: WaitQueue
  readonly controller: Link<Controller>
  readonly config: BrokerConfig
  readonly image: MetadataImage
  readonly replicas: Replicas
  readonly events: Events
  readonly random: Random
  readonly gates: BrokerGates
  /** The release of Kafka to pass for. */
  readonly release: Release
  /** Left out: nothing is verified. */
  readonly verifyTransaction?: VerifyTransaction
}

/**
 * The door to the groups of a broker: those whose partition of `__consumer_offsets` it leads. Everything throws
 * NOT_COORDINATOR for another's, INVALID_GROUP_ID for a group without a name where Kafka wants one, and answers when what
 * it has written is committed.
 */
export class GroupCoordinator {
  private readonly config: BrokerConfig
  private readonly image: MetadataImage
  private readonly controller: Link<Controller>
  private readonly runtime: CoordinatorRuntime<GroupRecord, GroupShard>
  private readonly verifyTransaction: VerifyTransaction

  constructor(options: GroupCoordinatorOptions) {
    const { queue, config, image, replicas, controller, events, random, release } = options
    this.config = config
    this.image = image
    this.controller = controller
    this.verifyTransaction = options.verifyTransaction ?? ((): undefined => undefined)
    const logs = new CoordinatorLogs(GROUP_METADATA_TOPIC, replicas, requiredAcks(config, release))
    const surroundings = {
      config,
      clock: queue.clock,
      random,
      recordVersions: groupRecordVersions(release),
      stateChanged: ({ groupId, generationId, members }: ClassicGroup, state: string) =>
        events.emit('group:state', () => ({ groupId, state, generationId, members: members.size })),
    }
    this.runtime = new CoordinatorRuntime<GroupRecord, GroupShard>({
      queue,
      log: (index) => logs.find(index),
      loads: options.gates.coordinatorLoads,
      createShard: (context) => new GroupShard(context, surroundings),
      commitTimeoutMs: () => config.int('offsets.commit.timeout.ms'),
      loadBufferBytes: () => config.int('offsets.load.buffer.size'),
      compression: (): CompressionType => compressionTypes[config.int('offsets.topic.compression.codec')] ?? 'none',
    })
  }

  /** Hears of changes in the image, after the replicas have. */
  apply(change: MetadataChange): void {
    this.runtime.metadataChanged(GROUP_METADATA_TOPIC, change)
    if (change.deletedTopics.length === 0) return
    this.runtime.writeAll((shard) => appendInBatches(forgetTopics(shard, change.deletedTopics)))
  }

  /** The partition of `__consumer_offsets` that a group belongs to. */
  partitionFor(groupId: string): number {
    const partitions = this.image.topic(GROUP_METADATA_TOPIC)?.partitions.length
    return coordinatorPartition(groupId, partitions ?? this.config.int('offsets.topic.num.partitions'))
  }

  /**
   * The node that coordinates a group. The first time somebody asks, `__consumer_offsets` is made.
   * @throws COORDINATOR_NOT_AVAILABLE while its partition has no leader; with `memkafka.auto.create.topics.at.once=false` the
   * first who asks is told so, as by Kafka
   */
  locate(groupId: string): Reply<number> {
    const { image, config, controller } = this
    return locateCoordinator({ image, config, controller }, GROUP_METADATA_TOPIC, () => this.partitionFor(groupId))
  }

  join(request: JoinRequest): Reply<JoinAnswer> {
    if (request.groupId === '') return joinError('INVALID_GROUP_ID', request.memberId)
    const { sessionTimeoutMs } = request
    const shortest = this.config.int('group.min.session.timeout.ms')
    const longest = this.config.int('group.max.session.timeout.ms')
    if (sessionTimeoutMs < shortest || sessionTimeoutMs > longest) {
      return joinError('INVALID_SESSION_TIMEOUT', request.memberId)
    }
    const partition = this.partitionFor(request.groupId)
    const refused = this.runtime.write(partition, (shard) => createGroup(shard, request))
    if (refused !== undefined && !(refused instanceof Waiting)) return refused
    return this.runtime.write(partition, (shard) => join(shard, request))
  }

  sync(request: SyncRequest): Reply<SyncAnswer> {
    return this.runtime.write(this.namedPartition(request.groupId), (shard) => sync(shard, request))
  }

  /** NONE, or REBALANCE_IN_PROGRESS. */
  heartbeat(request: HeartbeatRequest): Reply<ErrorName> {
    return this.runtime.write(this.namedPartition(request.groupId), (shard) => heartbeat(shard, request))
  }

  leave(groupId: string, members: readonly LeavingMember[]): Reply<readonly LeftMember[]> {
    return this.runtime.write(this.namedPartition(groupId), (shard) => leave(shard, groupId, members))
  }

  /** A group without a name may commit offsets, for the sake of old clients. */
  commitOffsets(request: CommitRequest): Reply<CommitAnswer> {
    return this.runtime.write(this.partitionFor(request.groupId), (shard) => commitOffsets(shard, request))
  }

  /**
   * Writes offsets in a transaction, once it is known that the group's partition is part of it.
   * @param version of TxnOffsetCommit: what the client can be told, and whether the partition is still to be added
   */
  commitTransactionalOffsets(request: TransactionalCommitRequest, version: number): Reply<CommitAnswer> {
    const partition = this.namedPartition(request.groupId)
    const { transactionalId, producerId, producerEpoch } = request
    const write = {
      transactionalId,
      producerId,
      producerEpoch,
      topic: GROUP_METADATA_TOPIC,
      partition,
      baseSequence: -1,
    }
    const verified = recoverReply(
      () => this.verifyTransaction(write, supportOf(version)),
      (error) => {
        throw coordinatorError(error)
      },
    )
    return chainReply(verified, (verification) =>
      this.runtime.writeTransactional(partition, { producerId, producerEpoch, verification }, (shard) =>
        commitTransactionalOffsets(shard, request),
      ),
    )
  }

  /**
   * Ends a producer's transaction on a partition of `__consumer_offsets`: what it has committed there is visible from now on, or
   * gone. Answers when the marker is committed.
   * @throws KafkaError NOT_COORDINATOR; what the log says, as it is: TRANSACTION_COORDINATOR_FENCED, INVALID_PRODUCER_EPOCH, …
   */
  completeTransaction(partition: number, marker: TransactionMarker): Reply<void> {
    return this.runtime.completeTransaction(partition, marker)
  }

  /**
   * What is committed, for some topics or (null) for all.
   * @param requireStable tells UNSTABLE_OFFSET_COMMIT where a transaction is still open, and waits for what is not committed (KIP-447)
   */
  fetchOffsets(
    groupId: string,
    topics: readonly TopicToFetch[] | null,
    requireStable: boolean,
  ): Reply<readonly FetchedTopic[]> {
    const partition = this.partitionFor(groupId)
    if (!requireStable) {
      return this.runtime.read(partition, (shard, committed) => fetchOffsets(shard, groupId, topics, committed))
    }
    return this.runtime.write(partition, (shard) => {
      const fetched = fetchStableOffsets(shard, groupId, topics)
      return decide<GroupRecord, readonly FetchedTopic[]>([], () => fetched)
    })
  }

  /** Undefined for a group that is not there. */
  describe(groupId: string): DescribedGroup | undefined {
    return this.runtime.read(this.partitionFor(groupId), (shard, committed) => describeGroup(shard, groupId, committed))
  }

  /** The groups that are coordinated here. */
  list(): ListedGroup[] {
    return this.runtime.readAll(listGroups).flat()
  }

  /** Deletes groups, each of which has its own error. */
  delete(groupIds: readonly string[]): Reply<DeletedGroup[]> {
    const byPartition = new Map<number, string[]>()
    for (const groupId of groupIds) {
      const partition = this.partitionFor(groupId)
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), groupId])
    }
    const replies = [...byPartition].map(([partition, ids]) =>
      recoverReply<readonly DeletedGroup[]>(
        () => this.runtime.write(partition, (shard) => deleteGroups(shard, ids)),
        (error) => {
          if (!(error instanceof KafkaError)) throw error
          return ids.map((groupId) => ({ groupId, error: error.error }))
        },
      ),
    )
    return Waiting.all(replies, (answers) => answers.flat())
  }

  /** Forgets offsets that a group has committed. Throws GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP. */
  deleteOffsets(groupId: string, topics: readonly OffsetsToDelete[]): Reply<readonly DeletedOffsets[]> {
    return this.runtime.write(this.namedPartition(groupId), (shard) => deleteOffsets(shard, groupId, topics))
  }

  /** Has the members of a group join again, though nobody asks for it. Throws GROUP_ID_NOT_FOUND where there are none. */
  rebalanceNow(groupId: string): Reply<void> {
    return this.runtime.write(this.namedPartition(groupId), (shard) => rebalanceNow(shard, groupId))
  }

  /** Ends a member's session, though it may be heard of. Throws UNKNOWN_MEMBER_ID. */
  evict(groupId: string, memberId: string): Reply<void> {
    return this.runtime.write(this.namedPartition(groupId), (shard) => evict(shard, groupId, memberId))
  }

  /** Commits offsets in place of a group's members. */
  setOffsets(groupId: string, topics: readonly TopicToCommit[]): Reply<void> {
    return this.runtime.write(this.namedPartition(groupId), (shard) => setOffsets(shard, groupId, topics))
  }

  private namedPartition(groupId: string): number {
    if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
    return this.partitionFor(groupId)
  }
}

function supportOf(version: number): TransactionSupport {
  if (version >= 5) return 'add-partition'
  return version >= 4 ? 'generic-error' : 'default-error'
}

/**
 * What Kafka's coordinators of today write waits for replicas that come back, until `offsets.commit.timeout.ms`. The one that
 * releases before 4.0 have, unless they are told of the consumer protocol, writes nothing while too few are in sync.
 */
function requiredAcks(config: BrokerConfig, release: Release): number {
  const isNew = isAtLeast(release, '4.0') || config.list('group.coordinator.rebalance.protocols').includes('consumer')
  return isNew ? 1 : config.int('offsets.commit.required.acks')
}
