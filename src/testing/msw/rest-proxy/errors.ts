import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
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
/** What is not JSON, or no value of a schema, cannot be read: the real one says that it took too long. */
export const notDeserializable = (why: string): RestError => new RestError(408, 40801, why)
export const instanceExists = (): RestError =>
  new RestError(409, 40902, 'Consumer with specified consumer ID already exists in the specified consumer group.')
export const illegalState = (why: string): RestError => new RestError(409, 40903, `Illegal state: ${why}`)
export const invalidConsumerConfig = (why: string): RestError =>
  new RestError(422, 42204, `Invalid consumer configuration: ${why}`)
export const invalidConsumerConstraint = (why: string): RestError =>
  new RestError(422, 40001, `Invalid consumer configuration. It does not abide by the constraints: ${why}`)
export const keySchemaMissing = (): RestError =>
  new RestError(422, 42201, 'Request includes keys but does not include key schema')
export const valueSchemaMissing = (): RestError =>
  new RestError(422, 42202, 'Request includes values but does not include value schema')
export const invalidSchema = (why: string): RestError => new RestError(422, 42205, `Invalid schema: ${why}`)
export const payloadError = (why: string): RestError => new RestError(422, 42206, `Payload error. ${why}`)
export const serializationError = (why: string): RestError =>
  new RestError(422, 42207, `Error serializing message. ${why}`)
export const batchError = (why: string): RestError => new RestError(422, 42208, why)
/** What nobody has thought of: a null, or an argument that Kafka's client does not take. The real one keeps the reason to itself. */
export const internalError = (why: string): RestError => new RestError(500, 500, `Internal Server Error: ${why}`)
/** A failure of Kafka's that has no code of its own. */
export const kafkaError = (why: string): RestError => new RestError(500, 50002, why)
/** Of the third version. */
export const noSuchPartition = (): RestError =>
  new RestError(404, 40403, 'This server does not host this topic-partition.')
export const clusterNotFound = (id: string): RestError => new RestError(404, 404, `Cluster ${id} cannot be found.`)
export const badRequest = (why: string): RestError => new RestError(400, 40002, why)
/** What is wrong with a record itself. */
export const badData = (why: string): RestError => new RestError(400, 400, `Bad Request: ${why}`)

/** What the proxy answers to errors of Kafka's that it has a code for. */
const CODES: Partial<Record<ErrorName, readonly [status: number, errorCode: number]>> = {
  BROKER_NOT_AVAILABLE: [503, 50302],
  INVALID_CONFIG: [400, 40002],
  INVALID_PARTITIONS: [400, 40002],
  INVALID_REPLICATION_FACTOR: [400, 40002],
  INVALID_REQUEST: [400, 40002],
  INVALID_TOPIC_EXCEPTION: [400, 40002],
  MESSAGE_TOO_LARGE: [413, 413],
  POLICY_VIOLATION: [400, 40002],
  SECURITY_DISABLED: [400, 40002],
  THROTTLING_QUOTA_EXCEEDED: [429, 42901],
  TOPIC_ALREADY_EXISTS: [400, 40002],
  TOPIC_DELETION_DISABLED: [400, 40002],
  UNKNOWN_SERVER_ERROR: [400, 40002],
  UNKNOWN_TOPIC_ID: [404, 40403],
  UNSUPPORTED_VERSION: [400, 40002],
}

/** What the proxy answers where Kafka fails: 50002, or 50003 where a retry may help, unless the error has a code of its own. */
export function kafkaFailure(error: unknown): RestError {
  if (error instanceof RestError) return error
  const cause = kafkaErrorIn(error)
  if (cause?.error === 'UNKNOWN_TOPIC_OR_PARTITION') return noSuchPartition()
  const [status, code] = (cause && CODES[cause.error]) ?? [undefined, producerCode(error)]
  return new RestError(status ?? (Math.floor(code / 100) || 500), code, reason(error))
}

/** What the second version says of a record that was not produced. */
export function producerCode(error: unknown): number {
  const cause = kafkaErrorIn(error)
  if (cause === undefined) return 50002
  if (/AUTHENTICATION|^ILLEGAL_SASL_STATE$|^UNSUPPORTED_SASL_MECHANISM$/.test(cause.error)) return 40101
  if (cause.error.endsWith('_AUTHORIZATION_FAILED')) return 40301
  return cause.retriable ? 50003 : 50002
}

/** Errors of the client tell which one of Kafka's they are about. */
export function kafkaErrorIn(error: unknown): KafkaError | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause ?? ('err' in at ? at.err : undefined)) {
    if (at instanceof KafkaError) return at
  }
  return undefined
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
