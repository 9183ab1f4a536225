import { nearest } from '../../intercept/nearest.ts'
import type { StoryAbout } from '../timeline/story.ts'
import { clientTold } from './client-words.ts'
import { type ClusterView, leaderReplica } from './cluster-view.ts'
import { listed } from './listed.ts'
import type { PartitionScan } from './records/partition-scan.ts'
import { leaderless } from './records/record-scan.ts'
import { type PartitionTold, recordsTold } from './records/record-words.ts'

/*
 * What there is in place of what a test waited for: the lines of its error.
 */

const TOLD_LINES = 10

/** The records of a topic, how many in each partition and what the last of them are. */
export function recordsSeen(view: ClusterView, topic: string, scanned: readonly PartitionScan[]): string {
  if (view.image.topic(topic) === undefined) return `There is no topic ${topic}${topicsThere(view, topic)}.`
  return recordsTold(scanned.map((partition) => partitionSeen(view, partition)))
}

function partitionSeen(view: ClusterView, { topic, index, found }: PartitionScan): PartitionTold {
  const name = `${topic}-${index}`
  const partition = leaderReplica(view, topic, index)
  if (partition === undefined) return { name, found, instead: leaderless(view, topic, index) }
  const unseen = partition.logEndOffset - partition.highWatermark
  const uncommitted = unseen > 0 ? `, and ${unseen} that not every in-sync replica has yet` : ''
  const undecided = partition.highWatermark - partition.lastStableOffset
  const open = undecided > 0 ? `; from offset ${partition.lastStableOffset} on a transaction is open` : ''
  return { name, found, more: `${uncommitted}${open}` }
}

function topicsThere({ image }: ClusterView, wanted: string): string {
  const names = [...image.topics()].map(({ name }) => name).filter((name) => !name.startsWith('__'))
  const guess = nearest(wanted, names)
  if (guess !== undefined) return ` (there is ${guess})`
  return names.length === 0 ? ', nor any other' : ` (there are ${listed(names)})`
}

/** Who is connected, and what the timeline has to say, where it records and nobody else tells it. */
export function surroundingsSeen(view: ClusterView, about: StoryAbout): string {
  const { timeline, waits } = view
  const story = timeline.isRecording && !waits.isStoryTold ? timeline.story({ last: TOLD_LINES, about }) : ''
  return [clientsSeen(view), ...(story === '' ? [] : ['What happened:', story])].join('\n')
}

/** Who is connected, and what each has asked for last. */
export function clientsSeen({ connections }: ClusterView): string {
  const open = connections()
  if (open.length === 0) return 'No client is connected.'
  const clients = new Set(open.map(clientTold))
  return `Connected ${clients.size === 1 ? 'is' : 'are'}: ${listed([...clients], '; ')}.`
}
