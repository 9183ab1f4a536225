import { checkBrokerConfigsTogether } from './broker-config-checks.ts'
import { brokerConfigSynonyms, listenerConfigBase } from './broker-config-synonyms.ts'
import { ConfigError, type ConfigRow, type ConfigValue } from './config-def.ts'
import { type ConfigTables, newestConfigs } from './config-tables.ts'
import { type ConfigSurroundings, ConfigValues } from './config-values.ts'
import { clamp, type LogConfig } from './log-config.ts'
import { checkTopicConfigs } from './topic-configs.ts'
import { unknownConfig } from './unknown-config.ts'

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
  /** What the release says of configs. */
  readonly tables: ConfigTables
  private readonly around: ConfigSurroundings
  private given: ReadonlyMap<string, string>
  private overrides: DynamicConfigs = noOverrides
  /** What was given to the config that this one, and others, began as: what is the same in all is parsed once. */
  private beginning: ConfigValues
  private values: ConfigValues

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
    this.tables = tables
    this.around = { brokers, realTime, tables }
    this.given = new Map(Object.entries(given))
    this.beginning = new ConfigValues(this.given, this.given, this.around)
    this.values = this.beginning
    for (const name of this.given.keys()) {
      if (isListenerConfig(name)) continue
      if (this.row(name) === undefined) throw unknownConfig(name, tables)
      this.value(name)
    }
    this.checkTogether()
  }

  /** A config that begins as this one, with more given, and goes its own way from there: that of one broker. */
  fork(more: Readonly<Record<string, string>> = {}): BrokerConfig {
    const { brokers, realTime, tables } = this.around
    const fork = new BrokerConfig({}, brokers, realTime, tables)
    fork.given = new Map([...this.given, ...Object.entries(more)])
    fork.beginning = this.beginning
    fork.override(this.overrides)
    return fork
  }

  /** Puts other dynamic configs in the place of those that were there. They are ones that `checkDynamicConfigs` took. */
  override(overrides: DynamicConfigs): void {
    this.overrides = overrides
    this.values = new ConfigValues(withOverrides(this.given, overrides), this.given, this.around, this.beginning)
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
    return this.values.explicit
  }

  /** The default as text; null when there is none, or no such config. */
  defaultText(name: string): string | null {
    return this.values.defaultText(name)
  }

  /** The value as text: the given one, or the default; null when there is neither. Throws when there is no such config. */
  text(name: string): string | null {
    return this.values.text(name)
  }

  /** The parsed value. */
  value(name: string): ConfigValue {
    return this.values.value(name)
  }

  /** A topic's effective config. The overrides are ones that `checkTopicConfigs` took. */
  logConfig(overrides: ReadonlyMap<string, string>): LogConfig {
    return this.values.logConfig(overrides)
  }

  /** Checks what a topic is to override, beside what it overrides already. Throws a `ConfigError` with Kafka's message. */
  checkTopicConfigs(overrides: ReadonlyMap<string, string>, existing?: ReadonlyMap<string, string>): void {
    const remoteStorage = this.bool('remote.log.storage.system.enable')
    const defaults = (name: string): ConfigValue => this.topicDefault(name)
    checkTopicConfigs(overrides, { table: this.tables.topic, defaults, remoteStorage }, existing)
  }

  /** The value of a topic config where the topic overrides nothing: the broker's first synonym that is set, or the default. */
  topicDefault(name: string): ConfigValue {
    return this.values.topicDefault(name)
  }

  /** The broker configs that a topic config falls back to. */
  topicSynonyms(name: string): readonly (readonly [name: string, unit: number])[] {
    return this.values.topicSynonyms(name)
  }

  /** The row of a config, one of ours among them; undefined: there is none of that name. */
  row(name: string): ConfigRow | undefined {
    return this.values.row(name)
  }

  private number(name: string): number {
    const value = this.value(name)
    if (value === null) throw new ConfigError(`Configuration ${name} is not set`)
    return clamp(value)
  }

  /** Checks what is given together. Throws a `ConfigError` with Kafka's message. */
  checkTogether(): void {
    if (this.explicit().size === 0) return
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
