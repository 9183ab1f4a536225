import { KafkaCluster } from '../../../broker/cluster.ts'
import { isObject, optionalInteger, optionalList, optionalText, unprocessable } from '../http/json.ts'
import { RestAnswer, type RestCall, type Route } from '../http/service.ts'
import { ConsumerInstance } from './consumer-instance.ts'
import { type EmbeddedFormat, formatOf, fromBytes } from './embedded-format.ts'
import { formatMismatch, instanceExists, instanceNotFound, invalidConsumerConfig } from './errors.ts'

const INSTANCE = '/consumers/:group/instances/:instance'
const MAX_BYTES = 64 * 1024 * 1024
/** ms, as `consumer.request.timeout.ms` of the real one. */
const TIMEOUT_MS = 1000

/** The second version's consumers: each is made, subscribed, asked for records, and deleted. */
export function v2Consumers(cluster: KafkaCluster, url: string): readonly Route[] {
  const instances = new Map<string, ConsumerInstance>()
  let made = 0
  const keyOf = (call: RestCall, name: string): string => JSON.stringify([call.param('group'), name])
  const instanceOf = (call: RestCall): ConsumerInstance => {
    const found = instances.get(keyOf(call, call.param('instance')))
    if (found === undefined) throw instanceNotFound()
    return found
  }

  return [
    [
      'post',
      '/consumers/:group',
      async (call) => {
        const body = await call.body()
        const name = optionalText(body, 'name') ?? `rest-consumer-${++made}`
        const key = keyOf(call, name)
        if (instances.has(key)) throw instanceExists()
        const reset = optionalText(body, 'auto.offset.reset') ?? 'latest'
        if (reset !== 'earliest' && reset !== 'latest') {
          throw invalidConsumerConfig(`auto.offset.reset is earliest or latest, not ${reset}`)
        }
        const format = formatNamed(optionalText(body, 'format') ?? 'binary')
        const autoCommit = String(body['auto.commit.enable'] ?? 'false').toLowerCase() === 'true'
        const instance = new ConsumerInstance(cluster, { group: call.param('group'), name, format, reset, autoCommit })
        instances.set(key, instance)
        KafkaCluster.atStop(cluster, () => void instance.close().catch(() => {}))
        const group = encodeURIComponent(call.param('group'))
        return { instance_id: name, base_uri: `${url}/consumers/${group}/instances/${encodeURIComponent(name)}` }
      },
    ],
    [
      'delete',
      INSTANCE,
      async (call) => {
        const instance = instanceOf(call)
        instances.delete(keyOf(call, call.param('instance')))
        await instance.close()
      },
    ],
    [
      'post',
      `${INSTANCE}/subscription`,
      async (call) => {
        const topics = optionalList(await call.body(), 'topics')
        if (topics === undefined) throw unprocessable('topics are wanted: this proxy subscribes to no topic_pattern')
        await instanceOf(call).subscribe(topics.map(String))
      },
    ],
    ['get', `${INSTANCE}/subscription`, (call) => ({ topics: instanceOf(call).topics })],
    ['delete', `${INSTANCE}/subscription`, (call) => instanceOf(call).subscribe([])],
    ['get', `${INSTANCE}/assignments`, (call) => ({ partitions: instanceOf(call).assignments })],
    [
      'get',
      `${INSTANCE}/records`,
      async (call) => {
        const instance = instanceOf(call)
        const { format } = instance.options
        const wanted = formatOf(call.headers.get('accept')) ?? 'binary'
        if (wanted !== format) throw formatMismatch()
        const limits = [call.integer('max_bytes', MAX_BYTES), call.integer('timeout', TIMEOUT_MS)] as const
        const records = (await instance.take(...limits)).map(({ topic, key, value, partition, offset }) => ({
          topic,
          key: fromBytes(format, key),
          value: fromBytes(format, value),
          partition,
          offset,
        }))
        return new RestAnswer(records, { contentType: `application/vnd.kafka.${format}.v2+json` })
      },
    ],
    [
      'post',
      `${INSTANCE}/offsets`,
      async (call) => {
        const instance = instanceOf(call)
        const offsets = (await call.hasBody()) ? (optionalList(await call.body(), 'offsets') ?? []) : []
        await instance.commit(offsets.map(offsetOf))
        return new RestAnswer({})
      },
    ],
    [
      'get',
      `${INSTANCE}/offsets`,
      async (call) => {
        const { group } = instanceOf(call).options
        const wanted = (optionalList(await call.body(), 'partitions') ?? []).filter(isObject)
        const committed = await cluster.group(group).offsets()
        const offsets = wanted.flatMap(({ topic, partition }) => {
          const found = committed.find((one) => one.topic === topic && one.partition === partition)
          return found === undefined ? [] : [{ topic, partition, offset: found.offset, metadata: found.metadata ?? '' }]
        })
        return { offsets }
      },
    ],
  ]
}

function formatNamed(name: string): EmbeddedFormat {
  if (name === 'binary' || name === 'json') return name
  throw invalidConsumerConfig(`the format is binary or json, not ${name}: this proxy deserialises nothing by schemas`)
}

function offsetOf(value: unknown): { topic: string; partition: number; offset: number } {
  if (isObject(value)) {
    const topic = optionalText(value, 'topic')
    const partition = optionalInteger(value, 'partition')
    const offset = optionalInteger(value, 'offset')
    if (topic !== undefined && partition !== undefined && offset !== undefined) return { topic, partition, offset }
  }
  throw unprocessable(`an offset has topic, partition and offset: ${JSON.stringify(value)}`)
}
