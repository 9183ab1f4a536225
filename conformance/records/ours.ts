/** Prints what memkafka writes, and what Kafka should read in it: for `Records.java read`. See the README beside this. */

import { LegacyRecordBatch, readLegacyBatches } from '../../src/protocol/records/legacy-batch.ts'
import type { KafkaRecord } from '../../src/protocol/records/record.ts'
import { type RecordBatch, readBatches } from '../../src/protocol/records/record-batch.ts'
import { goldenCases } from '../../test/protocol/records/golden/cases.ts'

const hex = (bytes: Buffer | null) => (bytes === null ? 'null' : `x${bytes.toString('hex')}`)

function describeBatch(batch: RecordBatch | LegacyRecordBatch, maxTimestamp: number): string {
  const { magic, compression, lastOffset } = batch
  const producer =
    batch instanceof LegacyRecordBatch
      ? [-1, -1, -1, false, false, -1]
      : [
          batch.producerId,
          batch.producerEpoch,
          batch.baseSequence,
          batch.isTransactional,
          batch.isControl,
          batch.partitionLeaderEpoch,
        ]
  return `[${[`v${magic}`, compression, lastOffset, maxTimestamp, ...producer].join(' ')}]`
}

function describeRecord({ offset, timestamp, key, value, headers }: KafkaRecord): string {
  const named = headers.map((header) => `${hex(Buffer.from(header.key))}=${hex(header.value)}`)
  return `(${[offset, timestamp, hex(key), hex(value), ...named].join(' ')})`
}

for (const { name, magic, compression, ours, expected } of goldenCases) {
  const batches = magic === 2 ? [...readBatches(ours)] : [...readLegacyBatches(ours)]
  const text = batches.map((batch, i) => {
    // Without compression every message of a message set is a batch of its own.
    const records = magic < 2 && compression === 'none' ? expected.slice(i, i + 1) : expected
    const maxTimestamp = Math.max(...records.map(({ timestamp }) => timestamp))
    return describeBatch(batch, maxTimestamp) + records.map(describeRecord).join('')
  })
  console.log([name, ours.toString('base64'), text.join('')].join('\t'))
}
