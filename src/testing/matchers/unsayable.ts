import { inspect, types } from 'node:util'
import { isAsymmetric } from './context.ts'

/** What of something expected no JSON says, so that no record can be it, in words; undefined where all of it can be said. */
export function unsayable(expected: unknown): string | undefined {
  return find(expected, '', [])
}

function find(value: unknown, path: string, within: readonly object[]): string | undefined {
  const told = (): string => `${inspect(value, { depth: 0 })}${path === '' ? '' : `, at ${path.slice(1)}`}`
  switch (typeof value) {
    case 'bigint':
    case 'symbol':
    case 'function':
      return told()
    case 'number':
      return Number.isFinite(value) ? undefined : told()
    case 'object':
      break
    default:
      return undefined
  }
  if (value === null || isAsymmetric(value)) return undefined
  if (types.isDate(value)) return `${told()}, which is ${inspect(value.toJSON())} in JSON`
  // By what they are and not by their classes: a test may run in a realm of its own.
  const isOther = types.isMap(value) || types.isSet(value) || types.isRegExp(value) || types.isPromise(value)
  if (isOther || ArrayBuffer.isView(value) || within.includes(value)) return told()
  for (const [name, part] of Object.entries(value)) {
    const found = find(part, `${path}.${name}`, [...within, value])
    if (found !== undefined) return found
  }
  return undefined
}
