import { type ConfigRow, type ConfigValue, configRow, parseConfig } from './config-def.ts'
import { type ConfigTables, newestConfigs } from './config-tables.ts'
import { defaultHere, ownConfigTable } from './differences.ts'
import { type LogConfig, logConfigOf } from './log-config.ts'
import { unknownConfig, unknownTopicConfig } from './unknown-config.ts'

/** What the defaults of a broker's configs depend on. */
export interface ConfigSurroundings {
  /** How many brokers the cluster has. */
  readonly brokers: number
  /** Whether the cluster's time passes by itself. */
  readonly realTime: boolean
  /** What the release says of configs. */
  readonly tables: ConfigTables
}

/** What a broker's configs come to for as long as nothing is set. Nothing is parsed before it is asked for, and only once. */
export class ConfigValues {
  /** Every value that is not a default, by name. */
  readonly explicit: ReadonlyMap<string, string>
  private readonly given: ReadonlyMap<string, string>
  private readonly around: ConfigSurroundings
  private readonly beginning: ConfigValues | undefined
  /** The configs that are others than in the beginning. */
  private readonly own: ReadonlySet<string>
  private readonly parsed = new Map<string, ConfigValue>()
  private readonly topicDefaults = new Map<string, ConfigValue>()
  private defaultLogConfig: LogConfig | undefined

  /**
   * @param explicit what is set, in whatever way
   * @param given what of it was given at the start
   * @param beginning others, in the same surroundings: what is the same in them they are asked for
   */
  constructor(
    explicit: ReadonlyMap<string, string>,
    given: ReadonlyMap<string, string>,
    around: ConfigSurroundings,
    beginning?: ConfigValues,
  ) {
    this.explicit = explicit
    this.given = given
    this.around = around
    this.beginning = beginning
    this.own =
      beginning === undefined
        ? new Set()
        : differing(given, beginning.given, differing(explicit, beginning.explicit, new Set()))
  }

  /** The default as text; null when there is none, or no such config. */
  defaultText(name: string): string | null {
    const { brokers, realTime } = this.around
    return defaultHere(name, brokers, realTime) ?? this.row(name)?.[1] ?? null
  }

  /** The value as text: the given one, or the default; null when there is neither. Throws when there is no such config. */
  text(name: string): string | null {
    const { tables } = this.around
    // What the release does not have is somebody's own when it is set while brokers run: nobody has checked it.
    const isNewer = Object.hasOwn(newestConfigs.broker, name) && !Object.hasOwn(tables.broker, name)
    const explicit = (isNewer ? this.given : this.explicit).get(name)
    if (explicit !== undefined) return explicit
    if (this.row(name) === undefined) throw unknownConfig(name, tables)
    return this.defaultText(name)
  }

  /** The parsed value. */
  value(name: string): ConfigValue {
    if (this.beginning !== undefined && !this.own.has(name)) return this.beginning.value(name)
    let value = this.parsed.get(name)
    if (value === undefined) {
      const row = this.row(name)
      if (row === undefined) throw unknownConfig(name, this.around.tables)
      value = this.parse(name, row, this.text(name))
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

  /** The value of a topic config where the topic overrides nothing: the broker's first synonym that is set, or the default. */
  topicDefault(name: string): ConfigValue {
    const { beginning, own } = this
    if (beginning !== undefined && !this.topicSynonyms(name).some(([synonym]) => own.has(synonym))) {
      return beginning.topicDefault(name)
    }
    let value = this.topicDefaults.get(name)
    if (value === undefined) {
      value = this.findTopicDefault(name)
      this.topicDefaults.set(name, value)
    }
    return value
  }

  private findTopicDefault(name: string): ConfigValue {
    const row = this.topicRow(name)
    if (row === undefined) throw unknownTopicConfig(name)
    for (const [synonym, unit] of this.topicSynonyms(name)) {
      const value = this.value(synonym)
      if (value === null) continue
      if (row[0] !== 'LONG') return value
      const long = BigInt(value as number | bigint) * BigInt(unit)
      // A negative log.retention.* of any size means for ever.
      return name === 'retention.ms' && long < 0n ? -1n : long
    }
    return this.parse(name, row, row[1] ?? null)
  }

  /** The broker configs that a topic config falls back to. */
  topicSynonyms(name: string): readonly (readonly [name: string, unit: number])[] {
    const { tables } = this.around
    const { topicSynonyms } = Object.hasOwn(tables.topic, name) ? tables : newestConfigs
    return Object.hasOwn(topicSynonyms, name) ? (topicSynonyms[name] ?? []) : []
  }

  /** The row of a config, one of ours among them; undefined: there is none of that name. */
  row(name: string): ConfigRow | undefined {
    const { broker } = this.around.tables
    return configRow(broker, name) ?? configRow(newestConfigs.broker, name) ?? configRow(ownConfigTable, name)
  }

  private topicRow(name: string): ConfigRow | undefined {
    return configRow(this.around.tables.topic, name) ?? configRow(newestConfigs.topic, name)
  }

  private parse(name: string, row: ConfigRow, text: string | null): ConfigValue {
    if (text === null) return null
    return text === row[1] ? this.around.tables.defaults.of(name, row) : parseConfig(name, row, text)
  }
}

/** Adds the names for which two say something else. */
function differing(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
  names: Set<string>,
): Set<string> {
  if (one === other) return names
  for (const [name, value] of one) if (other.get(name) !== value) names.add(name)
  for (const name of other.keys()) if (!one.has(name)) names.add(name)
  return names
}
