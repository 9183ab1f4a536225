import crypto from 'node:crypto'
import { unfaked } from '../../broker/clock.ts'
import { Random } from '../../broker/random.ts'
import type { Replacements } from './replacements.ts'

/** What part of the seed is the process's own: the cluster and its clients have others. */
const PROCESS = 0x70726f63

const TWO_TO_26 = 2 ** 26
const TWO_TO_53 = 2 ** 53

type Bytes = NodeJS.ArrayBufferView | ArrayBufferLike
type Done<T> = (error: Error | null, value: T) => void

/**
 * Has `Math.random` and the randomness of crypto, Node.js's and the web's, follow from a seed; not the keys and primes that it makes.
 * @param now ms since the epoch, which some ids begin with
 */
export function fakedChance(seed: number, now: () => number, replacements: Replacements): void {
  const random = new Random(seed ^ PROCESS)
  replacements.replace(Math, 'random', () => ((random.next() >>> 5) * TWO_TO_26 + (random.next() >>> 6)) / TWO_TO_53)

  /** Or to a callback, in a later turn. */
  const given = <T>(value: T, done: Done<T> | undefined): T | undefined => {
    if (done === undefined) return value
    unfaked.nextTick(() => done(null, value))
    return undefined
  }
  const fill = <T extends Bytes>(target: T, offset = 0, size?: number): T => {
    const whole = bytesOf(target)
    const unit = ArrayBuffer.isView(target) && 'BYTES_PER_ELEMENT' in target ? Number(target.BYTES_PER_ELEMENT) : 1
    const from = offset * unit
    const part = whole.subarray(from, size === undefined ? whole.length : from + size * unit)
    part.set(random.bytes(part.length))
    return target
  }
  const randomInt = (...args: unknown[]): number | undefined => {
    const done = typeof args.at(-1) === 'function' ? (args.pop() as Done<number>) : undefined
    const [low, high] = (args.length === 1 ? [0, args[0]] : args) as [number, number]
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || high <= low) {
      throw Object.assign(new RangeError(`The value of "max" is out of range: ${high}`), { code: 'ERR_OUT_OF_RANGE' })
    }
    return given(
      low + Math.floor(((random.next() * 2 ** 21 + (random.next() >>> 11)) / TWO_TO_53) * (high - low)),
      done,
    )
  }
  const getRandomValues = <T extends NodeJS.ArrayBufferView>(array: T): T => fill(array)
  const randomUUID = (): string => random.hexUuid()
  /** Version 7: the time, and chance. */
  const randomUUIDv7 = (): string => {
    const time = now().toString(16).padStart(12, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${random.hexUuid().slice(15)}`
  }
  const randomBytes = (size: number, done?: Done<Buffer>): Buffer | undefined => given(random.bytes(size), done)
  const faked = {
    randomBytes,
    // Its names of before.
    pseudoRandomBytes: randomBytes,
    prng: randomBytes,
    rng: randomBytes,
    randomInt,
    randomUUID,
    randomUUIDv7,
    randomFillSync: fill,
    randomFill: (target: Bytes, ...rest: (number | Done<Bytes>)[]) => {
      const done = rest.pop() as Done<Bytes>
      const [offset, size] = rest as number[]
      given(fill(target, offset, size), done)
    },
  }
  for (const [name, value] of Object.entries(faked)) replacements.replace(crypto, name, value)
  // That of node:crypto is a getter, which finds the web's.
  for (const [name, value] of Object.entries({ getRandomValues, randomUUID })) {
    replacements.replace(globalThis.crypto, name, value)
  }
}

function bytesOf(target: Bytes): Uint8Array {
  return ArrayBuffer.isView(target)
    ? new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
    : new Uint8Array(target)
}
