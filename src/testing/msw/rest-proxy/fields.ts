import { isObject, type Json } from '../http/json.ts'
import { RestError } from '../http/rest-error.ts'

/** The members of an object of JSON, read as Jackson reads them into a class: null is as good as left out, and what the class does not know is refused. */
export class Fields {
  readonly #json: Json

  /**
   * @param known the names that there may be
   * @throws RestError 400 for what is no object; UnknownFieldError
   */
  constructor(json: unknown, known: readonly string[]) {
    if (!isObject(json)) throw malformed(`an object of JSON is wanted, not ${JSON.stringify(json)}`)
    const unknown = Object.keys(json).find((name) => !known.includes(name))
    if (unknown !== undefined) throw new UnknownFieldError(unknown)
    this.#json = json
  }

  /** As it is: undefined where it is left out, and null where it is null. */
  raw(name: string): unknown {
    return this.#json[name]
  }

  /** Numbers and booleans are text for Jackson, too. */
  text(name: string): string | undefined {
    const value = this.#json[name] ?? undefined
    if (value === undefined || typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw this.#mismatch(name, 'a string', value)
  }

  /** A number in a string is a number for Jackson, too. */
  integer(name: string): number | undefined {
    const value = this.#json[name] ?? undefined
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (number === undefined) return undefined
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw this.#mismatch(name, 'an integer', value)
    return number
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.#json[name] ?? undefined
    if (value === undefined || Array.isArray(value)) return value
    throw this.#mismatch(name, 'a list', value)
  }

  #mismatch(name: string, wanted: string, value: unknown): RestError {
    return malformed(`${name} is to be ${wanted}, not ${JSON.stringify(value)}`)
  }
}

/** What Jackson cannot make an object of. */
export function malformed(why: string): RestError {
  return new RestError(400, 400, why)
}

/** A name that the class does not know. */
export class UnknownFieldError extends RestError {
  readonly field: string

  constructor(field: string) {
    super(422, 422, `Unrecognized field: ${field}`)
    this.field = field
  }
}
