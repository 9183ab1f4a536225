/** Offsets that are written in transactions, as the cases of several APIs make them. */
import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { AddOffsetsToTxn } from '../../../src/protocol/messages/add-offsets-to-txn.ts'
import { DescribeTransactions } from '../../../src/protocol/messages/describe-transactions.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { TxnOffsetCommit, type TxnOffsetCommitRequest } from '../../../src/protocol/messages/txn-offset-commit.ts'
import type { Topic, World } from '../world.ts'
import type { Commit } from './offsets.ts'

/** Who writes, as requests name it. */
export interface Producer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

const TRANSACTION = 1

/** What is for the moment, and is asked again. */
const soon: ReadonlySet<number> = new Set([
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  // It is, but has not heard of it yet.
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.CONCURRENT_TRANSACTIONS,
])

/** The version of TxnOffsetCommit that adds the group's partition to the transaction itself (KIP-890). */
export const ADDS_ITSELF = 5

/** EndTxn's last version without a new epoch. */
const LAST_OF_OLD_TRANSACTIONS = 4

/** A producer with a transactional id of its own, where there is one broker to coordinate it. The first who asks for a coordinator on a cluster has `__transaction_state` made. */
export async function transactionalProducer(world: World, name = 'transaction'): Promise<Producer> {
  const transactionalId = world.name(name)
  const body = { transactionalId, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 }
  const { producerId, producerEpoch } = await untilDone(world, async () => {
    await world.arrange(FindCoordinator, {
      key: transactionalId,
      coordinatorKeys: [transactionalId],
      keyType: TRANSACTION,
    })
    return world.arrange(InitProducerId, body, { version: world.highest(InitProducerId, 5) })
  })
  return { transactionalId, producerId, producerEpoch }
}

/** Makes a group's offsets part of the producer's transaction: what a client does before TxnOffsetCommit below version 5. */
export async function addOffsets(world: World, producer: Producer, groupId: string): Promise<void> {
  const version = world.highest(AddOffsetsToTxn, 3)
  await untilDone(world, () => world.arrange(AddOffsetsToTxn, { ...producer, groupId }, { version }))
}

/** TxnOffsetCommit's body, of somebody who is no member. */
export function writing(
  producer: Producer,
  groupId: string,
  topics: readonly Topic[],
  commits: readonly Commit[] = [{}],
): Input<TxnOffsetCommitRequest> {
  return {
    ...producer,
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

/** Writes offsets in a transaction; not compared. */
export async function written(
  world: World,
  producer: Producer,
  groupId: string,
  topic: Topic,
  commit: Commit = {},
): Promise<void> {
  await addOffsets(world, producer, groupId)
  const version = world.highest(TxnOffsetCommit, ADDS_ITSELF - 1)
  await untilDone(world, async () => {
    const { topics } = await world.arrange(TxnOffsetCommit, writing(producer, groupId, [topic], [commit]), { version })
    return { errorCode: topics[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR }
  })
}

/**
 * Ends the producer's transaction, and waits until it is done with; not compared.
 * @param adding whether the partitions were added by version 5 or later: then the producer has a new epoch, which is given
 */
export async function ended(world: World, producer: Producer, committed: boolean, adding = false): Promise<Producer> {
  const version = world.highest(EndTxn, adding ? undefined : LAST_OF_OLD_TRANSACTIONS)
  const answer = await untilDone(world, () => world.arrange(EndTxn, { ...producer, committed }, { version }))
  await completed(world, producer.transactionalId)
  if (version <= LAST_OF_OLD_TRANSACTIONS) return producer
  return { ...producer, producerId: answer.producerId, producerEpoch: answer.producerEpoch }
}

/** Waits until the markers of a transaction are written everywhere. */
async function completed(world: World, transactionalId: string): Promise<void> {
  for (;;) {
    const { transactionStates } = await world.arrange(DescribeTransactions, { transactionalIds: [transactionalId] })
    if (transactionStates[0]?.transactionState.startsWith('Complete')) return
    await world.settled()
  }
}

async function untilDone<T extends { readonly errorCode: number }>(world: World, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer.errorCode === ErrorCode.NONE) return answer
    if (!soon.has(answer.errorCode)) throw new Error(`a transaction cannot go on: ${errorName(answer.errorCode)}`)
    await world.settled()
  }
}
