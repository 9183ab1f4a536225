import { isAtLeast, type Release } from '../../protocol/release.ts'
import type { ConfigTable } from './config-def.ts'
import {
  brokerConfigTable,
  brokerQuotaTable,
  clientMetricsConfigTable,
  dynamicBrokerConfigs,
  groupConfigSynonyms,
  groupConfigTable,
  topicConfigSynonyms,
  topicConfigTable,
} from './config-table.ts'
import {
  brokerConfigChanges,
  clientMetricsConfigsBefore4,
  dynamicBrokerConfigChanges,
  topicConfigSynonymsBefore4,
  topicConfigsBefore4,
} from './config-table-before-4.ts'
import { ParsedDefaults } from './parsed-defaults.ts'

/** Of broker configs that can change while the broker runs (KIP-226): whether for all brokers at once, or each for itself. */
export type UpdateModes = Readonly<Record<string, 'cluster-wide' | 'per-broker'>>

/** The broker configs that a topic config falls back to, the first one that is set, each with its unit in the topic config's. */
export type TopicConfigSynonyms = Readonly<Record<string, readonly (readonly [name: string, unit: number])[]>>

/** All that a release of Kafka says of configs. */
export interface ConfigTables {
  readonly topic: ConfigTable
  readonly broker: ConfigTable
  /** Of brokers, too, but only while they run. */
  readonly quota: ConfigTable
  readonly group: ConfigTable
  /** Of a subscription to the metrics of clients, KIP-714. */
  readonly clientMetrics: ConfigTable
  readonly dynamic: UpdateModes
  /** The broker config that a group config falls back to. */
  readonly groupSynonyms: Readonly<Record<string, string>>
  readonly topicSynonyms: TopicConfigSynonyms
  /** Whether they are those of a release before 4.0, which does some other things with configs otherwise as well. */
  readonly before4: boolean
  /** What the tables have as text. */
  readonly defaults: ParsedDefaults
}

/** Those of the newest release. */
export const newestConfigs: ConfigTables = {
  topic: topicConfigTable,
  broker: brokerConfigTable,
  quota: brokerQuotaTable,
  group: groupConfigTable,
  clientMetrics: clientMetricsConfigTable,
  dynamic: dynamicBrokerConfigs,
  groupSynonyms: groupConfigSynonyms,
  topicSynonyms: topicConfigSynonyms,
  before4: false,
  defaults: new ParsedDefaults(),
}

/** Those of 3.9: what 4.0 made an end of (KIP-1030 and the removal of ZooKeeper) is still there. */
const configsBefore4: ConfigTables = {
  topic: topicConfigsBefore4,
  broker: changed(brokerConfigTable, brokerConfigChanges),
  quota: brokerQuotaTable,
  group: {},
  clientMetrics: clientMetricsConfigsBefore4,
  dynamic: changed(dynamicBrokerConfigs, dynamicBrokerConfigChanges),
  groupSynonyms: {},
  topicSynonyms: topicConfigSynonymsBefore4,
  before4: true,
  defaults: new ParsedDefaults(),
}

/** What a release says of configs: from 4.0 on as the newest does, before as 3.9. */
export function configTablesOf(release: Release): ConfigTables {
  return isAtLeast(release, '4.0') ? newestConfigs : configsBefore4
}

/** A table with other rows, and without those that are null, by rising name. */
function changed<T>(
  table: Readonly<Record<string, T>>,
  changes: Readonly<Record<string, T | null>>,
): Readonly<Record<string, T>> {
  const rows = Object.entries({ ...table, ...changes }).filter((row): row is [string, T] => row[1] !== null)
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)))
}
