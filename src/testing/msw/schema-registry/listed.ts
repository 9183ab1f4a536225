import { isObject } from '../http/json.ts'
import type { RestCall } from '../http/service.ts'
import { schemaNotFound, subjectNotFound } from './errors.ts'
import type { SchemaValue } from './records.ts'
import type { RegistryState } from './registry-state.ts'
import { besides, contextOf, DEFAULT_CONTEXT, normalizedSubject, parseSubject } from './subject-name.ts'

/** Before a prefix: of subjects in all contexts. */
const EVERYWHERE = ':*:'

/** The subject that is in the path. */
export function subject(call: RestCall): string {
  return inContext(call, call.param('subject'))
}

/** A subject that names no context is in that of the path. */
export function inContext(call: RestCall, name: string): string {
  return besides(all(call) ?? '', name)
}

/** All subjects of the context that is in the path; undefined where none is. */
export function all(call: RestCall): string | undefined {
  const context = call.param('context')
  const name = context.replace(/^:|:$/g, '')
  return context === '' ? undefined : normalizedSubject(`:${name.startsWith('.') ? name : `.${name}`}:`) || undefined
}

/** Deleted ones only where they are asked for. */
export function subjectsOf(state: RegistryState, call: RestCall): readonly string[] {
  const isAsked = hasPrefix(call)
  return state.subjects.filter((name) => {
    if (!isAsked(name)) return false
    const isDeleted = state.versions(name).every(({ deleted }) => deleted)
    if (call.flag('deletedOnly')) return isDeleted
    return call.flag('deleted') || !isDeleted
  })
}

/** Whether a subject begins as is asked for: in the context that is named, in the default one, or with `:*:` in any. */
function hasPrefix(call: RestCall): (name: string) => boolean {
  const asked = call.query('subjectPrefix') ?? (all(call) === undefined ? EVERYWHERE : '')
  if (asked.startsWith(EVERYWHERE)) {
    const rest = asked.slice(EVERYWHERE.length)
    return (name) => parseSubject(name).subject.startsWith(rest)
  }
  const prefix = inContext(call, asked)
  return (name) => name.startsWith(prefix) && (prefix.startsWith(':') || contextOf(name) === DEFAULT_CONTEXT)
}

/** The latest version whose metadata has all the properties that are asked for. @throws RestError 40401, 40403 */
export function latestWith(state: RegistryState, call: RestCall): SchemaValue {
  const there = state.versions(subject(call)).filter(({ deleted }) => call.flag('deleted') || !deleted)
  if (there.length === 0) throw subjectNotFound(subject(call))
  const [keys, values] = ['key', 'value'].map((name) => call.url.searchParams.getAll(name)) as [string[], string[]]
  const wanted = keys.slice(0, values.length).map((key, i) => [key, values[i]] as const)
  const found = there.findLast(({ metadata }) => {
    const properties = metadata?.properties
    return isObject(properties) && wanted.every(([key, value]) => properties[key] === value)
  })
  if (found === undefined) throw schemaNotFound()
  return found
}

export function versionsOf(state: RegistryState, call: RestCall): readonly number[] {
  const asNegative = call.flag('deletedAsNegative')
  const onlyDeleted = call.flag('deletedOnly') && !asNegative
  const withDeleted = call.flag('deleted') || asNegative
  const all = state.versions(subject(call))
  const isAsked = call.flag('deleted') || call.flag('deletedOnly')
  if (!all.some(({ deleted }) => isAsked || !deleted)) throw subjectNotFound(subject(call))
  return all
    .filter(({ deleted }) => (onlyDeleted ? deleted : withDeleted || !deleted))
    .map(({ version: number, deleted }) => (deleted && asNegative ? -number : number))
}
