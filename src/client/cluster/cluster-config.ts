import { Config, type ConfigOptions, newConfig } from '../config/config.ts'
import { ConfigurationError } from '../errors/client-errors.ts'
import { newBalanceStrategyRange, newBalanceStrategyRoundRobin } from '../group/strategies/index.ts'

/** How messages come: those of all partitions by one channel, or each partition's by its own. */
export type ConsumerMode = 'multiplex' | 'partitions'
export const ConsumerModeMultiplex: ConsumerMode = 'multiplex'
export const ConsumerModePartitions: ConsumerMode = 'partitions'

/** How a group's leader shares out the partitions. */
export type Strategy = 'range' | 'roundrobin'
export const StrategyRange: Strategy = 'range'
export const StrategyRoundRobin: Strategy = 'roundrobin'

/** What sarama-cluster has beside Sarama's own config. */
export interface ClusterGroupConfig {
  /** Default: StrategyRange. */
  partitionStrategy: Strategy
  /** Default: ConsumerModeMultiplex. */
  mode: ConsumerMode
  offsets: {
    /** Of commits. Default: 3 times. */
    retry: { max: number }
    /** How long messages that were read may still be marked when the group rebalances, in ms. Default: `consumer.maxProcessingTime`. */
    synchronization: { dwellTime: number }
  }
  /** After how long without a heartbeat a member is out, in ms (`session.timeout.ms`). Default: 30000. */
  session: { timeout: number }
  /** In ms; at most a third of the session's timeout. Default: 3000. */
  heartbeat: { interval: number }
  return: {
    /** Whether rebalances are told by `notifications`, which then must be read. Default: false. */
    notifications: boolean
  }
  topics: {
    /** Topics to read besides those that are named. */
    whitelist: RegExp | null
    /** Topics that `whitelist` does not mean after all. */
    blacklist: RegExp | null
  }
  /** What the leader is told of this member. */
  member: { userData: Uint8Array | null }
}

/** A config with the keys of sarama-cluster, which take the place of those under `consumer.group`. */
export class ClusterConfig extends Config {
  group: ClusterGroupConfig = {
    partitionStrategy: StrategyRange,
    mode: ConsumerModeMultiplex,
    offsets: { retry: { max: 3 }, synchronization: { dwellTime: this.consumer.maxProcessingTime } },
    session: { timeout: 30_000 },
    heartbeat: { interval: 3_000 },
    return: { notifications: false },
    topics: { whitelist: null, blacklist: null },
    member: { userData: null },
  }
}

/** Some keys of a {@link ClusterConfig}; those that are left out have their defaults. */
export interface ClusterConfigOptions extends ConfigOptions {
  group?: GroupOptions<ClusterGroupConfig>
}

type GroupOptions<T> = {
  [Key in keyof T]?: NonNullable<T[Key]> extends string | number | boolean | RegExp | Uint8Array
    ? T[Key]
    : GroupOptions<T[Key]>
}

/**
 * A config of its own with sarama-cluster's defaults and, over them, what is given.
 * @throws ConfigurationError for a key that there is not
 */
export function newClusterConfig({ group = {}, ...options }: ClusterConfigOptions = {}): ClusterConfig {
  const config = Object.assign(new ClusterConfig(), newConfig(options))
  config.group.offsets.synchronization.dwellTime = config.consumer.maxProcessingTime
  assign(config.group, group, 'group.')
  return config
}

/** The config of the consumer group beneath. @throws ConfigurationError that names the first key whose value makes no sense */
export function groupConfigOf(config: ClusterConfig): Config {
  const { group, ...rest } = config
  check(group)
  if ((group.topics.whitelist !== null || group.topics.blacklist !== null) && !config.metadata.full) {
    throw new ConfigurationError('metadata.full must be true when group.topics.whitelist or blacklist is used')
  }
  // As sarama-cluster: both are offered, so that members which prefer different ones can be in one group.
  const strategies = [newBalanceStrategyRange(), newBalanceStrategyRoundRobin()]
  const groupStrategies = group.partitionStrategy === StrategyRange ? strategies : strategies.reverse()
  const { session, heartbeat, member } = group
  const inner = newConfig(rest, {
    consumer: {
      group: { session, heartbeat, member, rebalance: { groupStrategies } },
      offsets: { retry: group.offsets.retry },
    },
  })
  inner.validate()
  return inner
}

function check({ mode, partitionStrategy, offsets }: ClusterGroupConfig): void {
  if (mode !== ConsumerModeMultiplex && mode !== ConsumerModePartitions) {
    throw new ConfigurationError(`group.mode must be multiplex or partitions, not ${mode}`)
  }
  if (partitionStrategy !== StrategyRange && partitionStrategy !== StrategyRoundRobin) {
    throw new ConfigurationError(`group.partitionStrategy must be range or roundrobin, not ${partitionStrategy}`)
  }
  const { dwellTime } = offsets.synchronization
  if (!(dwellTime > 0 && dwellTime <= LONGEST_DWELL_MS)) {
    throw new ConfigurationError(
      `group.offsets.synchronization.dwellTime must be above 0 and at most ${LONGEST_DWELL_MS}`,
    )
  }
}

const LONGEST_DWELL_MS = 10 * 60_000

type Section = { [key: string]: unknown }

function assign(section: object, options: object, path: string): void {
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(section, key)) throw new ConfigurationError(`${path}${key} is not a key of the config`)
    if (value === undefined) continue
    const old = (section as Section)[key]
    if (!isSection(old)) (section as Section)[key] = value
    else if (isSection(value)) assign(old, value, `${path}${key}.`)
    else
      throw new ConfigurationError(
        `${path}${key} must be an object with some of the keys ${Object.keys(old).join(', ')}`,
      )
  }
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
