import { RestError } from './rest-error.ts'

/** An object of JSON. */
export type Json = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A part of a request's body that has to be text, if it is there at all. */
export function optionalText(body: Json, name: string, where: string = name): string | undefined {
  return optional(body, name, where, 'a string', (value) => typeof value === 'string')
}

/** One that has to be a whole number, if it is there at all. */
export function optionalInteger(body: Json, name: string, where: string = name): number | undefined {
  return optional(body, name, where, 'an integer', (value) => Number.isSafeInteger(value))
}

export function optionalBoolean(body: Json, name: string, where: string = name): boolean | undefined {
  return optional(body, name, where, 'true or false', (value) => typeof value === 'boolean')
}

export function optionalList(body: Json, name: string, where: string = name): readonly unknown[] | undefined {
  return optional(body, name, where, 'a list', (value) => Array.isArray(value))
}

export function optionalObject(body: Json, name: string, where: string = name): Json | undefined {
  return optional(body, name, where, 'an object', isObject)
}

/** Null is as good as left out, as it is for Jackson. */
function optional<T>(
  body: Json,
  name: string,
  where: string,
  wanted: string,
  is: (value: unknown) => boolean,
): T | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (!is(value)) throw unprocessable(`${where} is to be ${wanted}, not ${JSON.stringify(value)}`)
  return value as T
}

/** What bean validation says: 422. */
export function unprocessable(message: string): RestError {
  return new RestError(422, 422, message)
}
