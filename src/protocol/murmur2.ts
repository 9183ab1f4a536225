const MURMUR2_SEED = 0x9747b28c
const MURMUR2_MULTIPLIER = 0x5bd1e995

/**
 * murmur2 of 32 bits with the seed of Kafka's Java client, which puts a record where the hash of its key says. Any integer; the lowest 32 bits
 * count.
 */
export function murmur2(bytes: Uint8Array): number {
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
