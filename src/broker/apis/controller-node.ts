import type { Broker } from '../broker.ts'

const NO_CONTROLLER = -1

/**
 * The node that Metadata calls the controller. With KRaft clients do not reach it: each broker forwards to it what is
 * meant for it, and any broker that is alive will do, so Kafka names one at random. Before KRaft it was one of the brokers.
 */
export function advertisedController({ image, random, release }: Broker): number {
  const alive = image.aliveBrokers()
  const chosen = release.kraft && alive.length > 1 ? random.below(alive.length) : 0
  return alive[chosen]?.id ?? NO_CONTROLLER
}

/** Whether this broker answers NOT_CONTROLLER to what the controller decides: one that passes for a release before KRaft. */
export function refusesAsNotController(broker: Broker): boolean {
  return !broker.release.kraft && broker.nodeId !== advertisedController(broker)
}
