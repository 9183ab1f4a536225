import {
  ConfigError,
  type ConfigRow,
  type ConfigTable,
  type ConfigValue,
  configRow,
  parseConfig,
} from './config-def.ts'
import { unknownTopicConfig } from './unknown-config.ts'

/** What a broker brings to the check of a topic's configs. */
export interface TopicConfigRules {
  /** The release's topic configs. */
  readonly table: ConfigTable
  /** The values that a topic has where it overrides nothing, parsed, by the topic config's name. */
  readonly defaults: (name: string) => ConfigValue
  /** Whether the broker has tiered storage. */
  readonly remoteStorage: boolean
}

/**
 * Checks what a topic is to override, as Kafka's `LogConfig.validate` does. Throws a `ConfigError` with Kafka's message.
 *
 * @param existing what the topic overrides so far.
 */
export function checkTopicConfigs(
  overrides: ReadonlyMap<string, string>,
  { table, defaults, remoteStorage }: TopicConfigRules,
  existing: ReadonlyMap<string, string> = noOverrides,
): void {
  for (const name of overrides.keys()) {
    if (configRow(table, name) === undefined) throw unknownTopicConfig(name)
  }
  const own = new Map<string, ConfigValue>()
  // In the table's order: of several that are wrong Kafka tells the first.
  if (overrides.size > 0) {
    for (const name of Object.keys(table)) {
      const text = overrides.get(name)
      if (text !== undefined) own.set(name, parseConfig(name, table[name] as ConfigRow, text))
    }
  }
  const value: Values = (name) => own.get(name) ?? (configRow(table, name) === undefined ? undefined : defaults(name))
  const long = (name: string): bigint => value(name) as bigint
  const minLag = long('min.compaction.lag.ms')
  const maxLag = long('max.compaction.lag.ms')
  if (minLag > maxLag) {
    throw new ConfigError(
      `conflict topic config setting min.compaction.lag.ms (${minLag}) > max.compaction.lag.ms (${maxLag})`,
    )
  }
  if (value('remote.storage.enable') === true) checkRemoteStorage(value, remoteStorage)
  else if (existing.get('remote.storage.enable') === 'true' && value('remote.log.delete.on.disable') !== true) {
    throw new ConfigError(
      'It is invalid to disable remote storage without deleting remote data. If you want to keep the remote data and ' +
        'turn to read only, please set `remote.storage.enable=true,remote.log.copy.disable=true`. If you want to ' +
        'disable remote storage and delete all remote data, please set ' +
        '`remote.storage.enable=false,remote.log.delete.on.disable=true`.',
    )
  }
}

/** What a topic's configs come to, by name; undefined where the release has no such config. */
type Values = (name: string) => ConfigValue | undefined

const noOverrides: ReadonlyMap<string, string> = Object.freeze(new Map<string, string>())

function checkRemoteStorage(value: Values, remoteStorage: boolean): void {
  if (!remoteStorage) {
    throw new ConfigError(
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    )
  }
  const policy = value('cleanup.policy') as readonly string[]
  if (policy.some((each) => each !== 'delete')) {
    throw new ConfigError(
      'Remote log storage only supports topics with cleanup.policy=delete or cleanup.policy being an empty list.',
    )
  }
  for (const unit of ['bytes', 'ms']) checkLocalRetention(value, unit)
  for (const unit of ['bytes', 'ms']) checkCopyLag(value, unit)
  if (value('remote.log.copy.disable') !== true) return
  for (const unit of ['bytes', 'ms']) {
    const local = value(`local.retention.${unit}`)
    if (local !== AS_RETENTION && local !== value(`retention.${unit}`)) {
      throw new ConfigError(
        `When \`remote.log.copy.disable\` is set to true, the \`local.retention.${unit}\` and \`retention.${unit}\` must be ` +
          'set to the identical value because there will be no more logs copied to the remote storage.',
      )
    }
  }
}

/** The local retention that means as much as the whole. */
const AS_RETENTION = -2n
const FOR_EVER = -1n

function checkLocalRetention(value: Values, unit: string): void {
  const whole = value(`retention.${unit}`) as bigint
  const local = value(`local.retention.${unit}`) as bigint
  // Kafka takes any negative number of bytes to be no limit, but of ms only -1.
  const isLimited = unit === 'bytes' ? whole > FOR_EVER : whole !== FOR_EVER
  if (!isLimited || local === AS_RETENTION) return
  const wrong = (reason: string): ConfigError =>
    new ConfigError(`Invalid value ${local} for configuration local.retention.${unit}: ${reason}`)
  if (local === FOR_EVER) throw wrong(`Value must not be -1 as retention.${unit} value is set as ${whole}.`)
  if (local > whole) throw wrong(`Value must not be more than retention.${unit} property value: ${whole}`)
}

function checkCopyLag(value: Values, unit: string): void {
  const local = value(`local.retention.${unit}`) as bigint
  const effective = local === AS_RETENTION ? (value(`retention.${unit}`) as bigint) : local
  const lag = value(`remote.copy.lag.${unit}`) as bigint
  if (lag > 0n && effective >= 0n && lag > effective) {
    throw new ConfigError(
      `Invalid value ${lag} for configuration remote.copy.lag.${unit}: Value must not exceed local.retention.${unit} ` +
        `(effective value: ${effective})`,
    )
  }
}
