import { inspect } from 'node:util'
import { checkNames } from '../../intercept/nearest.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { murmur2 } from '../../protocol/murmur2.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { compressionTypes } from '../../protocol/records/batch-layout.ts'
import { isInternalTopic } from '../replication/internal-topics.ts'
import { partitionCount } from './auto-created.ts'
import { type ClusterView, endOfEpoch, leaderReplica } from './cluster-view.ts'
import { type PlacedRecord, recordsToAppend } from './record-bytes.ts'
import { checkLed, checkPartition, leaderless } from './record-scan.ts'
import type { AppendedRecord, AppendOptions } from './record-to-append.ts'

/** What is left to wait for. */
export interface Appended {
  /** In the order in which they were given. */
  readonly records: readonly AppendedRecord[]
  /** For each partition what consumers have to see before the records are there for them. */
  readonly ends: readonly AppendedEnd[]
}

/** What was appended to a partition, as a whole. */
export interface AppendedEnd {
  readonly index: number
  readonly topicId: string
  readonly leaderEpoch: number
  /** Of the record after the last of them. */
  readonly end: number
}

const OPTIONS = ['compression', 'acks']

/**
 * Appends records to the logs of their partitions' leaders, as one batch for each partition: within one turn.
 * @param partition where all of them belong; undefined: each where it says, or its key
 * @throws TypeError, RangeError for what cannot be appended; Error where nobody leads; KafkaError NOT_ENOUGH_REPLICAS, INVALID_TOPIC_EXCEPTION, …; RecordsError
 * MESSAGE_TOO_LARGE, INVALID_RECORD, …: what a producer would be told
 */
export function appendRecords(
  view: ClusterView,
  topic: string,
  partition: number | undefined,
  records: unknown,
  options: AppendOptions,
): Appended {
  checkOptions(options)
  const { compression = 'none', acks = -1 } = options
  const placed = recordsToAppend(records, view.queue.clock.now())
  if (isInternalTopic(topic)) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `append: ${topic} is the brokers' own, nobody else writes to it`)
  }
  // In a turn of its own: brokers hear of a topic when that is over.
  const count = view.queue.turn(() => partitionCount(view, 'append', topic))
  return view.queue.turn(() => {
    const indices = placeAll(view, topic, count, partition, placed)
    const wanted = new Set(indices)
    for (const index of wanted) checkLed(view, topic, index)
    const appended: AppendedRecord[] = []
    const ends: AppendedEnd[] = []
    for (const index of [...wanted].sort((a, b) => a - b)) {
      const places = indices.flatMap((one, place) => (one === index ? [place] : []))
      const inputs = places.map((place) => (placed[place] as PlacedRecord).input)
      const replica = leaderReplica(view, topic, index)
      if (replica === undefined) throw new Error(leaderless(view, topic, index))
      const batch = buildBatch(inputs, { compression })
      const { baseOffset, lastOffset, logAppendTime } = replica.append(batch, { origin: 'client', requiredAcks: acks })
      const { topicId, leaderEpoch } = replica
      ends.push({ index, topicId, leaderEpoch, end: lastOffset + 1 })
      places.forEach((place, i) => {
        const timestamp = logAppendTime === -1 ? (inputs[i]?.timestamp ?? -1) : logAppendTime
        appended[place] = { topic, partition: index, offset: baseOffset + i, timestamp }
      })
    }
    return { records: appended, ends: acks === -1 ? ends : [] }
  })
}

/**
 * Whether consumers see what was appended to a partition.
 * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER when they never will: it is lost
 */
export function isVisible(
  view: ClusterView,
  topic: string,
  { index, topicId, leaderEpoch, end }: AppendedEnd,
): boolean {
  if (view.image.topic(topic)?.id !== topicId) {
    throw new KafkaError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `append: ${topic} was deleted before consumers saw what was appended`,
    )
  }
  const replica = leaderReplica(view, topic, index)
  if (replica === undefined) return false
  if (replica.leaderEpoch !== leaderEpoch && replica.isLeader && endOfEpoch(replica, leaderEpoch) < end) {
    throw new KafkaError(
      'NOT_LEADER_OR_FOLLOWER',
      `append: what was appended to ${topic}-${index} is lost: broker ${replica.leaderId} leads it now, and never had it`,
    )
  }
  return replica.highWatermark >= end
}

function checkOptions(options: AppendOptions): void {
  checkNames('append', options, OPTIONS)
  const { compression, acks } = options
  if (compression !== undefined && !compressionTypes.includes(compression)) {
    throw new TypeError(`append: compression is one of ${compressionTypes.join(', ')}, not ${inspect(compression)}`)
  }
  if (acks !== undefined && acks !== -1 && acks !== 1)
    throw new TypeError(`append: acks is -1 or 1, not ${inspect(acks)}`)
}

/** Where each record goes. */
function placeAll(
  view: ClusterView,
  topic: string,
  count: number,
  partition: number | undefined,
  records: readonly PlacedRecord[],
): readonly number[] {
  if (partition !== undefined) checkPartition(topic, partition, count)
  // Without a key, where the least has been written so far: one after the other, and the same in each run.
  const room = Array.from({ length: count }, (_, index) => leaderReplica(view, topic, index)?.logEndOffset)
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
