import { type Client, newClient } from '../../../src/client/client.ts'
import { type ConfigOptions, newConfig } from '../../../src/client/config/config.ts'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { OffsetCommit, type OffsetCommitRequest } from '../../../src/protocol/messages/offset-commit.ts'
import { respond } from '../../../src/testing/index.ts'

export const GROUP = 'billing'

export interface World {
  readonly cluster: KafkaCluster
  readonly client: Client
}

export async function withClient(
  act: (world: World) => Promise<void>,
  consumer: ConfigOptions['consumer'] = {},
  options: ClusterOptions & { readonly ceiling?: string } = {},
): Promise<void> {
  const { ceiling, ...clusterOptions } = options
  await using cluster = await KafkaCluster.start({
    clock: 'virtual',
    topics: { orders: { partitions: 3 } },
    ...clusterOptions,
  })
  const config = newConfig({
    ...cluster.clientConfig(),
    consumer: { return: { errors: true }, ...consumer },
    ...(ceiling === undefined ? {} : { version: ceiling }),
  })
  await using client = await newClient(cluster.bootstrapServers, config)
  await act({ cluster, client })
}

export function committed(cluster: KafkaCluster): Record<string, string> {
  const { committed } = cluster.group(GROUP)
  return Object.fromEntries(
    committed.map(({ topic, partition, offset, metadata }) => [
      `${topic}/${partition}`,
      `${offset} ${metadata}`.trim(),
    ]),
  )
}

/** The commits that brokers are asked for, in their order. */
export function commitsOf(cluster: KafkaCluster): OffsetCommitRequest[] {
  const seen: OffsetCommitRequest[] = []
  cluster.use(
    respond(OffsetCommit, ({ request }) => {
      seen.push(request)
      return undefined
    }),
  )
  return seen
}
