import type { ClusterEvents, Events } from '../events.ts'
import { endpointName } from '../link-conditions.ts'
import type { TimelineRecorder } from './recorder.ts'
import type { BrokerEntry } from './timeline-entry.ts'

const BROKER_CHANGES: readonly BrokerEntry['change'][] = ['start', 'stop', 'pause', 'resume', 'fence', 'unfence']

/** Has a recorder hear of all that happens other than requests. */
export function listen(events: Events, recorder: TimelineRecorder): void {
  for (const change of BROKER_CHANGES) {
    events.on(`broker:${change}`, ({ nodeId }) => recorder.note({ kind: 'broker', nodeId, change }))
  }
  events.on('topic:create', ({ name, partitions }) =>
    recorder.note({ kind: 'topic', topic: name, change: 'create', partitions }),
  )
  events.on('topic:delete', ({ name }) => recorder.note({ kind: 'topic', topic: name, change: 'delete' }))
  events.on('group:state', ({ groupId, state, generationId, members }) =>
    recorder.note({ kind: 'group', groupId, state, generationId, members }),
  )
  events.on('partition:leader', ({ topic, partition, leader, leaderEpoch }) =>
    recorder.noteChange(partition, { topic, change: 'leader', leader, leaderEpoch }),
  )
  events.on('partition:isr', ({ topic, partition, isr }) =>
    recorder.noteChange(partition, { topic, change: 'isr', isr }),
  )
  events.on('connection:open', (connection) => recorder.opened(connection))
  events.on('connection:close', ({ reason, ...connection }) => recorder.closed(connection, reason))
  listenToNetwork(events, recorder)
}

function listenToNetwork(events: Events, recorder: TimelineRecorder): void {
  events.on('network:split', ({ sides }) =>
    recorder.note({ kind: 'network', change: 'split', sides: sides.map((side) => side.map(endpointName)) }),
  )
  events.on('network:heal', () => recorder.note({ kind: 'network', change: 'heal' }))
  events.on('network:link', ({ ends: [one, other], delay, drop }: ClusterEvents['network:link']) =>
    recorder.note({ kind: 'network', change: 'link', ends: [endpointName(one), endpointName(other)], delay, drop }),
  )
}
