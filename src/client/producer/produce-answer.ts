import { ErrorCode } from '../../protocol/errors.ts'
import type { PartitionProduceResponse, ProduceResponse } from '../../protocol/messages/produce.ts'
import type { Client } from '../client.ts'
import { ErrIncompleteResponse } from '../errors/client-errors.ts'
import { kafkaError } from '../errors/kafka-error.ts'

/** What is known of one partition after a request. */
export interface PartitionAnswer {
  /** null: its records were written. */
  readonly error: Error | null
  /** The error of one of its records, by its place in the batch. */
  readonly errorOf: (index: number) => Error
  /** Of the first record; -1: not known. */
  readonly baseOffset: number
  /** -1: the records have the producer's time. */
  readonly logAppendTimeMs: number
  /** -1: not known. */
  readonly logStartOffset: number
}

const NOTHING = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 }

/** What acks=0 lets a producer know: it was sent. */
export const UNANSWERED: PartitionAnswer = { ...NOTHING, error: null, errorOf: () => new ErrIncompleteResponse() }

/** A request that came to nothing, for this reason. */
export function failedAnswer(error: Error): PartitionAnswer {
  return { ...NOTHING, error, errorOf: () => error }
}

/** An answer by topic and partition. */
export class ProduceAnswer {
  private readonly byTopic = new Map<string, Map<number, PartitionProduceResponse>>()

  constructor(response: ProduceResponse, client: Client) {
    for (const { name, topicId, partitionResponses } of response.responses) {
      // Version 13 tells ids alone (KIP-516).
      const topic = name === '' ? (client.topicName(topicId) ?? '') : name
      const partitions = this.byTopic.get(topic) ?? new Map<number, PartitionProduceResponse>()
      this.byTopic.set(topic, partitions)
      for (const partition of partitionResponses) {
        partitions.set(partition.index, partition)
        const { leaderId } = partition.currentLeader
        // KIP-951: who leads instead, so that nobody needs to be asked.
        if (leaderId >= 0) client.updateLeader(topic, partition.index, partition.currentLeader, response.nodeEndpoints)
      }
    }
  }

  /** What the answer says of a partition; ErrIncompleteResponse when it says nothing. */
  of(topic: string, partition: number): PartitionAnswer {
    const answer = this.byTopic.get(topic)?.get(partition)
    if (answer === undefined) return failedAnswer(new ErrIncompleteResponse(`${topic}/${partition}`))
    const { errorCode, errorMessage, recordErrors, baseOffset, logAppendTimeMs, logStartOffset } = answer
    const known = { baseOffset, logAppendTimeMs, logStartOffset }
    if (errorCode === ErrorCode.NONE) return { ...known, error: null, errorOf: UNANSWERED.errorOf }
    const error = kafkaError(errorCode, errorMessage)
    if (recordErrors.length === 0) return { ...known, error, errorOf: () => error }
    // KIP-467: the batch is refused for some of its records, and the others are not written either.
    const errors = new Map(
      recordErrors.map((record) => [
        record.batchIndex,
        kafkaError(errorCode, record.batchIndexErrorMessage ?? errorMessage),
      ]),
    )
    const other = kafkaError(errorCode, 'kafka: the message was in a batch with others that were refused')
    return { ...known, error, errorOf: (index) => errors.get(index) ?? other }
  }
}
