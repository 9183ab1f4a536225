import { ErrorCode, type KafkaError } from '../../protocol/errors.ts'
import { AlterPartitionReassignments } from '../../protocol/messages/alter-partition-reassignments.ts'
import { DeleteRecords } from '../../protocol/messages/delete-records.ts'
import { DescribeProducers } from '../../protocol/messages/describe-producers.ts'
import { ElectLeaders } from '../../protocol/messages/elect-leaders.ts'
import { ListPartitionReassignments } from '../../protocol/messages/list-partition-reassignments.ts'
import type { CallOptions } from '../channel.ts'
import { throwIf } from '../errors/kafka-error.ts'
import { groupedBy, put } from '../maps.ts'
import { ask, type Calls } from './calls.ts'
import { about, ErrDeleteRecords, ErrReassignPartitions, errorOrNull } from './errors.ts'
import { askLeaders } from './leaders.ts'
import { byName, byNumber, type MapOf } from './maps.ts'
import { checkTopic } from './topics.ts'

/** A partition that is on its way to other brokers. */
export interface PartitionReplicaReassignmentsStatus {
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

/** Which leader is elected: one of the constants below. */
export type ElectionType = number
/** The first replica of the assignment, when it is in sync. */
export const PreferredElection: ElectionType = 0
/** Any replica that is there, when none in sync is: what it lacks is lost (KIP-460). */
export const UncleanElection: ElectionType = 1

/** What became of an election. */
export interface PartitionResult {
  /** ErrElectionNotNeeded when the leader is the wanted one already. */
  readonly err: KafkaError | null
}

export async function alterPartitionReassignments(
  calls: Calls,
  topic: string,
  assignment: readonly (readonly number[] | null)[],
  options: CallOptions,
): Promise<void> {
  checkTopic(topic)
  const timeoutMs = calls.longTimeoutMs
  const partitions = assignment.map((replicas, partitionIndex) => ({ partitionIndex, replicas }))
  await calls.onController(options, async (controller) => {
    const body = { timeoutMs, topics: [{ name: topic, partitions }] }
    const answer = await ask(controller, AlterPartitionReassignments, body, { ...options, brokerWaitMs: timeoutMs })
    throwIf(answer.errorCode, answer.errorMessage)
    const errors = answer.responses.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ errorCode }) => errorCode !== ErrorCode.NONE)
        .map(({ partitionIndex, errorCode, errorMessage }) =>
          about(`${name}-${partitionIndex}`, errorCode, errorMessage),
        ),
    )
    if (errors.length > 0) throw new ErrReassignPartitions(errors)
  })
}

export async function listPartitionReassignments(
  calls: Calls,
  topic: string,
  partitionIndexes: readonly number[],
  options: CallOptions,
): Promise<Map<string, Map<number, PartitionReplicaReassignmentsStatus>>> {
  checkTopic(topic)
  const timeoutMs = calls.longTimeoutMs
  return calls.onController(options, async (controller) => {
    const body = { timeoutMs, topics: [{ name: topic, partitionIndexes }] }
    const answer = await ask(controller, ListPartitionReassignments, body, { ...options, brokerWaitMs: timeoutMs })
    throwIf(answer.errorCode, answer.errorMessage)
    const statuses = new Map<string, Map<number, PartitionReplicaReassignmentsStatus>>()
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, replicas, addingReplicas, removingReplicas } of partitions) {
        put(statuses, name, partitionIndex, { replicas, addingReplicas, removingReplicas })
      }
    }
    return statuses
  })
}

export async function electLeaders(
  calls: Calls,
  electionType: ElectionType,
  partitions: MapOf<string, readonly number[]> | null,
  options: CallOptions,
): Promise<Map<string, Map<number, PartitionResult>>> {
  const timeoutMs = calls.longTimeoutMs
  const topicPartitions =
    partitions === null ? null : byName(partitions).map(([topic, partitions]) => ({ topic, partitions }))
  return calls.onController(options, async (controller) => {
    const body = { electionType, topicPartitions, timeoutMs }
    const answer = await ask(controller, ElectLeaders, body, { ...options, brokerWaitMs: timeoutMs })
    throwIf(answer.errorCode)
    const results = new Map<string, Map<number, PartitionResult>>()
    for (const { topic, partitionResult } of answer.replicaElectionResults) {
      for (const { partitionId, errorCode, errorMessage } of partitionResult) {
        put(results, topic, partitionId, { err: errorOrNull(errorCode, errorMessage) })
      }
    }
    return results
  })
}

export async function deleteRecords(
  calls: Calls,
  topic: string,
  partitionOffsets: MapOf<number, number>,
  options: CallOptions,
): Promise<void> {
  checkTopic(topic)
  const { timeoutMs } = calls
  const questions = byNumber(partitionOffsets).map(([partition, question]) => ({ topic, partition, question }))
  const results = await askLeaders<number, null>(calls, questions, options, async (leader, asked) => {
    const partitions = asked.map(({ partition, question }) => ({ partitionIndex: partition, offset: question }))
    const body = { topics: [{ name: topic, partitions }], timeoutMs }
    const answer = await ask(leader, DeleteRecords, body, { ...options, brokerWaitMs: timeoutMs })
    return answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => {
        return { topic: name, partition: partitionIndex, answer: errorOrNull(errorCode) }
      }),
    )
  })
  const errors = [...(results.get(topic) ?? [])].flatMap(([partition, error]) =>
    error === null ? [] : [new Error(`[${topic}-${partition}]: ${error.message}`, { cause: error })],
  )
  if (errors.length > 0) throw new ErrDeleteRecords(errors)
}

/** The producers that have written to a partition of late (KIP-664). */
export interface DescribedProducers {
  readonly err: Error | null
  readonly activeProducers: readonly ActiveProducer[]
}

export interface ActiveProducer {
  readonly producerID: number
  readonly producerEpoch: number
  /** -1 when it has written none. */
  readonly lastSequence: number
  /** In ms since 1970; -1 when it has written none. */
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  /** -1 outside a transaction. */
  readonly currentTxnStartOffset: number
}

export async function describeProducers(
  calls: Calls,
  topicPartitions: MapOf<string, readonly number[]>,
  options: CallOptions,
): Promise<Map<string, Map<number, DescribedProducers>>> {
  const questions = byName(topicPartitions).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition, question: null })),
  )
  const results = await askLeaders<null, DescribedProducers>(calls, questions, options, async (leader, asked) => {
    const topics = [...groupedBy(asked, ({ topic }) => topic)].map(([name, own]) => ({
      name,
      partitionIndexes: own.map(({ partition }) => partition),
    }))
    const answer = await ask(leader, DescribeProducers, { topics }, options)
    return answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, errorMessage, activeProducers }) => ({
        topic: name,
        partition: partitionIndex,
        answer: errorOrNull(errorCode, errorMessage) ?? {
          err: null,
          activeProducers: activeProducers.map(({ producerId, ...producer }) => ({
            producerID: producerId,
            producerEpoch: producer.producerEpoch,
            lastSequence: producer.lastSequence,
            lastTimestamp: producer.lastTimestamp,
            coordinatorEpoch: producer.coordinatorEpoch,
            currentTxnStartOffset: producer.currentTxnStartOffset,
          })),
        },
      })),
    )
  })
  return new Map(
    [...results].map(([topic, partitions]) => [
      topic,
      new Map([...partitions].map(([id, told]) => [id, told instanceof Error ? failed(told) : told])),
    ]),
  )
}

function failed(err: Error): DescribedProducers {
  return { err, activeProducers: [] }
}
