import type { BrokerConfig } from './broker-config.ts'
import { ConfigSource } from './config-source.ts'
import {
  brokerSynonyms,
  type ConfigSynonym,
  type DescribedConfig,
  describedConfig,
  isTold,
  overrideOf,
} from './described-config.ts'

/**
 * A topic's configs as a broker sees them (`ConfigHelper.createTopicConfigEntry`), in the order of their definition.
 *
 * @param overrides what the topic sets.
 */
export function describeTopicConfigs(config: BrokerConfig, overrides: ReadonlyMap<string, string>): DescribedConfig[] {
  return Object.entries(config.tables.topic).flatMap(([name, row]) => {
    const text = overrides.get(name)
    if (!isTold(row, text !== undefined)) return []
    const [type] = row
    const synonym = config.topicSynonyms(name)[0]?.[0]
    const inherited = synonym === undefined ? [] : brokerSynonyms(config, synonym)
    if (text === undefined) return describedConfig(name, config.topicDefault(name), { type }, inherited)
    const entry = describedConfig(name, overrideOf(name, row, text), { type }, [])
    const own: ConfigSynonym = { name, value: entry.value, source: ConfigSource.TOPIC_CONFIG }
    return { ...entry, source: own.source, synonyms: [own, ...inherited] }
  })
}
