import type { KafkaCluster } from '../../broker/cluster.ts'
import type { AppendedRecord, RecordToAppend } from '../../broker/handles/records/record-to-append.ts'
import { type AboutPartition, checkOptions, groupOf, partitionOf } from './scenario.ts'

/** Neither UTF-8 nor JSON, nor anything that a schema registry's wire format (a zero, then the schema's id) begins with. */
const POISON: readonly number[] = [0xff, 0xfe, 0x7b, 0x22, 0xc3, 0x28]

/**
 * Puts a record into a partition that a consumer cannot make sense of. To Kafka and to the client library it is a record as any other, with
 * a valid checksum: it is the code that reads its value which stumbles. (For bytes that the library itself refuses: `KafkaResponse.corrupt('crc')`.)
 *
 * @param options `value`: anything that `append` takes. Default: bytes that are neither UTF-8 nor JSON. `key`, `headers`, `timestamp`: as in `append`
 * @returns where it lies: what is to be dead-lettered, or skipped
 * @throws RangeError for a topic or a partition that is not there
 */
export async function poisonRecord(
  cluster: KafkaCluster,
  options: AboutPartition & Omit<RecordToAppend, 'partition'>,
): Promise<AppendedRecord> {
  checkOptions('poisonRecord', options, ['topic', 'partition', 'key', 'value', 'headers', 'timestamp'], ['topic'])
  const { topic, partition, ...record } = options
  const into = partitionOf('poisonRecord', cluster, options)
  const [appended] = await into.append({ value: Buffer.from(POISON), ...record })
  return appended as AppendedRecord
}

/**
 * Deletes all records of a partition, as retention does with old ones: whoever wants to read one of them is told OFFSET_OUT_OF_RANGE, and goes on where
 * its `auto.offset.reset` (kafkajs: `fromBeginning`) says. What was deleted nobody reads any more.
 *
 * @param options `group`: whose committed offset is to be gone; it is made sure that it is
 * @returns `logStartOffset`: where the log begins now
 * @throws RangeError for a topic, a partition or a group that is not there, and when nothing is deleted that the group has not read
 */
export async function expiredOffset(
  cluster: KafkaCluster,
  options: AboutPartition & { readonly group?: string },
): Promise<{ readonly logStartOffset: number }> {
  checkOptions('expiredOffset', options, ['topic', 'partition', 'group'], ['topic'])
  const partition = partitionOf('expiredOffset', cluster, options)
  const { topic, index, logEndOffset, logStartOffset } = partition
  if (logEndOffset === logStartOffset) {
    throw new RangeError(`expiredOffset: ${topic}-${index} is empty: there is nothing that could expire`)
  }
  if (options.group !== undefined) {
    const { id, committed } = groupOf('expiredOffset', cluster, options.group)
    const own = committed.find((one) => one.topic === topic && one.partition === index)
    if (own === undefined) throw new RangeError(`expiredOffset: ${id} has committed nothing in ${topic}-${index}`)
    if (own.offset >= logEndOffset) {
      throw new RangeError(
        `expiredOffset: ${id} has read all of ${topic}-${index} (offset ${own.offset} of ${logEndOffset}): append what it has not read, and expire that`,
      )
    }
  }
  await partition.clear()
  return { logStartOffset: partition.logStartOffset }
}
