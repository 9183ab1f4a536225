import type { BrokerConfig } from './broker-config.ts'
import { ConfigError } from './config-def.ts'
import { checkListenersKeepProtocol } from './listener-checks.ts'

/** Pools of threads: none may grow to more than double its size at once, or shrink to less than half. */
const threadPools: readonly string[] = [
  'background.threads',
  'num.io.threads',
  'num.network.threads',
  'num.recovery.threads.per.data.dir',
  'num.replica.fetchers',
  'remote.log.manager.copier.thread.pool.size',
  'remote.log.manager.expiration.thread.pool.size',
  'remote.log.manager.follower.thread.pool.size',
  'remote.log.reader.threads',
]

/**
 * What the parts of Kafka's broker ask of configs that change under them (`BrokerReconfigurable.validateReconfiguration`).
 * There are no threads here, but what Kafka would refuse is refused. Throws a `ConfigError` with Kafka's message.
 */
export function checkReconfiguration(current: BrokerConfig, next: BrokerConfig): void {
  try {
    for (const name of threadPools) checkThreads(name, current.int(name), next.int(name))
    checkCleanerThreads(current.int('log.cleaner.threads'), next.int('log.cleaner.threads'))
    checkLocalRetention('ms', next)
    checkLocalRetention('bytes', next)
    checkListenersKeepProtocol(current, next)
    checkReporters(current.list('metric.reporters'), next.list('metric.reporters'))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    // Kafka hands the exception to a constructor that takes a config's name and value.
    throw new ConfigError(
      `Invalid value org.apache.kafka.common.config.ConfigException: ${error.message} for configuration Invalid dynamic configuration`,
    )
  }
}

function checkThreads(name: string, before: number, after: number): void {
  if (after === before) return
  const refused = `Dynamic thread count update validation failed for ${name}=${after}`
  if (after < Math.floor(before / 2)) {
    throw new ConfigError(`${refused}, value should be at least half the current value ${before}`)
  }
  if (after > before * 2) {
    throw new ConfigError(`${refused}, value should not be greater than double the current value ${before}`)
  }
}

function checkCleanerThreads(before: number, after: number): void {
  if (before === after) return
  if (after < 1) throw new ConfigError('Log cleaner threads should be at least 1')
  if (after < Math.floor(before / 2)) {
    throw new ConfigError(`Log cleaner threads cannot be reduced to less than half the current value ${before}`)
  }
  if (after > before * 2) {
    throw new ConfigError(`Log cleaner threads cannot be increased to more than double the current value ${before}`)
  }
}

const AS_RETENTION = -2n
const FOR_EVER = -1n

/** `DynamicLogConfig.validateReconfiguration`: what stays local is no more than what stays at all. */
function checkLocalRetention(unit: 'ms' | 'bytes', next: BrokerConfig): void {
  const whole = next.topicDefault(`retention.${unit}`) as bigint
  const local = next.topicDefault(`local.retention.${unit}`) as bigint
  if (whole > FOR_EVER && local !== AS_RETENTION) {
    const invalid = (reason: string): ConfigError =>
      new ConfigError(`Invalid value ${local} for configuration log.local.retention.${unit}: ${reason}`)
    if (local === FOR_EVER) throw invalid(`Value must not be -1 as log.retention.${unit} value is set as ${whole}.`)
    if (local > whole) throw invalid(`Value must not be more than log.retention.${unit} property value: ${whole}`)
  }
  const lag = next.topicDefault(`remote.copy.lag.${unit}`) as bigint
  const effective = local === AS_RETENTION ? whole : local
  if (lag > 0n && effective >= 0n && lag > effective) {
    throw new ConfigError(
      `Invalid value ${lag} for configuration log.remote.copy.lag.${unit}: Value must not exceed log.local.retention.${unit} ` +
        `(effective value: ${effective})`,
    )
  }
}

/** There are no Java classes here, so a reporter cannot be loaded. */
function checkReporters(before: readonly string[], after: readonly string[]): void {
  if (after.every((name) => before.includes(name))) return
  throw new ConfigError(
    'Validation of dynamic config update of Set(metric.reporters) failed with class class kafka.server.DynamicMetricsReporters',
  )
}
