import type { Api, Field, Fields, Input } from '../../protocol/message.ts'
import { hasVersion } from '../../protocol/schema.ts'

type Struct = Record<string, unknown>

/** The fields that tell what an element of an array is about. Requests and responses call them alike. */
const NAMES: ReadonlySet<string> = new Set([
  'name',
  'topic',
  'topicId',
  'index',
  'partition',
  'partitionIndex',
  'groupId',
  'key',
  'resourceType',
  'resourceName',
])

/**
 * The answer to a request that fails as a whole, made from the schemas: the error stands in the answer itself where that
 * has room for one, and beside each topic, partition, group or resource that the request names. What most of Kafka's
 * `AbstractRequest.getErrorResponse` come to.
 */
export function errorAnswer<Request, Response>(
  { request, response }: Api<Request, Response>,
  body: Request,
  errorCode: number,
  version: number,
): Input<Response> {
  const { errorCode: whole } = response.fields
  if (whole !== undefined && hasVersion(whole.versions, version)) return { errorCode } as Input<Response>
  const answer: Struct = {}
  for (const [name, field] of Object.entries(response.fields)) {
    if (!hasVersion(field.versions, version) || !tellsErrors(field)) continue
    answer[name] = mirrored(field, request.fields, body as Struct, errorCode, version)
  }
  return answer as Input<Response>
}

/** Whether each element of an array carries an error, itself or deeper down. */
function tellsErrors({ element }: Field): boolean {
  const fields = element?.fields ?? {}
  return 'errorCode' in fields || Object.values(fields).some(tellsErrors)
}

/** An element with the error for each one in that array of the request which is about the same. */
function mirrored(field: Field, asked: Fields, value: Struct, errorCode: number, version: number): Struct[] {
  const [source, sourceField] = sourceOf(field, asked, version) ?? []
  const elements = source === undefined ? null : (value[source] as unknown[] | null)
  return (elements ?? []).map((element) =>
    elementWith(field.element?.fields ?? {}, sourceField?.element as Field, element, errorCode, version),
  )
}

function elementWith(fields: Fields, asked: Field, value: unknown, errorCode: number, version: number): Struct {
  const answer: Struct = {}
  for (const [name, field] of Object.entries(fields)) {
    if (!hasVersion(field.versions, version)) continue
    if (name === 'errorCode') answer[name] = errorCode
    else if (asked.fields === null) {
      // The request has no more than an index or a name.
      if (NAMES.has(name) && field.type === asked.type) answer[name] = value
    } else if (tellsErrors(field)) {
      answer[name] = mirrored(field, asked.fields, value as Struct, errorCode, version)
    } else if (NAMES.has(name)) {
      const given = (value as Struct)[name]
      if (given !== null) answer[name] = given
    }
  }
  return answer
}

/** The array of a request whose elements name what the elements of this array of the response do. */
function sourceOf({ element }: Field, asked: Fields, version: number): [string, Field] | undefined {
  const arrays = Object.entries(asked).filter(([, f]) => f.element !== null && hasVersion(f.versions, version))
  const wanted = namesOf(element)
  return arrays.find(([, field]) => namesOf(field.element).some((entity) => wanted.includes(entity))) ?? arrays[0]
}

function namesOf(element: Field | null): (string | null)[] {
  const fields = element?.fields === null || element === null ? [element] : Object.values(element.fields)
  return fields.map((field) => field?.entity ?? null).filter((entity) => entity !== null)
}
