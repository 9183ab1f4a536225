import type { KafkaCluster } from '../../../../broker/cluster.ts'
import type { RestCall } from '../../http/service.ts'
import { internalError, partitionNotFound } from '../errors.ts'
import { Fields } from '../fields.ts'
import { instantOf } from '../instant.ts'
import type { CommittedOffset, TopicPartition } from './committed-offsets.ts'
import type { ConsumerInstance } from './consumer-instance.ts'

/** `{"partitions": [{"topic": …, "partition": …}]}`. The real one fails, with 500, where something is missing. */
export function partitionsOf(body: unknown): readonly TopicPartition[] {
  const partitions = new Fields(body, ['partitions']).list('partitions')
  if (partitions === undefined) throw internalError('partitions are wanted')
  return partitions.map((one) => partitionIn(new Fields(one, ['topic', 'partition'])))
}

/** `{"offsets": [{"topic": …, "partition": …, "offset": …}]}`: those of the last records that are done, so that the next ones are committed. */
export function offsetsOf(body: unknown): readonly (TopicPartition & CommittedOffset)[] {
  const offsets = new Fields(body, ['offsets']).list('offsets')
  if (offsets === undefined) throw internalError('offsets are wanted')
  return offsets.map((one) => {
    const fields = new Fields(one, ['topic', 'partition', 'offset', 'metadata'])
    const offset = present(fields.integer('offset'), 'offset')
    return { ...partitionIn(fields), offset: offset + 1, metadata: fields.text('metadata') ?? '' }
  })
}

/** Where to go on: at offsets, or at times (ms since 1970). */
export interface Seek {
  readonly offsets: readonly (TopicPartition & { readonly offset: number })[]
  readonly times: readonly (TopicPartition & { readonly time: number })[]
}

/** `{"offsets": [{…, "offset": …}], "timestamps": [{…, "timestamp": …}]}` */
export function seekOf(body: unknown): Seek {
  const fields = new Fields(body, ['offsets', 'timestamps'])
  return {
    offsets: (fields.list('offsets') ?? []).map((one) => {
      const at = new Fields(one, ['topic', 'partition', 'offset', 'metadata'])
      // Numbers that are left out are 0 for Jackson here.
      return { ...partitionIn(at, 0), offset: at.integer('offset') ?? 0 }
    }),
    times: (fields.list('timestamps') ?? []).map((one) => {
      const at = new Fields(one, ['topic', 'partition', 'timestamp', 'metadata'])
      return { ...partitionIn(at, 0), time: present(instantOf(at.raw('timestamp')), 'timestamp') }
    }),
  }
}

/**
 * What is committed of the partitions that a GET names in its body. msw never sees such a body: where one was sent, this tells of all partitions of the group.
 * @throws RestError 40402 where none was sent
 */
export async function committedWanted(
  call: RestCall,
  instance: ConsumerInstance,
  cluster: KafkaCluster,
): Promise<readonly (TopicPartition & CommittedOffset)[]> {
  if (await call.hasBody()) return instance.committed(partitionsOf(await call.body()))
  const wasSent = call.headers.has('transfer-encoding') || Number(call.headers.get('content-length') ?? 0) > 0
  if (!wasSent) throw partitionNotFound()
  const all = await cluster.group(instance.options.group).offsets()
  return instance.committed(all.map(({ topic, partition }) => ({ topic, partition })))
}

function partitionIn(fields: Fields, otherwise?: number): TopicPartition {
  return {
    topic: present(fields.text('topic'), 'topic'),
    partition: present(fields.integer('partition') ?? otherwise, 'partition'),
  }
}

function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw internalError(`a ${name} is wanted`)
  return value
}
