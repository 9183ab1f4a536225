import type { BytesInput } from './record.ts'

/** How many bytes are written for it. */
export function byteLength(bytes: BytesInput): number {
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
}

/** Writes it at `position`; where it ended. */
export function writeInput(target: Buffer, position: number, bytes: BytesInput): number {
  if (typeof bytes === 'string') return position + target.write(bytes, position)
  target.set(bytes, position)
  return position + bytes.length
}
