import { createHash } from 'node:crypto'
import type { Json } from '../http/json.ts'
import { RestError } from '../http/rest-error.ts'
import { RawBody, type Resource, RestAnswer, type RestCall, type Route } from '../http/service.ts'
import type { Deletion } from './deletion.ts'
import { INVALID_SCHEMA, invalidVersion, schemaNotFound } from './errors.ts'
import { all, inContext, latestWith, subject, subjectsOf, versionsOf } from './listed.ts'
import { checkContentType } from './negotiation.ts'
import { SCHEMA_TYPES } from './parser.ts'
import type { SchemaValue } from './records.ts'
import { referrersOf } from './referrers.ts'
import { LATEST, type Registry } from './registry.ts'
import type { RegistryState } from './registry-state.ts'
import { schemaRequest } from './schema-request.ts'
import type { Settings } from './settings.ts'
import type { SchemaStore } from './store.ts'
import { contextOf, DEFAULT_CONTEXT } from './subject-name.ts'

export interface Rooms {
  readonly store: SchemaStore
  readonly registry: Registry
  readonly deletion: Deletion
  readonly settings: Settings
}

/** What the registry serves, as `docs.confluent.io/platform/current/schema-registry/develop/api.html` has it. */
export function resources(rooms: Rooms): readonly Route[] {
  const all = [...subjects(rooms), ...schemas(rooms), ...compatibility(rooms), ...settings(rooms), ...about(rooms)].map(
    checked,
  )
  // All of it is there for each context, too.
  return [...all, ...all.map(([method, path, resource]): Route => [method, `/contexts/:context${path}`, resource])]
}

/** What takes a body takes those alone that it understands. */
function checked([method, path, resource]: Route): Route {
  if (method !== 'post' && method !== 'put') return [method, path, resource]
  const listening: Resource = (call) => {
    checkContentType(call)
    return resource(call)
  }
  return [method, path, listening]
}

function subjects({ store, registry, deletion }: Rooms): readonly Route[] {
  return [
    ['get', '/subjects', async (call) => call.page(subjectsOf(await store.read(), call))],
    [
      'post',
      '/subjects/:subject',
      async (call) => {
        const request = schemaRequest(await call.body())
        const found = await registry.lookUp(subject(call), request, call.flag('normalize'), call.flag('deleted'))
        return told(registry, found, call)
      },
    ],
    ['get', '/subjects/:subject/metadata', async (call) => told(registry, latestWith(await store.read(), call), call)],
    ['delete', '/subjects/:subject', (call) => deletion.subject(subject(call), call.flag('permanent'))],
    ['get', '/subjects/:subject/versions', async (call) => call.page(versionsOf(await store.read(), call))],
    [
      'post',
      '/subjects/:subject/versions',
      async (call) => {
        const request = schemaRequest(await call.body())
        const value = await registry.register(subject(call), request, call.flag('normalize'), call.flag('force'))
        return told(registry, value, call)
      },
    ],
    ['get', '/subjects/:subject/versions/:version', async (call) => told(registry, await one(registry, call), call)],
    [
      'delete',
      '/subjects/:subject/versions/:version',
      (call) => deletion.version(subject(call), version(call), call.flag('permanent')),
    ],
    [
      'get',
      '/subjects/:subject/versions/:version/schema',
      async (call) => registry.formatted(await one(registry, call), call.query('format')).then(asText),
    ],
    [
      'get',
      '/subjects/:subject/versions/:version/referencedby',
      async (call) => {
        const found = await registry.find(subject(call), version(call), true)
        const referrers = referrersOf(await store.read(), found, call.flag('deleted'))
        return call.page([...new Set(referrers.map(({ id }) => id))].sort((a, b) => a - b))
      },
    ],
  ]
}

function schemas({ store, registry }: Rooms): readonly Route[] {
  return [
    ['get', '/schemas/types', () => SCHEMA_TYPES],
    [
      'get',
      '/schemas',
      async (call) => {
        const state = await store.read()
        const named = new Set(subjectsOf(state, call))
        const all = state.schemas.filter((one) => named.has(one.subject) && (call.flag('deleted') || !one.deleted))
        const latest = (value: SchemaValue): boolean =>
          !all.some((other) => other.subject === value.subject && other.version > value.version)
        const wanted = call.flag('latestOnly') ? all.filter(latest) : all
        return Promise.all(call.page(wanted).map((value) => told(registry, value, call)))
      },
    ],
    [
      'get',
      '/schemas/ids/:id',
      async (call) => {
        const state = await store.read()
        const [value] = byId(state, call)
        if (value === undefined) throw schemaNotFound(idOf(call))
        const { subject: name, version: number, id: _, guid, ...rest } = await told(registry, value, call)
        const isAsked = call.query('subject') !== undefined
        const maxId = Math.max(...state.schemas.filter(isBeside(value)).map(({ id }) => id))
        return {
          ...rest,
          guid,
          ...(isAsked ? { subject: name, version: number } : {}),
          ...(call.flag('fetchMaxId') ? { maxId } : {}),
        }
      },
    ],
    [
      'get',
      '/schemas/ids/:id/schema',
      async (call) => {
        const [value] = byId(await store.read(), call)
        if (value === undefined) throw schemaNotFound(idOf(call))
        return registry.formatted(value, call.query('format')).then(asText)
      },
    ],
    [
      'get',
      '/schemas/ids/:id/subjects',
      async (call) => call.page([...new Set(versionsById(await store.read(), call).map((value) => value.subject))]),
    ],
    [
      'get',
      '/schemas/ids/:id/versions',
      async (call) => {
        const all = versionsById(await store.read(), call)
        return call.page(all.map((value) => ({ subject: value.subject, version: value.version })))
      },
    ],
    [
      'get',
      '/schemas/guids/:guid',
      async (call) => {
        const guid = call.param('guid')
        const value = (await store.read()).schemas.find((one) => guidOf(one) === guid)
        if (value === undefined) throw schemaNotFound(guid)
        const { subject: _, version: __, id: ___, ...rest } = await told(registry, value, call)
        return rest
      },
    ],
    [
      'get',
      '/schemas/guids/:guid/ids',
      async (call) => {
        const all = (await store.read()).schemas.filter((one) => guidOf(one) === call.param('guid'))
        const ids = new Map(all.map((value) => [`${contextOf(value.subject)} ${value.id}`, value]))
        return [...ids.values()].map((value) => ({ context: contextOf(value.subject), id: value.id }))
      },
    ],
  ]
}

function compatibility({ registry }: Rooms): readonly Route[] {
  const check = async (call: RestCall, number: number | undefined): Promise<Json> => {
    const request = schemaRequest(await call.body())
    const messages = await registry
      .incompatibilities(subject(call), number, request, call.flag('normalize'))
      .catch((error) => {
        // Who asks for messages is told of what is no schema, too.
        if (error instanceof RestError && error.errorCode === INVALID_SCHEMA && call.flag('verbose'))
          return [error.message]
        throw error
      })
    return { is_compatible: messages.length === 0, ...(call.flag('verbose') ? { messages } : {}) }
  }
  return [
    ['post', '/compatibility/subjects/:subject/versions', (call) => check(call, undefined)],
    ['post', '/compatibility/subjects/:subject/versions/:version', (call) => check(call, version(call))],
  ]
}

function settings({ settings: rooms }: Rooms): readonly Route[] {
  return [
    ['get', '/config', (call) => rooms.config(all(call), call.flag('defaultToGlobal'))],
    ['put', '/config', async (call) => rooms.setConfig(all(call), await call.body())],
    ['delete', '/config', (call) => rooms.deleteConfig(all(call))],
    ['get', '/config/:subject', (call) => rooms.config(subject(call), call.flag('defaultToGlobal'))],
    ['put', '/config/:subject', async (call) => rooms.setConfig(subject(call), await call.body())],
    ['delete', '/config/:subject', (call) => rooms.deleteConfig(subject(call))],
    ['get', '/mode', (call) => rooms.mode(all(call), call.flag('defaultToGlobal'))],
    ['put', '/mode', async (call) => rooms.setMode(all(call), await call.body(), call.flag('force'))],
    ['delete', '/mode', (call) => rooms.deleteMode(all(call))],
    ['get', '/mode/:subject', (call) => rooms.mode(subject(call), call.flag('defaultToGlobal'))],
    ['put', '/mode/:subject', async (call) => rooms.setMode(subject(call), await call.body(), call.flag('force'))],
    ['delete', '/mode/:subject', (call) => rooms.deleteMode(subject(call))],
  ]
}

function about({ store }: Rooms): readonly Route[] {
  return [
    ['get', '/', () => ({})],
    [
      'get',
      '/contexts',
      async (call) => {
        const contexts = (await store.read()).subjects.map(contextOf)
        return call.page([...new Set([DEFAULT_CONTEXT, ...contexts])].sort())
      },
    ],
  ]
}

/** @throws RestError 42202 for what is no version */
function version(call: RestCall): number {
  const text = call.param('version').trim()
  if (text.toLowerCase() === 'latest') return LATEST
  const number = Number(text)
  const isOne = /^[+-]?\d+$/.test(text) && (number === LATEST || (number > 0 && number < 2 ** 31))
  if (!isOne) throw invalidVersion(text)
  return number
}

function one(registry: Registry, call: RestCall): Promise<SchemaValue> {
  return registry.find(subject(call), version(call), call.flag('deleted'))
}

function idOf(call: RestCall): number {
  const id = Number(call.param('id'))
  if (!Number.isSafeInteger(id)) throw schemaNotFound(call.param('id'))
  return id
}

/** The versions with an id, deleted or not: of the subject that is asked for first, then of its context, then of any. */
function byId(state: RegistryState, call: RestCall): readonly SchemaValue[] {
  const id = idOf(call)
  const name = inContext(call, call.query('subject') ?? '')
  const anywhere = state.schemas.filter((value) => value.id === id)
  const here = anywhere.filter((value) => contextOf(value.subject) === contextOf(name))
  const found = here.length > 0 || call.query('subject') === undefined ? here : anywhere
  return [...found].sort((a, b) => Number(b.subject === name) - Number(a.subject === name))
}

function versionsById(state: RegistryState, call: RestCall): readonly SchemaValue[] {
  const all = byId(state, call)
  if (all.length === 0) throw schemaNotFound()
  return all.filter(({ deleted }) => call.flag('deleted') || !deleted)
}

function isBeside({ subject: name }: SchemaValue): (other: SchemaValue) => boolean {
  return (other) => contextOf(other.subject) === contextOf(name)
}

interface Told extends Json {
  readonly subject: string
  readonly version: number
  readonly id: number
  readonly guid: string
}

/** A version as it is answered, in the format that is asked for. */
async function told(registry: Registry, value: SchemaValue, call: RestCall): Promise<Told> {
  const { deleted, ...rest } = value
  const schema = await registry.formatted(value, call.query('format'))
  return { ...rest, guid: guidOf(value), schema, ...(deleted ? { deleted } : {}) }
}

/** The MD5 of what the schema says, as a UUID. */
function guidOf({ schema, references = [], metadata, ruleSet }: SchemaValue): string {
  const hash = createHash('md5').update(schema)
  for (const part of [references.length === 0 ? undefined : references, metadata, ruleSet]) {
    if (part !== undefined) hash.update(JSON.stringify(part))
  }
  return hash.digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The schema alone, as it is. */
function asText(schema: string): RestAnswer {
  return new RestAnswer(new RawBody(schema))
}
