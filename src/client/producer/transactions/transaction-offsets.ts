import { AddOffsetsToTxn } from '../../../protocol/messages/add-offsets-to-txn.ts'
import { TxnOffsetCommit } from '../../../protocol/messages/txn-offset-commit.ts'
import type { CallOptions } from '../../channel.ts'
import type { Client } from '../../client.ts'
import { kafkaError, throwIf } from '../../errors/kafka-error.ts'
import { callCoordinator, groupCoordinator, throwWorst, transactionCoordinator } from './coordinator-call.ts'
import type { TransactionalProducer } from './producer-identity.ts'
import { verdictOnProducer } from './producer-verdict.ts'

/** The offset of a partition that is committed with a transaction. */
export interface PartitionOffsetMetadata {
  readonly partition: number
  /** That of the next message to be read. */
  readonly offset: number
  /** That of the message that was read (KIP-320). Default: -1, not known. */
  readonly leaderEpoch?: number
  readonly metadata?: string | null
}

/**
 * The group whose offsets are committed with a transaction and, so that a member that the group has left behind commits nothing (KIP-447, Kafka 2.5), the
 * member that read the messages.
 */
export interface ConsumerGroupMetadata {
  readonly groupID: string
  /** Default: -1, as of no member. */
  readonly generationID?: number
  readonly memberID?: string
  readonly groupInstanceID?: string | null
}

/** Offsets by topic. */
export type TxnOffsets = Readonly<Record<string, readonly PartitionOffsetMetadata[]>>

/** The offsets of one group that a transaction commits: the last one given for a partition counts. */
export class GroupOffsets {
  group: ConsumerGroupMetadata
  private readonly topics = new Map<string, Map<number, PartitionOffsetMetadata>>()

  constructor(group: ConsumerGroupMetadata) {
    this.group = group
  }

  add(offsets: TxnOffsets): void {
    for (const [topic, partitions] of Object.entries(offsets)) {
      const known = this.topics.get(topic) ?? new Map<number, PartitionOffsetMetadata>()
      for (const offset of partitions) known.set(offset.partition, offset)
      if (known.size > 0) this.topics.set(topic, known)
    }
  }

  delete(topic: string, partition: number): void {
    const partitions = this.topics.get(topic)
    partitions?.delete(partition)
    if (partitions?.size === 0) this.topics.delete(topic)
  }

  get isEmpty(): boolean {
    return this.topics.size === 0
  }

  topicsInRequest(): {
    name: string
    partitions: {
      partitionIndex: number
      committedOffset: number
      committedLeaderEpoch: number
      committedMetadata: string | null
    }[]
  }[] {
    return [...this.topics].map(([name, partitions]) => ({
      name,
      partitions: [...partitions.values()].map(({ partition, offset, leaderEpoch = -1, metadata = null }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
        committedMetadata: metadata,
      })),
    }))
  }
}

/** AddOffsetsToTxn: the transaction will commit offsets of a group. With transactions v2 (KIP-890) TxnOffsetCommit says so itself. */
export async function addOffsetsToTxn(
  client: Client,
  { transactionalId, producerId, producerEpoch }: TransactionalProducer,
  groupId: string,
  options: CallOptions = {},
): Promise<void> {
  await callCoordinator(
    client,
    {
      ...transactionCoordinator(client, transactionalId),
      ask: async (coordinator, { signal }) => {
        const body = { transactionalId, producerId, producerEpoch, groupId }
        const { errorCode } = await coordinator.send(AddOffsetsToTxn, body, { signal })
        throwIf(errorCode)
      },
    },
    options,
  )
}

/** The newest version with topics by name; from 5 on the group's coordinator adds itself to the transaction (KIP-890). */
const NEWEST_BY_NAME = 5
const NEWEST_BEFORE_V2 = 4
/** The first that names the group's member (KIP-447). */
const NAMES_MEMBER = 3

/** TxnOffsetCommit: commits offsets with the producer's transaction, if it is committed. Those that were taken are deleted from `offsets`. */
export async function commitOffsets(
  client: Client,
  producer: TransactionalProducer & { readonly isTransactionV2: boolean },
  offsets: GroupOffsets,
  options: CallOptions = {},
): Promise<void> {
  const { transactionalId, producerId, producerEpoch, isTransactionV2 } = producer
  const { groupID: groupId, generationID = -1, memberID = '', groupInstanceID = null } = offsets.group
  const member = { generationIdOrMemberEpoch: generationID, memberId: memberID, groupInstanceId: groupInstanceID }
  await callCoordinator(
    client,
    {
      ...groupCoordinator(client, groupId),
      ask: async (coordinator, { signal }) => {
        const topics = offsets.topicsInRequest()
        const body = { transactionalId, groupId, producerId, producerEpoch, topics }
        const answer = await coordinator.send(
          TxnOffsetCommit,
          (version) => (version >= NAMES_MEMBER ? { ...body, ...member } : body),
          { signal, maxVersion: isTransactionV2 ? NEWEST_BY_NAME : NEWEST_BEFORE_V2 },
        )
        const errors: Error[] = []
        for (const { name, partitions } of answer.topics) {
          for (const { partitionIndex, errorCode } of partitions) {
            if (errorCode === 0) offsets.delete(name, partitionIndex)
            else errors.push(kafkaError(errorCode))
          }
        }
        throwWorst(errors, rank)
      },
    },
    options,
  )
}

/** One error that no retry helps against decides for all; a coordinator that has moved is looked up again. */
function rank(error: Error): number {
  const verdict = verdictOnProducer(error)
  if (verdict === 'retry') return 0
  return verdict === 'refresh' ? 1 : 2
}
