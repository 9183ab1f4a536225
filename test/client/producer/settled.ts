import type { Duplex } from 'node:stream'
import type { Config } from '../../../src/client/index.ts'
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

/** Lets connections be cut: after `next()` the next answer of any broker is lost with its connection. */
export function cuts(config: Config): { next(): void } {
  const { dial } = config.net
  let armed = false
  config.net.dial = (host, port, options) => {
    const stream = (dial as NonNullable<typeof dial>)(host, port, options)
    const push = stream.push.bind(stream)
    stream.push = (chunk: unknown): boolean => {
      if (!armed || chunk === null) return push(chunk)
      armed = false
      stream.destroy()
      return false
    }
    return stream as Duplex
  }
  return {
    next: () => {
      armed = true
    },
  }
}
