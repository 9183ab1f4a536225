import { KafkaError } from '../../../protocol/errors.ts'
import { RestError } from '../http/rest-error.ts'

export const topicNotFound = (): RestError => new RestError(404, 40401, 'Topic not found.')
export const partitionNotFound = (): RestError => new RestError(404, 40402, 'Partition not found.')
export const instanceNotFound = (): RestError => new RestError(404, 40403, 'Consumer instance not found.')
export const formatMismatch = (): RestError =>
  new RestError(
    406,
    40601,
    'The requested embedded data format does not match the deserializer for this consumer instance',
  )
export const instanceExists = (): RestError =>
  new RestError(409, 40902, 'Consumer with specified consumer ID already exists in the specified consumer group.')
export const illegalState = (why: string): RestError => new RestError(409, 40903, `Illegal state: ${why}`)
export const conversionFailed = (why: string): RestError =>
  new RestError(422, 42203, `Conversion of JSON to Object failed: ${why}`)
export const invalidConsumerConfig = (why: string): RestError =>
  new RestError(422, 42204, `Invalid consumer configuration: ${why}`)
/** Of the third version. */
export const noSuchPartition = (): RestError =>
  new RestError(404, 40403, 'This server does not host this topic-partition.')
export const clusterNotFound = (id: string): RestError => new RestError(404, 404, `Cluster ${id} cannot be found.`)
export const badRequest = (why: string): RestError => new RestError(400, 40002, why)

/** What Kafka says is the request's own fault. */
const BAD_REQUESTS: ReadonlySet<string> = new Set([
  'TOPIC_ALREADY_EXISTS',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_PARTITIONS',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_CONFIG',
  'INVALID_REQUEST',
  'POLICY_VIOLATION',
])

/** What the proxy answers where Kafka fails: 50002, or 50003 where a retry may help. */
export function kafkaFailure(error: unknown): RestError {
  const cause = kafkaErrorIn(error)
  if (cause === undefined) return new RestError(500, 50002, `Kafka error: ${reason(error)}`)
  if (cause.error === 'UNKNOWN_TOPIC_OR_PARTITION') return noSuchPartition()
  if (BAD_REQUESTS.has(cause.error)) return badRequest(reason(error))
  return new RestError(500, cause.retriable ? 50003 : 50002, `Kafka error: ${reason(error)}`)
}

/** Errors of the client tell which one of Kafka's they are about. */
function kafkaErrorIn(error: unknown): KafkaError | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause ?? ('err' in at ? at.err : undefined)) {
    if (at instanceof KafkaError) return at
  }
  return undefined
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
