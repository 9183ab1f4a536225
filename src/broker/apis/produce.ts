import { ErrorCode, type ErrorName, errorMessage, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  type PartitionProduceResponse,
  Produce,
  type ProduceRequest,
  type ProduceResponse,
} from '../../protocol/messages/produce.ts'
import { ATTRIBUTES, MAGIC, TRANSACTIONAL_FLAG } from '../../protocol/records/batch-layout.ts'
import { batchSize } from '../../protocol/records/record-batch.ts'
import { RecordsError } from '../../protocol/records/records-error.ts'
import { validateProduceRecords } from '../../protocol/records/validate-append.ts'
import type { AppendResult } from '../log/replica-log.ts'
import { isInternalTopic } from '../replication/internal-topics.ts'
import type { Partition } from '../replication/partition.ts'
import { chainReply, mapReply, type Reply, Waiting } from '../waiting.ts'
import { LeaderHints } from './current-leader.ts'
import { type Answer, CLOSE_CONNECTION, type Handler, handler, NO_RESPONSE, type RequestContext } from './handler.ts'
import { checkTransaction, isRefusal, type TransactionCheck } from './produce-transaction.ts'

type PartitionAnswer = Input<PartitionProduceResponse> & { readonly errorCode: number }

/** What is sent to one partition. */
interface Sent {
  readonly name: string
  readonly topicId: string
  /** The name that the id stands for, in versions that name topics by id. */
  readonly topic: string | undefined
  readonly index: number
  readonly records: Buffer
}

const ALL_IN_SYNC = -1

/** The client id of Kafka's own admin client, which alone may write to internal topics. */
const ADMIN_CLIENT_ID = '__admin_client'

/** Errors that Kafka answers without the log's start. */
const withoutLogStart: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_OR_FOLLOWER',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
])

/**
 * Produce: appends a batch to each partition. Versions 0 to 2 bring message sets, version 3 batches of magic 2 and
 * transactional ids (KIP-98), version 7 zstd (KIP-110), version 8 tells which records are at fault (KIP-467), version 10 who leads
 * instead (KIP-951), version 12 begins transactions by itself (KIP-890), version 13 names topics by id (KIP-516).
 */
export const produce: Handler<ProduceRequest, ProduceResponse> = handler(
  Produce,
  (request, context) => {
    const sent = sentTo(request, context)
    // Kafka never answers a request with null records: it fails to make even the error.
    if (sent === undefined) return CLOSE_CONNECTION
    try {
      const { transactionalId } = request
      if (!sent.some(isTransactional)) return appendAll(sent, request, context)
      if (transactionalId === null) throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
      return chainReply(checkTransactions(transactionalId, sent, context), (checks) =>
        appendAll(sent, request, context, checks),
      )
    } catch (error) {
      if (!(error instanceof KafkaError || error instanceof RecordsError)) throw error
      const own = error.message === errorMessage(error.error) ? null : error.message
      const answers = sent.map(({ index }) => ({ ...refusal(index, error.error), errorMessage: own }))
      return respond(request, sent, answers, context)
    }
  },
  (request, errorCode) => {
    if (request.acks === 0) return CLOSE_CONNECTION
    return {
      responses: request.topicData.map(({ name, topicId, partitionData }) => ({
        name,
        topicId,
        partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
      })),
    }
  },
)

/** What the request sends to each partition; of a partition that is named again only the last counts. Undefined: null records. */
function sentTo({ topicData }: ProduceRequest, { version, broker }: RequestContext): Sent[] | undefined {
  const sent: Sent[] = []
  for (const { name, topicId, partitionData } of topicData) {
    const topic = version >= 13 ? broker.image.topicById(topicId)?.name : name
    for (const { index, records } of partitionData) {
      // Where the partition is not there, Kafka says so before it looks at the records.
      if (records === null && broker.image.topic(topic ?? '')?.partitions[index] !== undefined) return undefined
      sent.push({ name, topicId, topic, index, records: records?.[0] ?? Buffer.alloc(0) })
    }
  }
  if (sent.length < 2) return sent
  return [...new Map(sent.map((entry) => [`${entry.name} ${entry.topicId} ${entry.index}`, entry])).values()]
}

/** @throws RecordsError when there is no telling where the first batch ends */
function isTransactional({ records }: Sent): boolean {
  const size = batchSize(records, 0)
  if (size === null || size > records.length || size <= ATTRIBUTES + 1) return false
  return records.readInt8(MAGIC) === 2 && (records.readInt16BE(ATTRIBUTES) & TRANSACTIONAL_FLAG) !== 0
}

/** What is known of the batches that are part of a transaction. */
type TransactionChecks = ReadonlyMap<Sent, TransactionCheck>

/** Asks the transaction's coordinator of all batches that nothing else is wrong with. */
function checkTransactions(
  transactionalId: string,
  sent: readonly Sent[],
  context: RequestContext,
): Reply<TransactionChecks> {
  const entries = sent.flatMap((entry) => {
    const { topic, index, records } = entry
    if (topic === undefined || context.broker.image.partition(topic, index) === undefined) return []
    return isTransactional(entry) && isValid(records, context) ? [{ entry, batch: { topic, index, records } }] : []
  })
  const batches = entries.map(({ batch }) => batch)
  return mapReply(
    checkTransaction(transactionalId, batches, context),
    (checks) => new Map(entries.map(({ entry }, i) => [entry, checks[i]])),
  )
}

function isValid(records: Buffer, { version }: RequestContext): boolean {
  try {
    validateProduceRecords(version, records)
    return true
  } catch (error) {
    if (error instanceof KafkaError || error instanceof RecordsError) return false
    throw error
  }
}

function appendAll(
  sent: readonly Sent[],
  request: ProduceRequest,
  context: RequestContext,
  checks?: TransactionChecks,
): Reply<Answer<ProduceResponse>> {
  const replies = sent.map((entry) => appendTo(entry, request, context, checks?.get(entry)))
  return mapReply(
    Waiting.all(replies, (answers) => answers),
    (answers) => respond(request, sent, answers, context),
  )
}

/** Appends to one partition; with acks=all the answer waits until every in-sync replica has it. */
function appendTo(
  sent: Sent,
  { acks, timeoutMs }: ProduceRequest,
  { broker, version, clientId }: RequestContext,
  check: TransactionCheck,
): Reply<PartitionAnswer> {
  const { topic, index, records } = sent
  if (topic === undefined) return refusal(index, 'UNKNOWN_TOPIC_ID')
  if (broker.image.partition(topic, index) === undefined) return refusal(index, 'UNKNOWN_TOPIC_OR_PARTITION')
  let partition: Partition | undefined
  let appended: AppendResult
  try {
    validateProduceRecords(version, records)
    if (isRefusal(check)) return { index, ...check, baseOffset: -1 }
    if (acks < -1 || acks > 1) return refusal(index, 'INVALID_REQUIRED_ACKS')
    if (isInternalTopic(topic) && clientId !== ADMIN_CLIENT_ID) return refusal(index, 'INVALID_TOPIC_EXCEPTION')
    partition = broker.replicas.partition(topic, index)
    appended = partition.append(records, { origin: 'client', requiredAcks: acks, verification: check })
  } catch (error) {
    return failure(index, error, partition)
  }
  const { baseOffset, lastOffset, logAppendTime: logAppendTimeMs, logStartOffset } = appended
  const answer = { index, errorCode: ErrorCode.NONE, baseOffset, logAppendTimeMs, logStartOffset }
  if (acks !== ALL_IN_SYNC) return answer
  return mapReply(partition.awaitHighWatermark(lastOffset + 1, timeoutMs), (error) =>
    error === 'NONE' ? answer : { ...answer, errorCode: ErrorCode[error] },
  )
}

function refusal(index: number, error: ErrorName): PartitionAnswer {
  return { index, errorCode: ErrorCode[error], baseOffset: -1 }
}

function failure(index: number, error: unknown, partition: Partition | undefined): PartitionAnswer {
  if (!(error instanceof KafkaError || error instanceof RecordsError)) throw error
  const answer = refusal(index, error.error)
  if (partition === undefined || withoutLogStart.has(error.error)) return answer
  const { logStartOffset } = partition
  if (error instanceof KafkaError || error.recordFaults.length === 0) return { ...answer, logStartOffset }
  return {
    ...answer,
    logStartOffset,
    errorMessage: error.message,
    recordErrors: error.recordFaults.map(({ batchIndex, message }) => ({
      batchIndex,
      batchIndexErrorMessage: message,
    })),
  }
}

function respond(
  { acks }: ProduceRequest,
  sent: readonly Sent[],
  answers: readonly PartitionAnswer[],
  context: RequestContext,
): Answer<ProduceResponse> {
  if (acks === 0) {
    // The producer hears of an error only by the end of its connection, and asks for metadata then.
    return answers.some(({ errorCode }) => errorCode !== ErrorCode.NONE) ? CLOSE_CONNECTION : NO_RESPONSE
  }
  const hints = new LeaderHints(context)
  const topics = new Map<string, { name: string; topicId: string; partitionResponses: PartitionAnswer[] }>()
  sent.forEach(({ name, topicId, topic, index }, place) => {
    let answer = answers[place] as PartitionAnswer
    if (context.version >= 10 && topic !== undefined && answer.errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER) {
      answer = { ...answer, currentLeader: hints.currentLeader(topic, index) }
    }
    const key = `${name} ${topicId}`
    const known = topics.get(key)
    if (known === undefined) topics.set(key, { name, topicId, partitionResponses: [answer] })
    else known.partitionResponses.push(answer)
  })
  return { responses: [...topics.values()], nodeEndpoints: hints.nodeEndpoints }
}
