import { KafkaError } from '../../../protocol/errors.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { isInternalTopic } from '../../replication/internal-topics.ts'
import { partitionCount } from '../auto-created.ts'
import { type ClusterView, checkRuns, endOfEpoch, leaderReplica } from '../cluster-view.ts'
import { checkAppendOptions, placeAll } from './placement.ts'
import { type PlacedRecord, recordsToAppend } from './record-bytes.ts'
import { checkLed, leaderless } from './record-scan.ts'
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
  checkAppendOptions(options)
  const { compression = 'none', acks = -1 } = options
  checkRuns(view, 'append')
  const placed = recordsToAppend(records, view.queue.clock.now())
  if (isInternalTopic(topic)) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `append: ${topic} is the brokers' own, nobody else writes to it`)
  }
  // In a turn of its own: brokers hear of a topic when that is over.
  const count = view.queue.turn(() => partitionCount(view, 'append', topic))
  return view.queue.turn(() => {
    const ends = Array.from({ length: count }, (_, index) => leaderReplica(view, topic, index)?.logEndOffset)
    const indices = placeAll({ topic, ends }, partition, placed)
    const wanted = new Set(indices)
    for (const index of wanted) checkLed(view, topic, index)
    const appended: AppendedRecord[] = []
    const waited: AppendedEnd[] = []
    for (const index of [...wanted].sort((a, b) => a - b)) {
      const places = indices.flatMap((one, place) => (one === index ? [place] : []))
      const inputs = places.map((place) => (placed[place] as PlacedRecord).input)
      const replica = leaderReplica(view, topic, index)
      if (replica === undefined) throw new Error(leaderless(view, topic, index))
      const batch = buildBatch(inputs, { compression })
      const { baseOffset, lastOffset, logAppendTime } = replica.append(batch, { origin: 'client', requiredAcks: acks })
      const { topicId, leaderEpoch } = replica
      waited.push({ index, topicId, leaderEpoch, end: lastOffset + 1 })
      places.forEach((place, i) => {
        const timestamp = logAppendTime === -1 ? (inputs[i]?.timestamp ?? -1) : logAppendTime
        appended[place] = { topic, partition: index, offset: baseOffset + i, timestamp }
      })
    }
    return { records: appended, ends: acks === -1 ? waited : [] }
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
