import type { ProducerMessage } from '../../../client/index.ts'
import { isObject, optionalInteger, optionalList, unprocessable } from '../http/json.ts'
import { RestError } from '../http/rest-error.ts'
import type { RestCall, Route } from '../http/service.ts'
import { type EmbeddedFormat, formatOf, toBytes } from './embedded-format.ts'
import { kafkaFailure, partitionNotFound, topicNotFound } from './errors.ts'
import type { ProxyClient } from './proxy-client.ts'

/** The second version's topics and partitions: what they are, and records produced to them. */
export function v2Topics(client: ProxyClient): readonly Route[] {
  return [
    ['get', '/topics', () => client.admin(async (admin) => [...(await admin.listTopics()).keys()].sort())],
    ['get', '/topics/:topic', (call) => topic(client, call.param('topic'))],
    ['post', '/topics/:topic', (call) => produce(client, call, undefined)],
    ['get', '/topics/:topic/partitions', async (call) => (await topic(client, call.param('topic'))).partitions],
    ['get', '/topics/:topic/partitions/:partition', (call) => partition(client, call)],
    [
      'post',
      '/topics/:topic/partitions/:partition',
      async (call) => produce(client, call, (await partition(client, call)).partition),
    ],
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

async function produce(client: ProxyClient, call: RestCall, to: number | undefined): Promise<unknown> {
  const format = produceFormat(call)
  const records = optionalList(await call.body(), 'records') ?? []
  if (records.length === 0) throw unprocessable('records may not be empty')
  const name = call.param('topic')
  const messages = records.map((record): ProducerMessage => {
    if (!isObject(record)) throw unprocessable(`a record is to be an object, not ${JSON.stringify(record)}`)
    const index = to ?? optionalInteger(record, 'partition', 'the partition of a record')
    const timestamp = optionalInteger(record, 'timestamp', 'the timestamp of a record')
    return {
      topic: name,
      key: toBytes(format, record.key),
      value: toBytes(format, record.value),
      ...(index === undefined ? {} : { partition: index }),
      ...(timestamp === undefined ? {} : { timestamp }),
    }
  })
  const sent = await client.produce(messages)
  const offsets = sent.map((result) => {
    if (!(result instanceof Error)) return { ...result, error_code: null, error: null }
    // Of each record it is told whether a retry helps.
    const { errorCode, message } = kafkaFailure(result)
    return { partition: null, offset: null, error_code: errorCode === 50003 ? 2 : 1, error: message }
  })
  return { offsets, key_schema_id: null, value_schema_id: null }
}

/** What is not one of the formats of records is read as binary, as the real one reads `application/json`. */
function produceFormat(call: RestCall): EmbeddedFormat {
  const format = formatOf(call.headers.get('content-type'))
  if (format !== 'avro') return format ?? 'binary'
  throw new RestError(
    415,
    415,
    'HTTP 415 Unsupported Media Type: this proxy serialises nothing by schemas; send binary, which a serializer of yours has made',
  )
}
