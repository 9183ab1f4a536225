import { nearest } from '../../intercept/nearest.ts'
import { ConfigError } from './config-def.ts'
import { type ConfigTables, newestConfigs } from './config-tables.ts'
import { ownConfigTable } from './differences.ts'

/** Of a name that is no broker config, and of what may have been meant. */
export function unknownConfig(name: string, tables: ConfigTables): ConfigError {
  const topicSynonyms = { ...newestConfigs.topicSynonyms, ...tables.topicSynonyms }
  const synonym = Object.hasOwn(topicSynonyms, name) ? topicSynonyms[name]?.[0]?.[0] : undefined
  if (synonym !== undefined) {
    return new ConfigError(`Unknown broker config ${name}: it is a topic's config, the broker's is ${synonym}`)
  }
  const guess = nearest(name, Object.keys({ ...newestConfigs.broker, ...tables.broker, ...ownConfigTable }))
  return new ConfigError(`Unknown broker config ${name}${guess === undefined ? '' : `: did you mean ${guess}?`}`)
}

/** Of a name that is no topic config. The message is Kafka's. */
export function unknownTopicConfig(name: string): ConfigError {
  return new ConfigError(`Unknown topic config name: ${name}`)
}
