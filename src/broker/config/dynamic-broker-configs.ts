import type { BrokerConfig } from './broker-config.ts'
import { listenerConfigBase } from './broker-config-synonyms.ts'
import { ConfigError, parseConfig } from './config-def.ts'
import type { ConfigTables } from './config-tables.ts'
import { ownConfigTable } from './differences.ts'
import { checkListeners } from './listener-checks.ts'
import { checkReconfiguration } from './reconfiguration.ts'

/** TLS stores and keys (`SslConfigs.RECONFIGURABLE_CONFIGS`): what can change of them can change for one listener only. */
const securityConfigs: readonly string[] = [
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.key.password',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.password',
  'ssl.truststore.certificates',
]

/** What may be set for a listener once for all brokers. */
const clusterWideListenerConfigs: readonly string[] = [
  'max.connections',
  'max.connection.creation.rate',
  'num.network.threads',
]

/** Whether a broker config can change while the broker runs. */
export function isDynamic(name: string, { dynamic }: ConfigTables): boolean {
  return Object.hasOwn(dynamic, name)
}

/**
 * Checks what is to be set of a broker's configs while it runs, all of it together (`DynamicBrokerConfig.validate`).
 * A name that Kafka does not know is somebody's own, and taken; those of memkafka are checked as well.
 *
 * @param current what the broker runs with.
 * @param scope whether the values are for this broker alone, or the default of all.
 * @throws ConfigError with Kafka's message
 */
export function checkDynamicConfigs(
  current: BrokerConfig,
  scope: 'broker' | 'cluster',
  overrides: ReadonlyMap<string, string>,
): void {
  const { tables } = current
  const names = [...overrides.keys()].sort()
  const refuse = (wrong: readonly string[], why: string, set = 'Set'): void => {
    if (wrong.length === 0) return
    // Before 4.0 it is Scala that prints them.
    throw new ConfigError(`${why}: ${tables.before4 ? `${set}(${wrong.join(', ')})` : `[${wrong.join(', ')}]`}`)
  }
  refuse(
    names.filter((name) => Object.hasOwn(tables.broker, name) && !isDynamic(name, tables)),
    'Cannot update these configs dynamically',
  )
  refuse(
    names.filter((name) => securityConfigs.includes(name)),
    'These security configs can be dynamically updated only per-listener using the listener prefix',
    'HashSet',
  )
  checkTypes(overrides, tables)
  if (scope === 'cluster') {
    refuse(
      names.filter((name) => isPerBroker(name, tables)),
      'Cannot update these configs at default cluster level, broker id must be specified',
    )
  }
  const next = current.fork()
  next.override({ ...current.dynamic(), [scope]: overrides })
  next.checkTogether()
  checkListeners(next)
  checkReconfiguration(current, next)
}

function checkTypes(overrides: ReadonlyMap<string, string>, tables: ConfigTables): void {
  const values = new Map([...overrides].map(([name, value]) => [listenerConfigBase(name) ?? name, value]))
  for (const table of [tables.quota, tables.broker, ownConfigTable]) {
    for (const [name, row] of Object.entries(table)) {
      const text = values.get(name)
      if (text === undefined || (table === tables.broker && !isDynamic(name, tables))) continue
      parseConfig(name, row, text)
      if (row[0] === 'CLASS') checkClass(name, text, row[1] ?? null)
    }
  }
}

/** There are no Java classes here: a class can be what it is by default, and no other. */
function checkClass(name: string, text: string, defaultClass: string | null): void {
  if (text.trim() === defaultClass) return
  throw new ConfigError(`Invalid value ${text} for configuration ${name}: Class ${text} could not be found.`)
}

function isPerBroker(name: string, { dynamic }: ConfigTables): boolean {
  const base = listenerConfigBase(name)
  if (base !== undefined) return !clusterWideListenerConfigs.includes(base)
  return Object.hasOwn(dynamic, name) && dynamic[name] === 'per-broker'
}
