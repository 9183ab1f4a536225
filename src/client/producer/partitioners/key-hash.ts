import type { Encodable } from '../../encoder.ts'
import { fnv1a, fnv1aOfText, type Hash32 } from './hashes.ts'

/** A key's hash. @throws what a key's own `encode` throws */
export function hashOfKey(key: Encodable, hash: Hash32): number {
  if (typeof key === 'string') return hash === fnv1a ? fnv1aOfText(key) : hash(Buffer.from(key))
  return hash(key instanceof Uint8Array ? key : key.encode())
}
