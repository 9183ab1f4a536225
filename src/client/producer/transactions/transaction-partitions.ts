import { AddPartitionsToTxn } from '../../../protocol/messages/add-partitions-to-txn.ts'
import type { CallOptions } from '../../channel.ts'
import type { Client } from '../../client.ts'
import { kafkaError } from '../../errors/kafka-error.ts'
import { ErrConcurrentTransactions, ErrOperationNotAttempted } from '../../errors/kafka-errors.ts'
import type { TopicPartition } from '../../topic-partition.ts'
import { callCoordinator, throwWorst, transactionCoordinator } from './coordinator-call.ts'
import type { TransactionalProducer } from './producer-identity.ts'
import { verdictOnProducer } from './producer-verdict.ts'

/** Version 4 and later are between brokers, which add partitions of several transactions at once. */
const NEWEST_FOR_CLIENTS = 3

/** The longest wait in ms for the end of the producer's last transaction before the next one has partitions: it takes but a moment (KAFKA-5482). */
const LAST_TRANSACTION_MS = 20

/** A set of partitions. */
export class PartitionSet {
  private readonly topics = new Map<string, Set<number>>()
  private count = 0

  get size(): number {
    return this.count
  }

  has({ topic, partition }: TopicPartition): boolean {
    return this.topics.get(topic)?.has(partition) ?? false
  }

  add({ topic, partition }: TopicPartition): void {
    const partitions = this.topics.get(topic) ?? new Set()
    if (partitions.size === 0) this.topics.set(topic, partitions)
    if (!partitions.has(partition)) this.count++
    partitions.add(partition)
  }

  delete({ topic, partition }: TopicPartition): void {
    const partitions = this.topics.get(topic)
    if (partitions?.delete(partition) !== true) return
    this.count--
    if (partitions.size === 0) this.topics.delete(topic)
  }

  clear(): void {
    this.topics.clear()
    this.count = 0
  }

  byTopic(): { name: string; partitions: number[] }[] {
    return [...this.topics].map(([name, partitions]) => ({ name, partitions: [...partitions] }))
  }
}

/**
 * AddPartitionsToTxn: makes partitions a part of the producer's transaction, and says of each when it is one. Before transactions v2
 * (KIP-890) that must be done before the first batch.
 */
export async function addPartitions(
  client: Client,
  { transactionalId, producerId, producerEpoch }: TransactionalProducer,
  pending: PartitionSet,
  isFirst: boolean,
  added: (partition: TopicPartition) => void,
  options: CallOptions = {},
): Promise<void> {
  await callCoordinator(
    client,
    {
      ...transactionCoordinator(client, transactionalId),
      ask: async (coordinator, { signal }) => {
        const answer = await coordinator.send(
          AddPartitionsToTxn,
          {
            v3AndBelowTransactionalId: transactionalId,
            v3AndBelowProducerId: producerId,
            v3AndBelowProducerEpoch: producerEpoch,
            v3AndBelowTopics: pending.byTopic(),
          },
          { signal, maxVersion: NEWEST_FOR_CLIENTS },
        )
        const errors: Error[] = []
        for (const { name, resultsByPartition } of answer.resultsByTopicV3AndBelow) {
          for (const { partitionIndex, partitionErrorCode } of resultsByPartition) {
            const partition = { topic: name, partition: partitionIndex }
            if (partitionErrorCode !== 0) {
              errors.push(kafkaError(partitionErrorCode))
              continue
            }
            pending.delete(partition)
            added(partition)
          }
        }
        throwWorst(errors, rank)
      },
      longestBackoff: (error) => {
        return isFirst && error instanceof ErrConcurrentTransactions ? LAST_TRANSACTION_MS : Number.POSITIVE_INFINITY
      },
    },
    options,
  )
}

/** What says more of why nothing was added ranks higher: OPERATION_NOT_ATTEMPTED only says that another partition had an error. */
function rank(error: Error): number {
  if (error instanceof ErrOperationNotAttempted) return 0
  const verdict = verdictOnProducer(error)
  return verdict === 'retry' || verdict === 'refresh' ? 1 : 2
}
