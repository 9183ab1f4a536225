import type { Writable } from 'node:stream'
import { inspect } from 'node:util'
import type { Events } from '../broker/events.ts'

/** Writes a line for what happens in the cluster: connections, topics, groups, bugs, and when asked each request. */
export function logEvents(events: Events, { requests, out }: { requests: boolean; out: Writable }): void {
  const line = (text: string): void => {
    out.write(`${new Date().toISOString()} ${text}\n`)
  }
  events.on('connection:open', ({ nodeId, remote }) => line(`broker ${nodeId}: ${remote} connected`))
  events.on('connection:close', ({ nodeId, remote, reason }) =>
    line(`broker ${nodeId}: ${remote} ${reason === undefined ? 'disconnected' : `was disconnected: ${reason}`}`),
  )
  events.on('topic:create', ({ name, partitions, topicId }) =>
    line(`topic ${name} created: ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, id ${topicId}`),
  )
  events.on('topic:delete', ({ name, topicId }) => line(`topic ${name} deleted, id ${topicId}`))
  events.on('group:state', ({ groupId, state, generationId, members }) =>
    line(
      `group ${groupId} is ${state}: generation ${generationId}, ${members} ${members === 1 ? 'member' : 'members'}`,
    ),
  )
  // With its stack: there is a bug, and this is all that a report of it will have.
  events.on('unhandledException', ({ error, request: { api, version, clientId } }) =>
    line(`${api} v${version} from ${clientId ?? 'a nameless client'} met a bug in memkafka: ${inspect(error)}`),
  )
  if (!requests) return
  events.on('request:end', ({ nodeId, api, version, clientId, durationMs }) =>
    line(`broker ${nodeId}: ${api} v${version} from ${clientId ?? 'a nameless client'}, ${durationMs} ms`),
  )
}
