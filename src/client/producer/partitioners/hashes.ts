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
