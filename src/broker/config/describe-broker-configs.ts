import type { BrokerConfig } from './broker-config.ts'
import { listenerConfigBase } from './broker-config-synonyms.ts'
import { configRow, configText } from './config-def.ts'
import { ConfigSource } from './config-source.ts'
import { brokerSynonyms, type ConfigFacts, type DescribedConfig, describedConfig, isTold } from './described-config.ts'
import { isDynamic } from './dynamic-broker-configs.ts'

/** The configs of a broker: all that Kafka has, and what else is set (`ConfigHelper.createBrokerConfigEntry`). */
export function describeBrokerConfigs(config: BrokerConfig): DescribedConfig[] {
  const explicit = config.explicit()
  const told = Object.entries(config.tables.broker).flatMap(([name, row]) =>
    isTold(row, explicit.has(name)) ? [name] : [],
  )
  const names = new Set([...told, ...explicit.keys()])
  return [...names].map((name) =>
    describedConfig(name, valueIn(config, name), factsOf(config, name), brokerSynonyms(config, name)),
  )
}

/** The configs that are set for all brokers while they run, and nothing else. */
export function describeClusterConfigs(config: BrokerConfig): DescribedConfig[] {
  return [...config.dynamic().cluster].map(([name, value]) =>
    describedConfig(
      name,
      value,
      factsOf(config, name),
      brokerSynonyms(config, name).filter(({ source }) => source === ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG),
    ),
  )
}

function valueIn(config: BrokerConfig, name: string): string | null {
  const row = configRow(config.tables.broker, name)
  // What Kafka has no definition of, or keeps to itself, is told as it was written.
  return row === undefined || row[3] === 'internal'
    ? (config.explicit().get(name) ?? null)
    : configText(row[0], config.value(name))
}

function factsOf(config: BrokerConfig, name: string): ConfigFacts {
  const base = listenerConfigBase(name) ?? name
  const row = config.row(base) ?? configRow(config.tables.quota, base)
  return { type: row?.[0], readOnly: !isDynamic(name, config.tables) }
}
