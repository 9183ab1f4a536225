import type { KafkaCluster } from '../../../src/index.ts'

/** Moves a cluster's time on until a promise is settled. */
export async function settled<T>(cluster: KafkaCluster, promise: Promise<T>): Promise<T> {
  let over = false
  const done = (): void => {
    over = true
  }
  promise.then(done, done)
  await cluster.clock.runUntil(() => over)
  return promise
}

/** The values of a partition's records, in their order. */
export function valuesOf(cluster: KafkaCluster, topic: string, partition: number): string[] {
  const { leader } = cluster.partition(topic, partition)
  if (leader === undefined) throw new Error(`${topic}-${partition} has no leader`)
  const log = cluster.partition(topic, partition).log(cluster.broker(leader))
  return (log?.records ?? []).map(({ value }) => value?.toString() ?? 'null')
}
