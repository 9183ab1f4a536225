import type { ConnectOptions, RealCluster } from './real/real-cluster.ts'

/**
 * Connects to a cluster that is there already, be it Kafka or memkafka in another process, and gives it to a test as `KafkaCluster` is given:
 * see {@link RealCluster}. The client that it needs is loaded by the first call, not with `memkafka/testing`.
 *
 * ```ts
 * await using cluster = await connectCluster('127.0.0.1:9092', { allowWrites: true })
 * await cluster.topic(cluster.name('orders')).append({ value: { id: 1 } })
 * ```
 * @param bootstrap `host:port` of one of its brokers; a list of them, or several with commas between them
 * @throws RangeError, TypeError for what is no address and what is no option; Error where no Kafka answers, and for topics that may not or cannot be made
 */
export async function connectCluster(
  bootstrap: string | readonly string[],
  options?: ConnectOptions,
): Promise<RealCluster> {
  const { connectCluster } = await import('./real/real-cluster.ts')
  return connectCluster(bootstrap, options)
}
