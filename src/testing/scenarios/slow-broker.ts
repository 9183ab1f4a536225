import type { KafkaCluster } from '../../broker/cluster.ts'
import {
  type AboutBroker,
  BROKER_OPTIONS,
  brokerOf,
  checkCount,
  checkOptions,
  type Undoable,
  undoable,
} from './scenario.ts'

/**
 * Makes a broker slow for everybody, its clients and the other brokers: what is asked of it, and what it asks, takes so much longer. Nothing
 * fails by it alone: clients may run into their timeouts, acks=all waits for its follower, and it may fall out of sync
 * (`replica.lag.time.max.ms`). `undo` makes it as quick as before.
 *
 * ```ts
 * using slow = slowBroker(cluster, { topic: 'orders', roundTrip: 500 })
 * ```
 * @param options `roundTrip`: ms of the cluster's clock, an even number: half of it each way. Default: 200
 * @throws RangeError for what is not there
 */
export function slowBroker(
  cluster: KafkaCluster,
  options: AboutBroker & { readonly roundTrip?: number } = {},
): Undoable {
  checkOptions('slowBroker', options, [...BROKER_OPTIONS, 'roundTrip'])
  const broker = brokerOf('slowBroker', cluster, options)
  const half = checkCount('slowBroker', 'half of roundTrip', (options.roundTrip ?? 200) / 2, 0)
  const quicken = broker.lengthenRoundTrip(2 * half)
  const links = cluster.brokers.flatMap((other) => {
    if (other === broker) return []
    const link = cluster.network.link(broker, other)
    const { delay } = link.conditions
    link.set({ delay: delay + half })
    return [{ link, delay }]
  })
  return undoable(() => {
    quicken()
    for (const { link, delay } of links) link.set({ delay })
  })
}
