import type { BrokerConfig } from './broker-config.ts'
import { ConfigError } from './config-def.ts'

const ONE_MB = 1024 * 1024

/** Kafka's own values of `replica.selector.class` (KIP-392). */
const LEADER_SELECTOR = 'org.apache.kafka.common.replica.LeaderSelector'
export const RACK_AWARE_SELECTOR = 'org.apache.kafka.common.replica.RackAwareReplicaSelector'

/** What Kafka's `KafkaConfig.validateValues` asks of several configs at once. Throws a `ConfigError` with Kafka's message. */
export function checkBrokerConfigsTogether(config: BrokerConfig): void {
  const require = (condition: boolean, message: string): void => {
    if (!condition) throw new ConfigError(`requirement failed: ${message}`)
  }
  const topic = (name: string): bigint => config.topicDefault(name) as bigint
  require(topic('segment.ms') >= 1n, 'log.roll.ms must be greater than or equal to 1')
  require(topic('segment.jitter.ms') >= 0n, 'log.roll.jitter.ms must be greater than or equal to 0')
  require(topic('retention.ms') !== 0n, 'log.retention.ms must be unlimited (-1) or, greater than or equal to 1')
  const limits = config.string('max.connections.per.ip.overrides')
  checkAddressLimits(limits)
  require(config.int('max.connections.per.ip') !== 0 ||
    limits !==
      '', 'max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.')
  require(config.long('log.cleaner.dedupe.buffer.size') / config.int('log.cleaner.threads') >
    ONE_MB, 'log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.')
  const dirs = config.value('log.dirs') === null ? config.list('log.dir') : config.list('log.dirs')
  const missing = config.list('cordoned.log.dirs').filter((dir) => !dirs.includes(dir))
  require(missing.length ===
    0, `All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : ${missing.join(', ')}`)
  const selector = config.value('replica.selector.class')
  if (selector !== null && selector !== LEADER_SELECTOR && selector !== RACK_AWARE_SELECTOR) {
    throw new ConfigError(
      `replica.selector.class: there are ${LEADER_SELECTOR} and ${RACK_AWARE_SELECTOR} here, and no class ${selector}`,
    )
  }
  for (const kind of ['consumer', 'share', 'streams']) checkAssignmentInterval(`group.${kind}`, config)
}

/** `address:number of connections`, and commas between them. */
function checkAddressLimits(limits: string): void {
  for (const limit of limits.split(',').filter((each) => each.trim() !== '')) {
    const colon = limit.lastIndexOf(':')
    if (colon === -1) throw unparsable('max.connections.per.ip.overrides', limit)
    const count = limit.slice(colon + 1).trim()
    if (!/^[+-]?\d+$/.test(count)) throw new ConfigError(`For input string: "${count}"`)
  }
}

/** What Java says of a pair without a colon. */
export function unparsable(config: string, pair: string): ConfigError {
  return new ConfigError(`Error parsing configuration property '${config}': begin 0, end -1, length ${pair.length}`)
}

function checkAssignmentInterval(kind: string, config: BrokerConfig): void {
  const name = `${kind}.assignment.interval.ms`
  const [min, max] = [`${kind}.min.assignment.interval.ms`, `${kind}.max.assignment.interval.ms`]
  const interval = config.int(name)
  if (interval < config.int(min)) throw new ConfigError(`${name} must be greater than or equal to ${min}`)
  if (interval > config.int(max)) throw new ConfigError(`${name} must be less than or equal to ${max}`)
}
