/** A hash of 32 bits: any integer, of which the lowest 32 bits count (Go's hash.Hash32 after one Write). */
export type Hash32 = (bytes: Uint8Array) => number

const FNV_OFFSET_BASIS = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a of 32 bits. */
export const fnv1a: Hash32 = (bytes) => {
  let hash = FNV_OFFSET_BASIS
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), FNV_PRIME)
  return hash
}

/** FNV-1a of a text's UTF-8, which most keys are at once: they are ASCII. */
export function fnv1aOfText(text: string): number {
  let hash = FNV_OFFSET_BASIS
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return fnv1a(Buffer.from(text))
    hash = Math.imul(hash ^ unit, FNV_PRIME)
  }
  return hash
}

const MURMUR2_SEED = 0x9747b28c
const MURMUR2_MULTIPLIER = 0x5bd1e995

/** murmur2 of 32 bits with the seed of Kafka's Java client. */
export const murmur2: Hash32 = (bytes) => {
  const { length } = bytes
  const whole = length & ~3
  let hash = MURMUR2_SEED ^ length
  for (let i = 0; i < whole; i += 4) {
    let word = at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24)
    word = Math.imul(word, MURMUR2_MULTIPLIER)
    word ^= word >>> 24
    hash = Math.imul(hash, MURMUR2_MULTIPLIER) ^ Math.imul(word, MURMUR2_MULTIPLIER)
  }
  if (length > whole) {
    for (let i = length - 1; i >= whole; i--) hash ^= at(bytes, i) << (8 * (i - whole))
    hash = Math.imul(hash, MURMUR2_MULTIPLIER)
  }
  hash ^= hash >>> 13
  hash = Math.imul(hash, MURMUR2_MULTIPLIER)
  return hash ^ (hash >>> 15)
}

function at(bytes: Uint8Array, i: number): number {
  return bytes[i] as number
}
