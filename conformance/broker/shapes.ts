import { BROKER_CONFIGS } from './side.ts'

/** What a cluster is made of that cases run on. */
export interface Shape {
  /** As a reader is told it. */
  readonly name: string
  /** How many; their node ids begin at 1. */
  readonly brokers: 1 | 3
  /** What every broker is started with, on both sides. */
  readonly configs: Readonly<Record<string, string>>
  /** Where its brokers stand, in their order. Default: nowhere. */
  readonly racks?: readonly string[]
  /** Whether scripts may stop its brokers: then Kafka's controller is a process of its own, which stays. */
  readonly restarts: boolean
}

export const ONE_BROKER: Shape = { name: 'one broker', brokers: 1, configs: BROKER_CONFIGS, restarts: false }

export const THREE_BROKERS: Shape = { name: '3 brokers', brokers: 3, configs: BROKER_CONFIGS, restarts: false }

/** How long it takes until a broker that was killed is held for dead, ms. */
export const SESSION_TIMEOUT_MS = 5000

export const RESTARTED_BROKERS: Shape = {
  name: '3 brokers that stop and start',
  brokers: 3,
  configs: {
    ...BROKER_CONFIGS,
    'broker.session.timeout.ms': String(SESSION_TIMEOUT_MS),
    'broker.heartbeat.interval.ms': '500',
    // Nobody leads again by himself in the middle of a script.
    'auto.leader.rebalance.enable': 'false',
    // Leaders that lack records are elected soon, where a topic lets them.
    'unclean.leader.election.interval.ms': '1000',
    // Consumers that say where they are read from the nearest replica.
    'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
    // Few, so that each can be given the leader that a script wants.
    'offsets.topic.num.partitions': '3',
    'transaction.state.log.num.partitions': '3',
    // What a coordinator writes and cannot have committed is given up soon.
    'offsets.commit.timeout.ms': '2000',
  },
  racks: ['a', 'b', 'c'],
  restarts: true,
}

/** In the order in which they are compared: the first is the quickest. */
export const shapes: readonly Shape[] = [ONE_BROKER, THREE_BROKERS, RESTARTED_BROKERS]
