import { httpError } from '../http/rest-error.ts'
import type { RestCall } from '../http/service.ts'
import { contentTypeOf, type EmbeddedFormat } from './embedded-format.ts'

export const V2_JSON = 'application/vnd.kafka.v2+json'

const FORMATS: readonly EmbeddedFormat[] = ['binary', 'json', 'avro', 'jsonschema', 'protobuf']
const OF_RECORDS: ReadonlyMap<string, EmbeddedFormat> = new Map(
  FORMATS.map((format) => [contentTypeOf(format), format]),
)

/**
 * The format that records are sent in.
 * @throws RestError 415 for any other content type
 */
export function sentFormat(call: RestCall): EmbeddedFormat {
  const type = mediaType(call.headers.get('content-type'))
  const format = type === undefined ? 'binary' : OF_RECORDS.get(type)
  if (format === undefined) throw httpError(415, 'Unsupported Media Type')
  return format
}

/** @throws RestError 415 for what is no content type of the second version */
export function demandV2(call: RestCall): void {
  const type = mediaType(call.headers.get('content-type'))
  if (type !== undefined && type !== V2_JSON && !OF_RECORDS.has(type)) throw httpError(415, 'Unsupported Media Type')
}

/** @throws RestError 415 for what is no content type of the third version */
export function demandJson(call: RestCall): void {
  const type = mediaType(call.headers.get('content-type'))
  if (type !== undefined && type !== 'application/json') throw httpError(415, 'Unsupported Media Type')
}

/**
 * The format in which records are wanted, and the content type to answer with: records are binary where nothing says otherwise.
 * @throws RestError 406 where none of what is accepted can be had
 */
export function wantedFormat(call: RestCall): readonly [EmbeddedFormat, contentType: string] {
  const accepted = (call.headers.get('accept') ?? '*/*').split(',').map((item, index) => {
    const quality = Number(/;\s*q=([\d.]+)/.exec(item)?.[1] ?? 1)
    return { type: mediaType(item) ?? '', quality, index }
  })
  accepted.sort((one, other) => other.quality - one.quality || one.index - other.index)
  for (const { type, quality } of accepted) {
    if (quality === 0) continue
    const format = OF_RECORDS.get(type)
    if (format !== undefined) return [format, type]
    if (type === '*/*' || type === 'application/*') return ['binary', contentTypeOf('binary')]
    if (type === V2_JSON) return ['binary', V2_JSON]
  }
  throw httpError(406, 'Not Acceptable')
}

function mediaType(header: string | null): string | undefined {
  const type = header?.split(';', 1)[0]?.trim().toLowerCase()
  return type === '' ? undefined : type
}
