import type { KafkaRecord, RecordInput } from './record.ts'
import { RecordsError } from './records-error.ts'

/** What a control record says, in the order of their ids. `UNKNOWN` is one of a later Kafka: readers pass it over. */
export type ControlRecordType =
  | 'ABORT'
  | 'COMMIT'
  | 'LEADER_CHANGE'
  | 'SNAPSHOT_HEADER'
  | 'SNAPSHOT_FOOTER'
  | 'KRAFT_VERSION'
  | 'KRAFT_VOTERS'
  | 'UNKNOWN'

const types: readonly ControlRecordType[] = [
  'ABORT',
  'COMMIT',
  'LEADER_CHANGE',
  'SNAPSHOT_HEADER',
  'SNAPSHOT_FOOTER',
  'KRAFT_VERSION',
  'KRAFT_VOTERS',
]

/** The end of a transaction, in every partition that it wrote to (KIP-98). */
export interface EndTransactionMarker {
  readonly type: 'ABORT' | 'COMMIT'
  readonly coordinatorEpoch: number
}

/** What the key of a control record says. `RecordsError` INVALID_RECORD if it says nothing. */
export function controlRecordType(record: KafkaRecord): ControlRecordType {
  const { key } = record
  if (key === null || key.length < 4) {
    throw new RecordsError(
      'INVALID_RECORD',
      `Invalid value size found for end control record key. Must have at least 4 bytes, but found only ${key?.length ?? 0}`,
    )
  }
  const version = key.readInt16BE(0)
  if (version < 0) {
    throw new RecordsError(
      'INVALID_RECORD',
      `Invalid version found for control record: ${version}. May indicate data corruption`,
    )
  }
  return types[key.readInt16BE(2)] ?? 'UNKNOWN'
}

/** Reads the marker in a record whose type is ABORT or COMMIT; null for the other types. */
export function readEndTransactionMarker(record: KafkaRecord): EndTransactionMarker | null {
  const type = controlRecordType(record)
  if (type !== 'ABORT' && type !== 'COMMIT') return null
  const { value } = record
  if (value === null || value.length < 6) {
    throw new RecordsError(
      'INVALID_RECORD',
      `Invalid value size found for end transaction marker. Must have at least 6 bytes, but found only ${value?.length ?? 0}`,
    )
  }
  return { type, coordinatorEpoch: value.readInt32BE(2) }
}

/** The record that ends a transaction: the only one of a batch that is transactional and control. */
export function endTransactionRecord(marker: EndTransactionMarker, timestamp: number): RecordInput {
  const key = Buffer.alloc(4)
  key.writeInt16BE(types.indexOf(marker.type), 2)
  const value = Buffer.alloc(6)
  value.writeInt32BE(marker.coordinatorEpoch, 2)
  return { key, value, timestamp }
}
