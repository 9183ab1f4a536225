import type { ConfigOptions } from '../../../src/client/config/config.ts'
import { OffsetOldest } from '../../../src/client/config/options.ts'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'

export const all = ['orders/0', 'orders/1', 'orders/2', 'orders/3']
export const fromTheStart: ConfigOptions = { consumer: { offsets: { initial: OffsetOldest } } }

export function start(options: ClusterOptions = {}): Promise<KafkaCluster> {
  return KafkaCluster.start({ clock: 'virtual', topics: { orders: { partitions: 4 } }, ...options })
}

export function committed(cluster: KafkaCluster): Record<string, number> {
  return Object.fromEntries(
    cluster.group('billing').committed.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]),
  )
}
