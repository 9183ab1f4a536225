import { malformed } from './fields.ts'

/**
 * A moment as Jackson reads one: text of ISO 8601, or a number of seconds since 1970.
 * @returns ms since 1970; undefined where there is none
 * @throws RestError 400
 */
export function instantOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number') return Math.floor(value * 1000)
  const time = typeof value === 'string' && ISO.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(time)) throw malformed(`a moment is such as 2021-02-05T19:14:42Z, not ${JSON.stringify(value)}`)
  return time
}

/** As Java writes it: no ms where there are none. */
export function instantText(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z')
}

const ISO = /^[+-]?\d{4,}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/
