import { inspect } from 'node:util'

/** @throws RangeError for what is no whole number in the range */
export function checkWhole(what: string, value: unknown, least: number, most: number = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`
  throw new RangeError(`${what}: a whole number ${range} is wanted, not ${inspect(value, { depth: 0 })}`)
}
