/** Kafka's own message schemas, as they lie in its jars under common/message and common/metadata. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseVersions, type VersionRange } from '../../src/protocol/schema.ts'

export type MessageType =
  | 'request'
  | 'response'
  | 'header'
  | 'data'
  | 'metadata'
  | 'coordinator-key'
  | 'coordinator-value'

export interface SchemaField {
  readonly name: string
  readonly type: string
  readonly versions: VersionRange
  readonly nullable: VersionRange
  readonly tagged: VersionRange
  readonly tag: number | undefined
  /** As Kafka's generator sees it: a text, empty when the schema says nothing. */
  readonly default: string
  readonly ignorable: boolean
  readonly entityType: string | undefined
  readonly mapKey: boolean
  readonly flexible: boolean
  readonly fields: readonly SchemaField[]
}

export interface SchemaStruct {
  readonly name: string
  readonly versions: VersionRange
  readonly fields: readonly SchemaField[]
}

export interface MessageSchema {
  readonly name: string
  readonly type: MessageType
  readonly apiKey: number | undefined
  readonly versions: VersionRange
  readonly flexible: VersionRange
  readonly latestVersionUnstable: boolean
  readonly fields: readonly SchemaField[]
  readonly commonStructs: readonly SchemaStruct[]
}

/** The schemas of a jar, or of a directory into which one was unpacked. */
export function readSchemas(source: string): MessageSchema[] {
  const texts = statSync(source).isDirectory() ? textsOfDirectory(source) : textsOfJar(source)
  const schemas = texts.map((text) => toMessage(JSON.parse(withoutComments(text))))
  // Only the request says that its last version is unstable.
  const unstable = new Set(schemas.filter((schema) => schema.latestVersionUnstable).map((schema) => schema.apiKey))
  return schemas.map((schema) =>
    schema.type === 'response' ? { ...schema, latestVersionUnstable: unstable.has(schema.apiKey) } : schema,
  )
}

function textsOfDirectory(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => readFileSync(join(directory, name), 'utf8'))
}

function textsOfJar(jar: string): string[] {
  const names = unzip(['-Z1', jar])
    .split('\n')
    .filter((name) => /^common\/(message|metadata)\/[^/]+\.json$/.test(name))
  return names.sort().map((name) => unzip(['-p', jar, name]))
}

function unzip(args: string[]): string {
  try {
    return execFileSync('unzip', args, { encoding: 'utf8', maxBuffer: 1 << 26 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Error('reading a jar needs the unzip command; without it, unpack the jar and name the directory')
  }
}

/** Kafka's schemas have // comments, on lines of their own and behind values. */
function withoutComments(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|\/\/.*/g, (part) => (part.startsWith('"') ? part : ''))
}

type Json = { readonly [key: string]: unknown }

function toMessage(json: Json): MessageSchema {
  return {
    name: json.name as string,
    type: json.type as MessageType,
    apiKey: json.apiKey as number | undefined,
    versions: parseVersions(json.validVersions as string),
    flexible: parseVersions((json.flexibleVersions as string | undefined) ?? 'none'),
    latestVersionUnstable: json.latestVersionUnstable === true,
    fields: ((json.fields ?? []) as Json[]).map(toField),
    commonStructs: ((json.commonStructs ?? []) as Json[]).map((struct) => ({
      name: struct.name as string,
      versions: parseVersions(struct.versions as string),
      fields: (struct.fields as Json[]).map(toField),
    })),
  }
}

function toField(json: Json): SchemaField {
  const tagged = parseVersions((json.taggedVersions as string | undefined) ?? 'none')
  return {
    name: json.name as string,
    type: json.type as string,
    versions: json.versions === undefined ? tagged : parseVersions(json.versions as string),
    nullable: parseVersions((json.nullableVersions as string | undefined) ?? 'none'),
    tagged,
    tag: json.tag === undefined ? undefined : Number(json.tag),
    // JSON's null is not the text "null": to Kafka's generator it is a default that was not given.
    default: json.default === undefined || json.default === null ? '' : String(json.default),
    ignorable: String(json.ignorable) === 'true',
    entityType: json.entityType as string | undefined,
    mapKey: json.mapKey === true,
    flexible: json.flexibleVersions !== 'none',
    fields: ((json.fields ?? []) as Json[]).map(toField),
  }
}
