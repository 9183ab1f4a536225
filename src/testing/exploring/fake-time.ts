import type { Replacements } from './replacements.ts'
import { BEGINNING, type World } from './world.ts'

const NS_A_MS = 1_000_000n

/** Has `Date`, `performance.now` and `process.hrtime` tell the time of a world. */
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
  replacements.replace(performance, 'now', () => world.now() - BEGINNING)

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
