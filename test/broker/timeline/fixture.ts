import type { TimelineEntry } from '../../../src/broker/timeline/timeline-entry.ts'
import type { KafkaCluster } from '../../../src/index.ts'
import { type Started, start } from '../../testing/fixture.ts'

/** A cluster whose timeline is kept, with orders and bills, of three partitions each. */
export function startRecording(options: Parameters<typeof start>[0] = {}): Promise<Started> {
  return start({ timeline: true, ...options })
}

type Of<Kind> = Extract<TimelineEntry, { kind: Kind }>

/** The entries of one kind. */
export function entriesOf<Kind extends TimelineEntry['kind']>(cluster: KafkaCluster, kind: Kind): readonly Of<Kind>[] {
  return cluster.timeline.entries.filter((entry): entry is Of<Kind> => entry.kind === kind)
}

/** The entries of requests of one API. */
export function requestsOf(cluster: KafkaCluster, api: string): readonly Of<'request'>[] {
  return entriesOf(cluster, 'request').filter((entry) => entry.api === api)
}
