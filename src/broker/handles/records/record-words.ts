import type { KafkaRecord } from '../../../protocol/records/record.ts'
import { TOLD } from '../listed.ts'
import { shortened } from './test-record.ts'

/** How many records of a partition are told of one by one. */
const TOLD_RECORDS = 3

/** What is there of a partition, as errors tell it. */
export interface PartitionTold {
  readonly name: string
  readonly found: readonly KafkaRecord[]
  /** What else there is to say of it. */
  readonly more?: string
  /** In the place of all that, where it cannot be read. */
  readonly instead?: string
}

/** The records of a topic, how many in each partition and what the last of them are. */
export function recordsTold(partitions: readonly PartitionTold[]): string {
  const all = partitions.reduce((sum, { found }) => sum + found.length, 0)
  const lines = partitions.slice(0, TOLD).map((partition) => `  ${partition.instead ?? partitionTold(partition)}`)
  const more = partitions.length > TOLD ? [`  and ${partitions.length - TOLD} more partitions`] : []
  return [`There ${all === 1 ? 'is 1 record' : `are ${all} records`}:`, ...lines, ...more].join('\n')
}

function partitionTold({ name, found, more = '' }: PartitionTold): string {
  if (found.length === 0) return `${name}: none${more}`
  const last = found.slice(-TOLD_RECORDS).map(({ offset, value }) => {
    return `@${offset} ${value === null ? 'null' : shortened(value)}`
  })
  const which = found.length > TOLD_RECORDS ? ', the last of them' : ':'
  return `${name}: ${found.length}${which} ${last.join(', ')}${more}`
}
