import { type BatchOptions, buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { CRC } from '../../../src/protocol/records/batch-layout.ts'
import type { World } from '../world.ts'

const DAY_MS = 86_400_000

/** Batches by the names that actions give them; each record is stamped with a time of the world. */
export function batchNamed(name: string, world: World, options: BatchOptions = {}): Buffer | null {
  const records = (count: number, { key = 'k', ms = 0, bytes = 1 } = {}) =>
    Array.from({ length: count }, (_, i) => ({
      key: key === '' ? null : Buffer.from(key),
      value: Buffer.alloc(bytes, 'v'),
      timestamp: world.time(ms + i),
    }))
  switch (name) {
    case 'one':
      return buildBatch(records(1), options)
    case 'three':
      return buildBatch(records(3, { ms: 100 }), options)
    case 'gzip':
      return buildBatch(records(2), { ...options, compression: 'gzip' })
    case 'keyless':
      return buildBatch(records(1, { key: '' }), options)
    case 'old':
      return buildBatch([{ key: Buffer.from('k'), value: null, timestamp: 1000 }], options)
    case 'future':
      return buildBatch(records(1, { ms: 30 * DAY_MS }), options)
    case 'two batches':
      return Buffer.concat([buildBatch(records(1), options), buildBatch(records(2), options)])
    case 'large':
      return buildBatch(records(1, { bytes: 500 }), options)
    case 'bad checksum': {
      const batch = buildBatch(records(1), options)
      batch.writeUInt32BE((batch.readUInt32BE(CRC) ^ 1) >>> 0, CRC)
      return batch
    }
    case 'none':
      return null
    default:
      throw new Error(`there is no batch ${name}`)
  }
}
