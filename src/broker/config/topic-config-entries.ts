import { ConfigSource } from './config-source.ts'
import type { ConfigTables, TopicConfigSynonyms } from './config-tables.ts'

/** One config of a topic as a client is told of it. */
export interface TopicConfigEntry {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

/** What may set a topic's configs, by the names of each. */
export interface TopicConfigSources {
  readonly topic: ReadonlyMap<string, string>
  /** The dynamic default of all brokers, by the names of broker configs. */
  readonly cluster: ReadonlyMap<string, string>
  /** What the broker was started with, by the names of broker configs. */
  readonly broker: ReadonlyMap<string, string>
}

/**
 * A topic's effective configs by rising name (`KafkaConfigSchema.resolveEffectiveTopicConfigs`): what the topic overrides,
 * else the first broker config that sets it, else the default. Internal ones are told of when they are overridden.
 */
export function topicConfigEntries(
  sources: TopicConfigSources,
  { topic, topicSynonyms }: Pick<ConfigTables, 'topic' | 'topicSynonyms'>,
): TopicConfigEntry[] {
  const entries: TopicConfigEntry[] = []
  for (const [name, [, defaultValue = null, , internal]] of Object.entries(topic)) {
    const override = sources.topic.get(name)
    if (internal !== undefined && override === undefined) continue
    if (override !== undefined) entries.push({ name, value: override, source: ConfigSource.TOPIC_CONFIG })
    else {
      entries.push(
        fromSynonyms(name, topicSynonyms, sources.cluster, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG) ??
          fromSynonyms(name, topicSynonyms, sources.broker, ConfigSource.STATIC_BROKER_CONFIG) ?? {
            name,
            value: defaultValue,
            source: ConfigSource.DEFAULT_CONFIG,
          },
      )
    }
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function fromSynonyms(
  name: string,
  synonyms: TopicConfigSynonyms,
  configs: ReadonlyMap<string, string>,
  source: ConfigSource,
): TopicConfigEntry | undefined {
  if (configs.size === 0 || !Object.hasOwn(synonyms, name)) return undefined
  for (const [synonym, unit] of synonyms[name] ?? []) {
    const text = configs.get(synonym)
    if (text === undefined) continue
    return { name, value: unit === 1 ? text : String(BigInt(text.trim()) * BigInt(unit)), source }
  }
  return undefined
}
