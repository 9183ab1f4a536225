import { KafkaCluster } from '../../../broker/cluster.ts'
import { RestAnswer, type RestCall, type Route } from '../http/service.ts'
import type { ConsumerInstance } from './consumers/consumer-instance.ts'
import { instanceOptions } from './consumers/instance-options.ts'
import { Instances } from './consumers/instances.ts'
import { converterOf, isServedAs } from './consumers/record-conversion.ts'
import { committedWanted, offsetsOf, partitionsOf, seekOf } from './consumers/requests.ts'
import { NONE, ofPartitions, ofPattern, ofTopics } from './consumers/subscription.ts'
import { formatMismatch } from './errors.ts'
import { Fields } from './fields.ts'
import { demandV2, wantedFormat } from './negotiation.ts'
import type { RecordSchemas } from './schemas/record-schemas.ts'

const INSTANCE = '/consumers/:group/instances/:instance'
/** `consumer.request.max.bytes` of the real one where nobody has set it. */
const MAX_BYTES = 64 * 1024 * 1024

/** The second version's consumers: each is made, told what to read and where, asked for records, and deleted. */
export function v2Consumers(cluster: KafkaCluster, url: string, schemas: RecordSchemas): readonly Route[] {
  const instances = new Instances(cluster)
  KafkaCluster.atStop(cluster, () => void instances.close().catch(() => {}))
  const instanceOf = (call: RestCall): ConsumerInstance => instances.get(call.param('group'), call.param('instance'))
  /** What is sent to an instance. */
  const sent = async (call: RestCall): Promise<unknown> => {
    demandV2(call)
    return call.body()
  }

  return [
    [
      'post',
      '/consumers/:group',
      async (call) => {
        demandV2(call)
        const body = (await call.hasBody()) ? await call.body() : {}
        const options = instanceOptions(body, call.param('group'), () => instances.nameless())
        schemas.check(options.format)
        instances.add(options)
        const group = encodeURIComponent(options.group)
        return {
          instance_id: options.name,
          base_uri: `${url}/consumers/${group}/instances/${encodeURIComponent(options.name)}`,
        }
      },
    ],
    ['delete', INSTANCE, (call) => instances.delete(call.param('group'), call.param('instance'))],
    [
      'post',
      `${INSTANCE}/subscription`,
      async (call) => {
        const fields = new Fields(await sent(call), ['topics', 'topic_pattern'])
        const instance = instanceOf(call)
        const [topics, pattern] = [fields.list('topics'), fields.text('topic_pattern')]
        if (topics !== undefined) await instance.subscribe(ofTopics(topics.map((topic) => String(topic ?? ''))))
        else if (pattern !== undefined) await instance.subscribe(ofPattern(pattern))
      },
    ],
    ['get', `${INSTANCE}/subscription`, (call) => ({ topics: instanceOf(call).topics })],
    ['delete', `${INSTANCE}/subscription`, (call) => instanceOf(call).subscribe(NONE)],
    [
      'post',
      `${INSTANCE}/assignments`,
      async (call) => {
        const partitions = partitionsOf(await sent(call))
        await instanceOf(call).subscribe(ofPartitions(partitions))
      },
    ],
    ['get', `${INSTANCE}/assignments`, (call) => ({ partitions: instanceOf(call).assignment })],
    ['get', `${INSTANCE}/records`, (call) => records(call, () => instanceOf(call), schemas)],
    [
      'post',
      `${INSTANCE}/positions`,
      async (call) => {
        const { offsets, times } = seekOf(await sent(call))
        const instance = instanceOf(call)
        for (const { offset, ...partition } of offsets) instance.seek(partition, offset)
        for (const { time, ...partition } of times) await instance.seekToTime(partition, time)
      },
    ],
    [
      'post',
      `${INSTANCE}/positions/beginning`,
      async (call) => {
        const partitions = partitionsOf(await sent(call))
        instanceOf(call).seekAll(partitions, 'beginning')
      },
    ],
    [
      'post',
      `${INSTANCE}/positions/end`,
      async (call) => {
        const partitions = partitionsOf(await sent(call))
        instanceOf(call).seekAll(partitions, 'end')
      },
    ],
    [
      'post',
      `${INSTANCE}/offsets`,
      async (call) => {
        demandV2(call)
        const instance = instanceOf(call)
        if (await call.hasBody()) await instance.commit(offsetsOf(await call.body()))
        else await instance.commitAll()
        return []
      },
    ],
    [
      'get',
      `${INSTANCE}/offsets`,
      async (call) => {
        const instance = instanceOf(call)
        return { offsets: await committedWanted(call, instance, cluster) }
      },
    ],
  ]
}

async function records(call: RestCall, find: () => ConsumerInstance, schemas: RecordSchemas): Promise<RestAnswer> {
  const [wanted, contentType] = wantedFormat(call)
  const instance = find()
  const { format, minBytes, timeoutMs } = instance.options
  if (!isServedAs(format, wanted)) throw formatMismatch()
  const [maxBytes, timeout] = [call.integer('max_bytes', -1), call.integer('timeout', -1)]
  const taken = await instance.take(
    {
      maxBytes: maxBytes <= 0 ? MAX_BYTES : Math.min(maxBytes, MAX_BYTES),
      minBytes,
      timeoutMs: timeout <= 0 ? timeoutMs : Math.min(timeout, timeoutMs),
    },
    converterOf(format, schemas),
  )
  return new RestAnswer(taken, { contentType })
}
