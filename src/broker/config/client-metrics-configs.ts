import { KafkaError } from '../../protocol/errors.ts'
import { ConfigError, type ConfigRow, type ConfigValue, configRow, parseConfig } from './config-def.ts'
import { ConfigSource, UNKNOWN_TYPE } from './config-source.ts'
import type { ConfigTables } from './config-tables.ts'
import { type DescribedConfig, describedConfig } from './described-config.ts'

const SHORTEST_INTERVAL_MS = 100
const LONGEST_INTERVAL_MS = 3_600_000

/** What of a client a subscription can match. */
const matchable: readonly string[] = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]

/**
 * Checks a subscription to the metrics of clients, KIP-714 (`ClientMetricsConfigs.validate`).
 * @throws ConfigError, or KafkaError INVALID_REQUEST, with Kafka's message
 */
export function checkClientMetricsConfigs(overrides: ReadonlyMap<string, string>, tables: ConfigTables): void {
  const { clientMetrics: table, before4 } = tables
  for (const name of overrides.keys()) {
    if (configRow(table, name) === undefined) {
      throw new KafkaError('INVALID_REQUEST', `Unknown client metrics configuration: ${name}`)
    }
  }
  for (const [name, row] of Object.entries(table)) {
    const text = overrides.get(name)
    if (text === undefined) continue
    const value = before4 ? parsedBefore4(name, row, text) : parseConfig(name, row, text)
    if (name === 'interval.ms') checkInterval(value as number)
    if (name === 'match') (value as readonly string[]).forEach(checkPattern)
  }
}

/** A value of the wrong type, over which Kafka 3.9 tripped. */
function parsedBefore4(name: string, row: ConfigRow, text: string): ConfigValue {
  try {
    return parseConfig(name, row, text)
  } catch (error) {
    throw error instanceof ConfigError ? new KafkaError('UNKNOWN_SERVER_ERROR') : error
  }
}

function checkInterval(intervalMs: number): void {
  if (intervalMs >= SHORTEST_INTERVAL_MS && intervalMs <= LONGEST_INTERVAL_MS) return
  throw new KafkaError(
    'INVALID_REQUEST',
    `Invalid value ${intervalMs} for interval.ms, interval must be between ${SHORTEST_INTERVAL_MS} and ${LONGEST_INTERVAL_MS} (1 hour)`,
  )
}

/** `client_id=regular expression`. */
function checkPattern(text: string): void {
  const [parameter = '', pattern, ...more] = text.split('=')
  if (pattern !== undefined && pattern !== '' && more.length === 0 && matchable.includes(parameter.trim())) {
    try {
      new RegExp(pattern.trim())
      return
    } catch {
      // Said below.
    }
  }
  throw new ConfigError(`Illegal client matching pattern: ${text}`)
}

/** The configs of a subscription (`ConfigHelper.createClientMetricsConfigEntry`). */
export function describeClientMetricsConfigs(
  overrides: ReadonlyMap<string, string>,
  { clientMetrics: table, before4 }: ConfigTables,
): DescribedConfig[] {
  if (before4) return [...overrides].map(asItWasSet)
  return Object.entries(table).map(([name, row]) => {
    const [type, defaultValue = null] = row
    const text = overrides.get(name)
    const entry = describedConfig(name, parseConfig(name, row, text ?? defaultValue), { type }, [])
    if (text === undefined) return entry
    const source = ConfigSource.CLIENT_METRICS_CONFIG
    return { ...entry, source, synonyms: [{ name, value: entry.value, source }] }
  })
}

/** Before 4.0 only what is set was told, and neither its type nor what it is for. */
function asItWasSet([name, value]: readonly [string, string]): DescribedConfig {
  const source = ConfigSource.CLIENT_METRICS_CONFIG
  return { name, value, source, readOnly: false, sensitive: false, type: UNKNOWN_TYPE, synonyms: [] }
}
