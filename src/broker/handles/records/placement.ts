import { inspect } from 'node:util'
import { checkNames } from '../../../intercept/nearest.ts'
import { murmur2 } from '../../../protocol/murmur2.ts'
import { compressionTypes } from '../../../protocol/records/batch-layout.ts'
import type { PlacedRecord } from './record-bytes.ts'
import { checkPartition } from './record-scan.ts'
import type { AppendOptions } from './record-to-append.ts'

const OPTIONS = ['compression', 'acks']

/** @throws TypeError that says what to write instead */
export function checkAppendOptions(options: AppendOptions): void {
  checkNames('append', options, OPTIONS)
  const { compression, acks } = options
  if (compression !== undefined && !compressionTypes.includes(compression)) {
    throw new TypeError(`append: compression is one of ${compressionTypes.join(', ')}, not ${inspect(compression)}`)
  }
  if (acks !== undefined && acks !== -1 && acks !== 1)
    throw new TypeError(`append: acks is -1 or 1, not ${inspect(acks)}`)
}

/** The topic that records go to. */
interface Room {
  readonly topic: string
  /** Of each partition, where its log ends; undefined where nobody leads it, or nobody has asked. */
  readonly ends: readonly (number | undefined)[]
}

/**
 * Where each record goes: to the partition that it names, else to where its key belongs, else to where the least has been written so far, one after the
 * other, and the same in each run.
 * @param partition where all of them belong; undefined: each where it says, or its key
 * @throws RangeError for a partition that is not there
 */
export function placeAll(
  { topic, ends }: Room,
  partition: number | undefined,
  records: readonly PlacedRecord[],
): readonly number[] {
  const count = ends.length
  if (partition !== undefined) checkPartition(topic, partition, count)
  const room = [...ends]
  return records.map(({ key, partition: own }) => {
    if (own !== undefined && partition !== undefined && own !== partition) {
      throw new RangeError(`append: a record of partition ${own} cannot be put into ${topic}-${partition}`)
    }
    const index = own ?? partition ?? (key === null ? emptiest(room) : (murmur2(key) & 0x7fffffff) % count)
    checkPartition(topic, index, count)
    room[index] = (room[index] ?? 0) + 1
    return index
  })
}

/** The partition that has been written least, of those that have a leader. */
function emptiest(ends: readonly (number | undefined)[]): number {
  let best = 0
  ends.forEach((end, index) => {
    if (end !== undefined && end < (ends[best] ?? Number.POSITIVE_INFINITY)) best = index
  })
  return best
}
