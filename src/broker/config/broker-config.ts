import { nearest } from '../../intercept/nearest.ts'
import { checkBrokerConfigsTogether } from './broker-config-checks.ts'
import { brokerConfigSynonyms, listenerConfigBase } from './broker-config-synonyms.ts'
import { ConfigError, type ConfigRow, type ConfigValue, configRow, parseConfig } from './config-def.ts'
import { type ConfigTables, newestConfigs } from './config-tables.ts'
import { defaultHere, ownConfigTable } from './differences.ts'
import { clamp, type LogConfig, logConfigOf } from './log-config.ts'
import { checkTopicConfigs } from './topic-configs.ts'

/** What the metadata log sets of a broker's configs while it runs (KIP-226), by name. */
export interface DynamicConfigs {
  /** For every broker. */
  readonly cluster: ReadonlyMap<string, string>
  /** For this one alone. */
  readonly broker: ReadonlyMap<string, string>
}

/**
 * What a broker is configured with: what the metadata log sets for it, else for all brokers, else what it was started with,
 * else the default. Nothing is parsed before it is asked for, and only once until `override` says that something is new.
 */
export class BrokerConfig {
  private given: ReadonlyMap<string, string>
  private readonly brokers: number
  private readonly realTime: boolean
  /** What the release says of configs. */
  readonly tables: ConfigTables
  private overrides: DynamicConfigs = noOverrides
  /** What is given with the overrides in place. */
  private effective: ReadonlyMap<string, string>
  private readonly parsed = new Map<string, ConfigValue>()
  private readonly topicDefaults = new Map<string, ConfigValue>()
  private defaultLogConfig: LogConfig | undefined

  /**
   * @param given values by Kafka's names of broker configs. Throws a `ConfigError` that names the one which is unknown or wrong.
   * @param brokers how many the cluster has; some defaults depend on it.
   * @param tables what the release says of configs. What only the newest says can be given, too, but is not told of.
   * @param realTime whether the cluster's time passes by itself: no default has anybody wait for time that does not.
   */
  constructor(
    given: Readonly<Record<string, string>>,
    brokers: number,
    realTime = false,
    tables: ConfigTables = newestConfigs,
  ) {
    this.given = new Map(Object.entries(given))
    this.brokers = brokers
    this.realTime = realTime
    this.tables = tables
    this.effective = this.given
    for (const name of this.given.keys()) {
      if (isListenerConfig(name)) continue
      if (this.row(name) === undefined) throw unknownConfig(name, tables)
      this.value(name)
    }
    this.checkTogether()
  }

  /** A config that begins as this one, with more given, and goes its own way from there: that of one broker. */
  fork(more: Readonly<Record<string, string>> = {}): BrokerConfig {
    const fork = new BrokerConfig({}, this.brokers, this.realTime, this.tables)
    fork.given = new Map([...this.given, ...Object.entries(more)])
    fork.override(this.overrides)
    return fork
  }

  /** Puts other dynamic configs in the place of those that were there. They are ones that `checkDynamicConfigs` took. */
  override(overrides: DynamicConfigs): void {
    this.overrides = overrides
    this.effective = withOverrides(this.given, overrides)
    this.parsed.clear()
    this.topicDefaults.clear()
    this.defaultLogConfig = undefined
  }

  /** An INT or SHORT. */
  int(name: string): number {
    return this.number(name)
  }

  /** A LONG; one outside the safe range becomes the nearest that is in it. */
  long(name: string): number {
    return this.number(name)
  }

  double(name: string): number {
    return this.number(name)
  }

  bool(name: string): boolean {
    return this.value(name) === true
  }

  /** A STRING, CLASS or PASSWORD that is set or has a default. */
  string(name: string): string {
    const value = this.value(name)
    if (typeof value !== 'string') throw new ConfigError(`Configuration ${name} is not set`)
    return value
  }

  list(name: string): readonly string[] {
    const value = this.value(name)
    // Before 4.0 some lists were texts with commas in them.
    if (typeof value === 'string') return value === '' ? [] : value.split(/\s*,\s*/)
    return Array.isArray(value) ? value : []
  }

  /** The values that were given, by name. */
  static(): ReadonlyMap<string, string> {
    return this.given
  }

  /** The values that the metadata log sets, by name. */
  dynamic(): DynamicConfigs {
    return this.overrides
  }

  /** Every value that is not a default, by name. */
  explicit(): ReadonlyMap<string, string> {
    return this.effective
  }

  /** The default as text; null when there is none, or no such config. */
  defaultText(name: string): string | null {
    return defaultHere(name, this.brokers, this.realTime) ?? this.row(name)?.[1] ?? null
  }

  /** The value as text: the given one, or the default; null when there is neither. Throws when there is no such config. */
  text(name: string): string | null {
    // What the release does not have is somebody's own when it is set while brokers run: nobody has checked it.
    const isNewer = Object.hasOwn(newestConfigs.broker, name) && !Object.hasOwn(this.tables.broker, name)
    const explicit = (isNewer ? this.given : this.effective).get(name)
    if (explicit !== undefined) return explicit
    if (this.row(name) === undefined) throw unknownConfig(name, this.tables)
    return this.defaultText(name)
  }

  /** The parsed value. */
  value(name: string): ConfigValue {
    let value = this.parsed.get(name)
    if (value === undefined) {
      const row = this.row(name)
      if (row === undefined) throw unknownConfig(name, this.tables)
      const text = this.text(name)
      value = text === null ? null : parseConfig(name, row, text)
      this.parsed.set(name, value)
    }
    return value
  }

  /** A topic's effective config. The overrides are ones that `checkTopicConfigs` took. */
  logConfig(overrides: ReadonlyMap<string, string>): LogConfig {
    if (overrides.size === 0) {
      this.defaultLogConfig ??= logConfigOf((name) => this.topicDefault(name))
      return this.defaultLogConfig
    }
    return logConfigOf((name) => {
      const text = overrides.get(name)
      const row = this.topicRow(name)
      return text === undefined || row === undefined ? this.topicDefault(name) : parseConfig(name, row, text)
    })
  }

  /** Checks what a topic is to override, beside what it overrides already. Throws a `ConfigError` with Kafka's message. */
  checkTopicConfigs(overrides: ReadonlyMap<string, string>, existing?: ReadonlyMap<string, string>): void {
    const remoteStorage = this.bool('remote.log.storage.system.enable')
    const defaults = (name: string): ConfigValue => this.topicDefault(name)
    checkTopicConfigs(overrides, { table: this.tables.topic, defaults, remoteStorage }, existing)
  }

  /** The value of a topic config where the topic overrides nothing: the broker's first synonym that is set, or the default. */
  topicDefault(name: string): ConfigValue {
    let value = this.topicDefaults.get(name)
    if (value === undefined) {
      value = this.findTopicDefault(name)
      this.topicDefaults.set(name, value)
    }
    return value
  }

  private findTopicDefault(name: string): ConfigValue {
    const row = this.topicRow(name)
    if (row === undefined) throw new ConfigError(`Unknown topic config name: ${name}`)
    for (const [synonym, unit] of this.topicSynonyms(name)) {
      const value = this.value(synonym)
      if (value === null) continue
      if (row[0] !== 'LONG') return value
      const long = BigInt(value as number | bigint) * BigInt(unit)
      // A negative log.retention.* of any size means for ever.
      return name === 'retention.ms' && long < 0n ? -1n : long
    }
    return row[1] === undefined || row[1] === null ? null : parseConfig(name, row, row[1])
  }

  /** The broker configs that a topic config falls back to. */
  topicSynonyms(name: string): readonly (readonly [name: string, unit: number])[] {
    const { topicSynonyms } = Object.hasOwn(this.tables.topic, name) ? this.tables : newestConfigs
    return Object.hasOwn(topicSynonyms, name) ? (topicSynonyms[name] ?? []) : []
  }

  /** The row of a config, one of ours among them; undefined: there is none of that name. */
  row(name: string): ConfigRow | undefined {
    const { broker } = this.tables
    return configRow(broker, name) ?? configRow(newestConfigs.broker, name) ?? configRow(ownConfigTable, name)
  }

  private topicRow(name: string): ConfigRow | undefined {
    return configRow(this.tables.topic, name) ?? configRow(newestConfigs.topic, name)
  }

  private number(name: string): number {
    const value = this.value(name)
    if (value === null) throw new ConfigError(`Configuration ${name} is not set`)
    return clamp(value)
  }

  /** Checks what is given together. Throws a `ConfigError` with Kafka's message. */
  checkTogether(): void {
    if (this.effective.size === 0) return
    checkBrokerConfigsTogether(this)
    this.checkTopicConfigs(new Map())
  }
}

const nothing: ReadonlyMap<string, string> = Object.freeze(new Map<string, string>())
const noOverrides: DynamicConfigs = { cluster: nothing, broker: nothing }

/** What is set later takes the place of its synonyms too: `log.retention.hours` that of `log.retention.ms` (`overrideProps`). */
function withOverrides(
  given: ReadonlyMap<string, string>,
  { cluster, broker }: DynamicConfigs,
): ReadonlyMap<string, string> {
  if (cluster.size === 0 && broker.size === 0) return given
  const effective = new Map(given)
  for (const [name, value] of [...cluster, ...broker]) {
    if (listenerConfigBase(name) === undefined)
      for (const synonym of brokerConfigSynonyms(name)) effective.delete(synonym)
    effective.set(name, value)
  }
  return effective
}

/** `listener.name.<listener>.<config>`: whatever Kafka's channel builders and their plugins read. */
function isListenerConfig(name: string): boolean {
  return name.startsWith('listener.name.')
}

function unknownConfig(name: string, tables: ConfigTables): ConfigError {
  const topicSynonyms = { ...newestConfigs.topicSynonyms, ...tables.topicSynonyms }
  const synonym = Object.hasOwn(topicSynonyms, name) ? topicSynonyms[name]?.[0]?.[0] : undefined
  if (synonym !== undefined) {
    return new ConfigError(`Unknown broker config ${name}: it is a topic's config, the broker's is ${synonym}`)
  }
  const guess = nearest(name, Object.keys({ ...newestConfigs.broker, ...tables.broker, ...ownConfigTable }))
  return new ConfigError(`Unknown broker config ${name}${guess === undefined ? '' : `: did you mean ${guess}?`}`)
}
