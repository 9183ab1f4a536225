import type { BrokerConfig } from './broker-config.ts'
import { brokerConfigSynonyms } from './broker-config-synonyms.ts'
import { type ConfigRow, type ConfigType, type ConfigValue, configText, parseConfig } from './config-def.ts'
import { ConfigSource, configTypeCode, UNKNOWN_TYPE } from './config-source.ts'

/** One config as DescribeConfigs tells of it (KIP-133, KIP-226, KIP-569). */
export interface DescribedConfig {
  readonly name: string
  /** Null when nothing is set, and of what is sensitive. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly readOnly: boolean
  readonly sensitive: boolean
  /** The type's code. */
  readonly type: number
  /** All that is said of the config, what counts first. */
  readonly synonyms: readonly ConfigSynonym[]
}

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

/** What is known of a config apart from its name and value. */
export interface ConfigFacts {
  /** Undefined for one that nobody knows: it might be a secret. */
  readonly type: ConfigType | undefined
  readonly readOnly?: boolean
}

/** Puts together what is told of a config. The first synonym says where the value comes from. */
export function describedConfig(
  name: string,
  value: ConfigValue,
  { type, readOnly = false }: ConfigFacts,
  synonyms: readonly ConfigSynonym[],
): DescribedConfig {
  const sensitive = isSensitive(type)
  return {
    name,
    value: sensitive ? null : typeof value === 'string' ? value : configText(type ?? 'STRING', value),
    source: synonyms[0]?.source ?? ConfigSource.DEFAULT_CONFIG,
    readOnly,
    sensitive,
    type: type === undefined ? UNKNOWN_TYPE : configTypeCode[type],
    synonyms: sensitive ? synonyms.map((synonym) => ({ ...synonym, value: null })) : synonyms,
  }
}

/** Passwords are, and what nobody knows might be (`KafkaConfig.maybeSensitive`). */
export function isSensitive(type: ConfigType | undefined): boolean {
  return type === undefined || type === 'PASSWORD'
}

/**
 * All that is said of a broker config and of its synonyms, from what counts most to the default. What stands before the
 * config itself is left out, as in Kafka: `log.retention.hours` does not tell of `log.retention.ms`.
 */
export function brokerSynonyms(config: BrokerConfig, name: string): ConfigSynonym[] {
  const names = brokerConfigSynonyms(name)
  const { broker, cluster } = config.dynamic()
  const layers = [
    [ConfigSource.DYNAMIC_BROKER_CONFIG, (one: string) => broker.get(one)],
    [ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, (one: string) => cluster.get(one)],
    [ConfigSource.STATIC_BROKER_CONFIG, (one: string) => config.static().get(one)],
    [ConfigSource.DEFAULT_CONFIG, (one: string) => config.defaultText(one)],
  ] as const
  const all = layers.flatMap(([source, find]) =>
    names.flatMap((one): ConfigSynonym[] => {
      const value = find(one)
      return value === undefined || value === null ? [] : [{ name: one, value, source }]
    }),
  )
  const first = all.findIndex((synonym) => synonym.name === name)
  return first === -1 ? [] : all.slice(first)
}

/** A value that is set: parsed, but for one that Kafka keeps to itself, which it tells as it was written. */
export function overrideOf(name: string, row: ConfigRow, text: string): ConfigValue {
  return row[3] === 'internal' ? text : parseConfig(name, row, text)
}

/** Whether DescribeConfigs tells of a config: Kafka keeps some to itself until somebody sets them. */
export function isTold([, , , internal]: ConfigRow, isSet: boolean): boolean {
  return internal === undefined || isSet
}
