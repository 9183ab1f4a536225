import type { KafkaCluster } from '../../broker/cluster.ts'
import type { BrokerHandle } from '../../broker/handles/brokers/broker-handle.ts'
import { type AboutBroker, BROKER_OPTIONS, brokerOf, checkOptions } from './scenario.ts'

/** How brokers are restarted. */
export interface RestartOptions {
  /** `stop` (the default) shuts it down in order, as an operator does; `kill` ends it where it stands. */
  readonly how?: 'stop' | 'kill'
  /** What is done while it is down; the broker starts when that is over, be it well or not. */
  readonly meanwhile?: (broker: BrokerHandle) => unknown
}

const RESTART_OPTIONS = ['how', 'meanwhile'] as const

/**
 * Restarts a broker: it goes, other in-sync replicas lead and coordinate in its place, and it comes back with its disk. Done when it is unfenced
 * and in sync again. It does not lead again by itself what it led before: `auto.leader.rebalance.enable` sees to that, minutes later.
 *
 * ```ts
 * await brokerRestart(cluster, { topic: 'orders', meanwhile: () => producer.send(…) }) // the leader of orders-0
 * ```
 * @throws RangeError for a broker, topic or group that is not there, UnmetWaitError when it is not in sync in time; whatever `meanwhile` throws
 */
export async function brokerRestart(cluster: KafkaCluster, options: AboutBroker & RestartOptions = {}): Promise<void> {
  checkOptions('brokerRestart', options, [...BROKER_OPTIONS, ...RESTART_OPTIONS])
  await restart('brokerRestart', cluster, brokerOf('brokerRestart', cluster, options), options)
}

/**
 * Restarts every broker, one after the other, each when the one before it is in sync again: an upgrade, as clients see it.
 *
 * @throws UnmetWaitError when a broker is not in sync in time; whatever `meanwhile` throws, which is called for each
 */
export async function rollingRestart(cluster: KafkaCluster, options: RestartOptions = {}): Promise<void> {
  checkOptions('rollingRestart', options, RESTART_OPTIONS)
  for (const broker of cluster.brokers) await restart('rollingRestart', cluster, broker, options)
}

async function restart(
  scenario: string,
  cluster: KafkaCluster,
  broker: BrokerHandle,
  { how = 'stop', meanwhile }: RestartOptions,
): Promise<void> {
  if (how !== 'stop' && how !== 'kill') {
    throw new RangeError(`${scenario}: how is 'stop' or 'kill', not ${String(how)}`)
  }
  if (!broker.isRunning) throw new RangeError(`${scenario}: broker ${broker.nodeId} does not run: start() starts it`)
  await broker[how]()
  try {
    await meanwhile?.(broker)
  } finally {
    await broker.start()
  }
  await cluster.waitUntil(() => !broker.isFenced && broker.isInSync, {
    what: `broker ${broker.nodeId} to be in sync again after its restart`,
  })
}
