import { httpError } from '../http/rest-error.ts'
import type { RestCall, Route } from '../http/service.ts'
import { partitionNotFound, topicNotFound } from './errors.ts'
import type { ProxyClient } from './proxy-client.ts'
import type { RecordSchemas } from './schemas/record-schemas.ts'
import { v2Produce } from './v2-produce.ts'

/** The second version's topics and partitions: what they are, and records produced to them. */
export function v2Topics(client: ProxyClient, schemas: RecordSchemas): readonly Route[] {
  const produce = v2Produce(client, schemas)
  return [
    ['get', '/topics', () => client.admin(async (admin) => [...(await admin.listTopics()).keys()].sort())],
    ['get', '/topics/:topic', (call) => topic(client, call.param('topic'))],
    ['post', '/topics/:topic', (call) => produce(call, undefined)],
    ['get', '/topics/:topic/partitions', async (call) => (await topic(client, call.param('topic'))).partitions],
    ['get', '/topics/:topic/partitions/:partition', (call) => partition(client, call)],
    ['post', '/topics/:topic/partitions/:partition', (call) => produce(call, partitionOf(call))],
    [
      'get',
      '/topics/:topic/partitions/:partition/offsets',
      async (call) => {
        const { partition: index } = await partition(client, call)
        const { start, end } = await client.cluster.partition(call.param('topic'), index).offsets()
        return { beginning_offset: start, end_offset: end }
      },
    ],
    ['get', '/brokers', () => ({ brokers: client.cluster.brokers.map(({ nodeId }) => nodeId) })],
  ]
}

interface TopicAnswer {
  readonly name: string
  readonly configs: Readonly<Record<string, string | null>>
  readonly partitions: readonly {
    readonly partition: number
    readonly leader: number
    readonly replicas: readonly { readonly broker: number; readonly leader: boolean; readonly in_sync: boolean }[]
  }[]
}

function topic(client: ProxyClient, name: string): Promise<TopicAnswer> {
  return client.admin(async (admin) => {
    const found = (await admin.listTopics()).get(name)
    if (found === undefined) throw topicNotFound()
    const partitions = Array.from({ length: found.numPartitions }, (_, index) => {
      const { leader = -1, replicas, isr } = client.cluster.partition(name, index)
      return {
        partition: index,
        leader,
        replicas: replicas.map((broker) => ({ broker, leader: broker === leader, in_sync: isr.includes(broker) })),
      }
    })
    return { name, configs: Object.fromEntries(found.configEntries), partitions }
  })
}

async function partition(client: ProxyClient, call: RestCall): Promise<TopicAnswer['partitions'][number]> {
  const { partitions } = await topic(client, call.param('topic'))
  const found = partitions.find(({ partition: index }) => String(index) === call.param('partition'))
  if (found === undefined) throw partitionNotFound()
  return found
}

/** @throws RestError 404 for what is no number */
function partitionOf(call: RestCall): number {
  const text = call.param('partition')
  if (!/^\d{1,9}$/.test(text)) throw httpError(404, 'Not Found')
  return Number(text)
}
