import {
  isObject,
  type Json,
  optionalInteger,
  optionalList,
  optionalObject,
  optionalText,
  unprocessable,
} from '../http/json.ts'
import type { SchemaReference } from './types/schema-type.ts'

/** What is sent to be registered, looked up, or tried. */
export interface SchemaRequest {
  readonly schema: string
  readonly schemaType: string
  readonly references: readonly SchemaReference[]
  readonly metadata: Json | undefined
  readonly ruleSet: Json | undefined
  /** 0 or less: the next one. */
  readonly version: number
  /** Below 0: any. */
  readonly id: number
}

/** @throws RestError 422 for what is none */
export function schemaRequest(body: Json): SchemaRequest {
  return {
    schema: optionalText(body, 'schema') ?? '',
    schemaType: optionalText(body, 'schemaType') ?? 'AVRO',
    references: (optionalList(body, 'references') ?? []).map(reference),
    metadata: optionalObject(body, 'metadata'),
    ruleSet: optionalObject(body, 'ruleSet'),
    version: optionalInteger(body, 'version') ?? 0,
    id: optionalInteger(body, 'id') ?? -1,
  }
}

function reference(value: unknown): SchemaReference {
  if (!isObject(value)) throw unprocessable(`a reference is to be an object, not ${JSON.stringify(value)}`)
  const name = optionalText(value, 'name', 'the name of a reference')
  const subject = optionalText(value, 'subject', 'the subject of a reference')
  const version = optionalInteger(value, 'version', 'the version of a reference')
  if (name === undefined || subject === undefined || version === undefined) {
    throw unprocessable(`a reference has name, subject and version: ${JSON.stringify(value)}`)
  }
  return { name, subject, version }
}
