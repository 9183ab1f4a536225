import type { Replacements } from './replacements.ts'
import { BEGINNING, type World } from './world.ts'

const NS_A_MS = 1_000_000n

/** What of Temporal is needed here: not all releases of Node.js have it. */
interface Temporal {
  readonly Instant: { fromEpochMilliseconds(ms: number): { toZonedDateTimeISO(zone: unknown): Zoned } }
  readonly Now: { timeZoneId(): string }
}

interface Zoned {
  toPlainDate(): unknown
  toPlainDateTime(): unknown
  toPlainTime(): unknown
}

/** Has `Date`, `Temporal.Now`, `performance.now` and `process.hrtime` tell the time of a world. */
export function fakedTime(world: World, replacements: Replacements): void {
  const RealDate = globalThis.Date

  /** Makes dates of the real kind: whoever asks what they are finds nothing new. */
  function FakeDate(...args: unknown[]): unknown {
    if (new.target === undefined) return new RealDate(world.now()).toString()
    const target = new.target === (FakeDate as unknown) ? RealDate : new.target
    return Reflect.construct(RealDate, args.length === 0 ? [world.now()] : args, target)
  }
  // A class of somebody's that extends it finds what it inherits.
  FakeDate.prototype = RealDate.prototype
  Object.defineProperty(FakeDate, 'length', { value: RealDate.length })
  Object.defineProperty(FakeDate, 'name', { value: RealDate.name })
  const statics = { now: () => world.now(), parse: RealDate.parse, UTC: RealDate.UTC }
  Object.assign(FakeDate, statics)
  replacements.replace(globalThis, 'Date', FakeDate)
  // Whoever makes another of the kind of one.
  replacements.replace(RealDate.prototype, 'constructor', FakeDate)
  replacements.replace(performance, 'now', () => world.now() - BEGINNING)
  replacements.replace(performance, 'timeOrigin', BEGINNING)
  fakedTemporal(world, replacements)

  const hrtime = (before?: [number, number]): [number, number] => {
    const ms = world.now() - BEGINNING
    const seconds = Math.floor(ms / 1000)
    const [wasSeconds, wasNanoseconds] = before ?? [0, 0]
    const nanoseconds = (ms % 1000) * 1e6 - wasNanoseconds
    return nanoseconds < 0 ? [seconds - wasSeconds - 1, nanoseconds + 1e9] : [seconds - wasSeconds, nanoseconds]
  }
  const bigint = (): bigint => BigInt(world.now() - BEGINNING) * NS_A_MS
  replacements.replace(process, 'hrtime', Object.assign(hrtime, { bigint }))
}

function fakedTemporal(world: World, replacements: Replacements): void {
  const temporal: Temporal | undefined = Reflect.get(globalThis, 'Temporal')
  if (temporal === undefined) return
  const { Instant, Now } = temporal
  const instant = () => Instant.fromEpochMilliseconds(world.now())
  const zoned = (zone: unknown = Now.timeZoneId()): Zoned => instant().toZonedDateTimeISO(zone)
  const faked = {
    instant,
    zonedDateTimeISO: zoned,
    plainDateISO: (zone?: unknown) => zoned(zone).toPlainDate(),
    plainDateTimeISO: (zone?: unknown) => zoned(zone).toPlainDateTime(),
    plainTimeISO: (zone?: unknown) => zoned(zone).toPlainTime(),
  }
  for (const [name, value] of Object.entries(faked)) replacements.replace(Now, name, value)
}
