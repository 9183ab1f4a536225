import { ErrorCode, type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { DeletableTopicResult, DeleteTopicsRequest } from '../../protocol/messages/delete-topics.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import type { MetadataRecord } from './metadata-record.ts'

/** What DeleteTopics asks of the controller: topics by name (before v6 as `topicNames`) or by id. */
export type TopicDeletion = Pick<DeleteTopicsRequest, 'topics' | 'topicNames'>

/** Whether anything is named as it may be, once: what is not is refused before the controller has to be asked. */
export function asksController(request: TopicDeletion): boolean {
  const { names, ids } = provided(request, () => {})
  return names.once.size + ids.once.size > 0
}

/** DeleteTopics: Kafka's `ControllerApis.deleteTopics`. Which answers come first is Kafka's; it shuffles them all in the end. */
export function decideTopicDeletion(
  request: TopicDeletion,
  { image }: ControllerState,
): MetadataDecision<DeletableTopicResult[]> {
  const answer: DeletableTopicResult[] = []
  const fail = (name: string | null, topicId: string, error: ErrorName, message?: string): void => {
    answer.push(result(name, topicId, new KafkaError(error, message)))
  }
  const { names, ids } = provided(request, fail)
  for (const name of names.twice) fail(name, ZERO_UUID, 'INVALID_REQUEST', 'Duplicate topic name.')
  for (const id of ids.twice) fail(null, id, 'INVALID_REQUEST', 'Duplicate topic id.')

  const found = new Map<string, string>()
  for (const id of ids.once) {
    const topic = image.topicById(id)
    if (topic === undefined) fail(null, id, 'UNKNOWN_TOPIC_ID')
    else found.set(id, topic.name)
  }
  for (const name of names.once) {
    const topic = image.topic(name)
    if (topic === undefined) fail(name, ZERO_UUID, 'UNKNOWN_TOPIC_OR_PARTITION')
    else if (ids.twice.has(topic.id) || found.has(topic.id)) {
      found.delete(topic.id)
      ids.twice.add(topic.id)
      fail(name, topic.id, 'INVALID_REQUEST', 'The provided topic name maps to an ID that was already supplied.')
    } else found.set(topic.id, name)
  }

  const records: MetadataRecord[] = []
  for (const [topicId, name] of found) {
    records.push({ type: 'RemoveTopicRecord', version: 0, value: { topicId } })
    answer.push({ name, topicId, errorCode: ErrorCode.NONE, errorMessage: null })
  }
  return { records, answer }
}

type Fail = (name: string | null, topicId: string, error: ErrorName, message: string) => void

/** What a request names; `fail` is told of what is named as it may not be. */
function provided(
  { topics, topicNames }: TopicDeletion,
  fail: Fail,
): { readonly names: Provided; readonly ids: Provided } {
  const names = new Provided()
  const ids = new Provided()
  for (const name of topicNames) names.add(name)
  for (const { name, topicId } of topics) {
    if (name === null && topicId === ZERO_UUID) {
      fail(null, ZERO_UUID, 'INVALID_REQUEST', 'Neither topic name nor id were specified.')
    } else if (name === null) ids.add(topicId)
    else if (topicId === ZERO_UUID) names.add(name)
    else fail(name, topicId, 'INVALID_REQUEST', 'You may not specify both topic name and topic id.')
  }
  return { names, ids }
}

/** What a request names: each thing is found among those named once or those named twice and more. */
class Provided {
  readonly once = new Set<string>()
  readonly twice = new Set<string>()

  add(item: string): void {
    if (this.twice.has(item)) return
    if (!this.once.has(item)) this.once.add(item)
    else {
      this.once.delete(item)
      this.twice.add(item)
    }
  }
}

function result(name: string | null, topicId: string, error: KafkaError): DeletableTopicResult {
  return { name, topicId, errorCode: error.code, errorMessage: error.message }
}
