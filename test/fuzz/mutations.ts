import type { Random } from '../../src/broker/random.ts'
import { pick } from './pick.ts'

const LENGTH_BYTES = 4
const VERSION_AT = 6

/** A frame, its length in front, made into another; `other` is one to splice with. */
type Mutation = (frame: Buffer, random: Random, other: Buffer) => Buffer

const somewhere = (frame: Buffer, random: Random): number =>
  LENGTH_BYTES + random.below(Math.max(1, frame.length - LENGTH_BYTES))

const flipBits: Mutation = (frame, random) => {
  const flipped = Buffer.from(frame)
  for (let flips = 1 + random.below(2); flips > 0; flips--) {
    const at = somewhere(frame, random)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8))
  }
  return flipped
}

const truncate: Mutation = (frame, random) => frame.subarray(0, somewhere(frame, random))

const insert: Mutation = (frame, random) => {
  const at = somewhere(frame, random)
  return Buffer.concat([frame.subarray(0, at), random.bytes(1 + random.below(9)), frame.subarray(at)])
}

const remove: Mutation = (frame, random) => {
  const at = somewhere(frame, random)
  return Buffer.concat([frame.subarray(0, at), frame.subarray(at + 1 + random.below(9))])
}

/** Lengths, counts and ids at their limits. */
const LIMITS = [-1, 0, 1, 0x7f, 0x80, 0x7fff, -0x8000, 0x7fffffff, -0x80000000, 0xffff, 10_000]

const putLimit: Mutation = (frame, random) => {
  const at = somewhere(frame, random)
  const limit = pick(random, LIMITS)
  const bytes = Buffer.alloc(pick(random, [1, 2, 4, 8]))
  bytes.fill(limit < 0 ? 0xff : 0)
  if (bytes.length >= 4) bytes.writeInt32BE(limit | 0, bytes.length - 4)
  else bytes.writeIntBE((limit << (32 - 8 * bytes.length)) >> (32 - 8 * bytes.length), 0, bytes.length)
  const put = Buffer.from(frame)
  bytes.copy(put, at)
  return put
}

const splice: Mutation = (frame, random, other) =>
  Buffer.concat([frame.subarray(0, somewhere(frame, random)), other.subarray(somewhere(other, random))])

const changeVersion: Mutation = (frame, random) => {
  const changed = Buffer.from(frame)
  if (changed.length < VERSION_AT + 2) return changed
  const version = changed.readInt16BE(VERSION_AT)
  changed.writeUInt16BE(pick(random, [version - 1, version + 1, random.below(20), -1, 0x7fff]) & 0xffff, VERSION_AT)
  return changed
}

const leave: Mutation = (frame) => frame

const mutations = [
  ...[leave, leave, leave, leave, flipBits, flipBits, flipBits, putLimit, putLimit, putLimit],
  ...[truncate, insert, remove, splice, changeVersion],
]

/** Another frame made of this one. Its length most often fits again, so that what is inside is looked at. */
export function mutate(frame: Buffer, random: Random, other: Buffer): Buffer {
  let mutated = frame
  for (let times = 1 + random.below(2); times > 0; times--) mutated = pick(random, mutations)(mutated, random, other)
  const sealed = Buffer.from(mutated)
  if (sealed.length < LENGTH_BYTES) return sealed
  const length =
    random.below(30) === 0 ? pick(random, [sealed.length, -1, random.next() | 0]) : sealed.length - LENGTH_BYTES
  sealed.writeInt32BE(length, 0)
  return sealed
}
