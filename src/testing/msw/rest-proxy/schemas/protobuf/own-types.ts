/** How Protobuf writes the types that it brings along, in JSON. */

interface Instant {
  readonly seconds: bigint
  /** 0 to 999,999,999; of a duration below zero -999,999,999 to 0. */
  readonly nanos: number
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/

/** @throws Error for what is no moment of RFC 3339 */
export function timestamp(data: unknown): Instant {
  const [, time, fraction = '', zone] = (typeof data === 'string' ? TIME.exec(data) : null) ?? []
  const ms = Date.parse(`${time}${zone}`)
  if (Number.isNaN(ms)) throw new Error(`Failed to parse timestamp: ${JSON.stringify(data)}`)
  return { seconds: BigInt(ms / 1000), nanos: Number(fraction.padEnd(9, '0')) }
}

export function timestampText({ seconds, nanos }: Instant): string {
  const time = new Date(Number(seconds) * 1000).toISOString().replace(/\.000Z$/, '')
  return `${time}${fractionOf(nanos)}Z`
}

/** @throws Error for what is no number of seconds, `1.5s` */
export function duration(data: unknown): Instant {
  const [, sign, seconds, fraction = ''] =
    (typeof data === 'string' ? /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(data) : null) ?? []
  if (seconds === undefined) throw new Error(`Failed to parse duration: ${JSON.stringify(data)}`)
  const nanos = Number(fraction.padEnd(9, '0'))
  return sign === '-'
    ? { seconds: -BigInt(seconds), nanos: nanos === 0 ? 0 : -nanos }
    : { seconds: BigInt(seconds), nanos }
}

export function durationText({ seconds, nanos }: Instant): string {
  const isNegative = seconds < 0n || nanos < 0
  return `${isNegative ? '-' : ''}${seconds < 0n ? -seconds : seconds}${fractionOf(Math.abs(nanos))}s`
}

/** @throws Error for what is no text */
export function fieldMask(data: unknown): readonly string[] {
  if (typeof data !== 'string') throw new Error(`Failed to parse field mask: ${JSON.stringify(data)}`)
  const paths = data.split(',').filter((path) => path !== '')
  return paths.map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
}

export function fieldMaskText(paths: readonly string[]): string {
  return paths.map((path) => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())).join(',')
}

/** In ms, us or ns. */
function fractionOf(nanos: number): string {
  if (nanos === 0) return ''
  const digits = String(nanos).padStart(9, '0')
  return `.${digits.replace(/^(\d{3}|\d{6})0+$/, (all, short: string) => (all.length === 9 ? short : all))}`
}
