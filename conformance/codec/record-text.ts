import { type AnyBatch, readAnyBatches } from '../../src/protocol/records/any-batch.ts'
import type { CompressionType, Magic, TimestampType } from '../../src/protocol/records/batch-layout.ts'
import { controlRecordType, readEndTransactionMarker } from '../../src/protocol/records/control-record.ts'
import { LegacyRecordBatch } from '../../src/protocol/records/legacy-batch.ts'
import type { KafkaRecord } from '../../src/protocol/records/record.ts'

/** All that there is to say of a batch. */
export interface BatchContent {
  readonly magic: Magic
  readonly compression: CompressionType
  readonly timestampType: TimestampType
  /** null in message sets. */
  readonly baseOffset: number | null
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly partitionLeaderEpoch: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly deleteHorizonMs: number | null
  readonly records: readonly KafkaRecord[]
}

/** What every message of magic 0 and 1 has of a batch's state: none. */
export const noState = {
  baseOffset: null,
  producerId: -1,
  producerEpoch: -1,
  baseSequence: -1,
  lastSequence: -1,
  partitionLeaderEpoch: -1,
  isTransactional: false,
  isControl: false,
  deleteHorizonMs: null,
} as const

/** What we read in a record set. Throws for a CRC that is not right, as for all that cannot be read. */
export function readContents(bytes: Buffer): BatchContent[] {
  return [...readAnyBatches(bytes)].map(contentOf)
}

function contentOf(batch: AnyBatch): BatchContent {
  if (batch.crc !== batch.computeCrc()) throw new RangeError(`the CRC is ${batch.crc}, not ${batch.computeCrc()}`)
  const { compression, timestampType, lastOffset } = batch
  const records = [...batch.records()]
  if (batch instanceof LegacyRecordBatch) {
    const { magic, timestamp: maxTimestamp } = batch
    return { ...noState, magic, compression, timestampType, lastOffset, maxTimestamp, records }
  }
  const { baseOffset, maxTimestamp, producerId, producerEpoch, baseSequence, lastSequence } = batch
  const { partitionLeaderEpoch, isTransactional, isControl, deleteHorizonMs } = batch
  return {
    magic: 2,
    compression,
    timestampType,
    baseOffset,
    lastOffset,
    maxTimestamp,
    producerId,
    producerEpoch,
    baseSequence,
    lastSequence,
    partitionLeaderEpoch,
    isTransactional,
    isControl,
    deleteHorizonMs,
    records,
  }
}

/** Batches as RecordsText.java writes what Kafka reads. */
export function recordText(batches: readonly BatchContent[]): string {
  return batches.map((batch) => headerText(batch) + batch.records.map((it) => text(it, batch)).join('')).join('')
}

function headerText(batch: BatchContent): string {
  const { magic, compression, timestampType, baseOffset, lastOffset, maxTimestamp, deleteHorizonMs } = batch
  return `[${[
    `v${magic}`,
    compression,
    magic === 0 ? 'NoTimestampType' : timestampType,
    baseOffset ?? '-',
    lastOffset,
    maxTimestamp,
    batch.producerId,
    batch.producerEpoch,
    batch.baseSequence,
    batch.lastSequence,
    batch.partitionLeaderEpoch,
    batch.isTransactional ? 'transactional' : '-',
    batch.isControl ? 'control' : '-',
    deleteHorizonMs ?? '-',
    magic < 2 ? '-' : batch.records.length,
  ].join(' ')}]`
}

function text(record: KafkaRecord, { isControl }: BatchContent): string {
  const { offset, timestamp, key, value, headers } = record
  const named = headers.map((header) => `${hex(Buffer.from(header.key))}=${hex(header.value)}`)
  const control = isControl ? controlText(record) : []
  return `(${[offset, timestamp, hex(key), hex(value), ...named, ...control].join(' ')})`
}

function controlText(record: KafkaRecord): (string | number)[] {
  const marker = readEndTransactionMarker(record)
  return marker === null ? [controlRecordType(record)] : [marker.type, marker.coordinatorEpoch]
}

function hex(bytes: Buffer | null): string {
  return bytes === null ? 'null' : `x${bytes.toString('hex')}`
}
