/** Record batches and message sets of every kind, and ways to break them that a checksum does not tell. */
import type { Random } from '../../src/broker/random.ts'
import { type BatchOptions, buildBatch } from '../../src/protocol/records/batch-builder.ts'
import { ATTRIBUTES, CRC, compressionTypes, MAGIC } from '../../src/protocol/records/batch-layout.ts'
import { crc32 } from '../../src/protocol/records/crc32.ts'
import { crc32c } from '../../src/protocol/records/crc32c.ts'
import { LEGACY_CRC } from '../../src/protocol/records/legacy-batch.ts'
import { buildMessageSet } from '../../src/protocol/records/message-set.ts'
import { pick } from './pick.ts'

export function makeBatches(nowMs: number): Buffer[] {
  const records = [0, 1, 2].map((i) => ({
    key: Buffer.from(`key-${i}`),
    value: Buffer.from(`value-${i}`.repeat(4)),
    timestamp: nowMs,
    headers: [{ key: 'header', value: Buffer.from('x') }],
  }))
  const plain = records.map(({ key, value, timestamp }) => ({ key, value, timestamp }))
  const options: BatchOptions[] = [
    ...compressionTypes.map((compression) => ({ compression })),
    { producerId: 0, producerEpoch: 0, baseSequence: 0 },
    { producerId: 1, producerEpoch: 0, baseSequence: 3 },
    { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true },
    { isControl: true, producerId: 1, producerEpoch: 0 },
  ]
  return [
    ...options.map((option) => buildBatch(records, option)),
    ...([0, 1] as const).flatMap((magic) =>
      (['none', 'gzip', 'snappy', 'lz4'] as const).map((compression) => buildMessageSet(plain, { magic, compression })),
    ),
  ]
}

/** A batch with some bytes changed, its checksum most often made to fit. */
export function brokenBatch(batch: Buffer, random: Random): Buffer {
  const broken = Buffer.from(batch)
  const changes = 1 + random.below(3)
  for (let i = 0; i < changes; i++)
    broken[random.below(broken.length)] = pick(random, [0, 1, 0x7f, 0x80, 0xff, random.next()])
  if (random.below(8) > 0) stampChecksum(broken)
  return broken
}

function stampChecksum(batch: Buffer): void {
  if (batch.length <= ATTRIBUTES) return
  if (batch[MAGIC] === 2) batch.writeUInt32BE(crc32c(batch, ATTRIBUTES), CRC)
  else batch.writeUInt32BE(crc32(batch, MAGIC), LEGACY_CRC)
}
