import type { BrokerConfig } from './broker-config.ts'
import { ConfigError, type ConfigValue, configRow, parseConfig } from './config-def.ts'
import { ConfigSource } from './config-source.ts'
import {
  brokerSynonyms,
  type ConfigSynonym,
  type DescribedConfig,
  describedConfig,
  isTold,
  overrideOf,
} from './described-config.ts'

/** The limits that the broker sets to a group config. */
const limits: Readonly<Record<string, { readonly min?: string; readonly max?: string }>> = {
  'consumer.heartbeat.interval.ms': between('group.consumer', 'heartbeat.interval.ms'),
  'consumer.session.timeout.ms': between('group.consumer', 'session.timeout.ms'),
  'consumer.assignment.interval.ms': between('group.consumer', 'assignment.interval.ms'),
  'share.heartbeat.interval.ms': between('group.share', 'heartbeat.interval.ms'),
  'share.session.timeout.ms': between('group.share', 'session.timeout.ms'),
  'share.record.lock.duration.ms': between('group.share', 'record.lock.duration.ms'),
  'share.delivery.count.limit': between('group.share', 'delivery.count.limit'),
  'share.partition.max.record.locks': between('group.share', 'partition.max.record.locks'),
  'share.assignment.interval.ms': between('group.share', 'assignment.interval.ms'),
  'streams.heartbeat.interval.ms': between('group.streams', 'heartbeat.interval.ms'),
  'streams.session.timeout.ms': between('group.streams', 'session.timeout.ms'),
  'streams.num.standby.replicas': { max: 'group.streams.max.standby.replicas' },
  'streams.assignment.interval.ms': between('group.streams', 'assignment.interval.ms'),
  'streams.task.offset.interval.ms': { min: 'group.streams.min.task.offset.interval.ms' },
  'streams.num.warmup.replicas': { max: 'group.streams.max.warmup.replicas' },
}

function between(kind: string, name: string): { min: string; max: string } {
  return { min: `${kind}.min.${name}`, max: `${kind}.max.${name}` }
}

/** Checks what is to be set for a group (`GroupConfig.validate`). Throws a `ConfigError` with Kafka's message. */
export function checkGroupConfigs(overrides: ReadonlyMap<string, string>, config: BrokerConfig): void {
  for (const name of overrides.keys()) {
    if (configRow(config.tables.group, name) === undefined) throw new ConfigError(`Unknown group config name: ${name}`)
  }
  checkTags(overrides.get('streams.rack.aware.assignment.tags'))
  const values = new Map<string, ConfigValue>()
  for (const [name, row] of Object.entries(config.tables.group)) {
    const text = overrides.get(name)
    if (text !== undefined) values.set(name, parseConfig(name, row, text))
  }
  for (const [name, { min, max }] of Object.entries(limits)) {
    const value = values.get(name)
    if (value !== undefined) checkLimits(name, Number(value), min && config.int(min), max && config.int(max))
  }
  const assignor = values.get('streams.assignor.name')
  const assignors = config.list('group.streams.assignors')
  if (typeof assignor === 'string' && !assignors.includes(assignor)) {
    throw new ConfigError(
      `streams.assignor.name '${assignor}' is not a registered task assignor. Registered assignors are: [${assignors.join(', ')}].`,
    )
  }
  for (const kind of ['consumer', 'share', 'streams']) checkSession(kind, values, config)
  if (String(values.get('errors.deadletterqueue.topic.name') ?? '').startsWith('__')) {
    throw new ConfigError("errors.deadletterqueue.topic.name: DLQ topic name must not start with '__'")
  }
}

function checkTags(text: string | undefined): void {
  if (text === undefined || text.trim() === '') return
  const tags = text.trim().split(/\s*,\s*/)
  if (new Set(tags).size < tags.length) {
    throw new ConfigError('streams.rack.aware.assignment.tags must not contain duplicate tag keys.')
  }
}

function checkLimits(name: string, value: number, min: number | '' | undefined, max: number | '' | undefined): void {
  const hasMin = typeof min === 'number'
  const hasMax = typeof max === 'number'
  if ((!hasMin || value >= min) && (!hasMax || value <= max)) return
  if (hasMin && hasMax) throw new ConfigError(`${name} must be in the range ${min} to ${max} inclusive.`)
  throw new ConfigError(
    `${name} must be ${hasMin ? `greater than or equal to ${min}` : `less than or equal to ${max}`}`,
  )
}

function checkSession(kind: string, values: ReadonlyMap<string, ConfigValue>, config: BrokerConfig): void {
  const session = `${kind}.session.timeout.ms`
  const heartbeat = `${kind}.heartbeat.interval.ms`
  if (!values.has(session) && !values.has(heartbeat)) return
  const effective = (name: string): number => Number(values.get(name) ?? config.int(`group.${name}`))
  if (effective(session) <= effective(heartbeat)) throw new ConfigError(`${session} must be greater than ${heartbeat}`)
}

/** A group's configs, in the order of their definition (`ConfigHelper.createGroupConfigEntry`). */
export function describeGroupConfigs(config: BrokerConfig, overrides: ReadonlyMap<string, string>): DescribedConfig[] {
  return Object.entries(config.tables.group).flatMap(([name, row]) => {
    const text = overrides.get(name)
    if (!isTold(row, text !== undefined)) return []
    const [type] = row
    const inherited = inheritedSynonyms(config, name)
    if (text === undefined) return describedConfig(name, inheritedValue(config, name), { type }, inherited)
    const entry = describedConfig(name, overrideOf(name, row, text), { type }, [])
    const own: ConfigSynonym = { name, value: entry.value, source: ConfigSource.GROUP_CONFIG }
    return { ...entry, source: own.source, synonyms: [own, ...inherited] }
  })
}

function inheritedSynonyms(config: BrokerConfig, name: string): ConfigSynonym[] {
  const synonym = brokerSynonym(config, name)
  if (synonym !== undefined) return brokerSynonyms(config, synonym)
  const value = config.tables.group[name]?.[1] ?? null
  return value === null ? [] : [{ name, value, source: ConfigSource.DEFAULT_CONFIG }]
}

function inheritedValue(config: BrokerConfig, name: string): ConfigValue {
  const synonym = brokerSynonym(config, name)
  if (synonym === undefined) return config.tables.group[name]?.[1] ?? null
  // Of the assignors of streams groups the first is the default.
  return name === 'streams.assignor.name' ? (config.list(synonym)[0] ?? null) : config.value(synonym)
}

function brokerSynonym({ tables: { groupSynonyms } }: BrokerConfig, name: string): string | undefined {
  return Object.hasOwn(groupSynonyms, name) ? groupSynonyms[name] : undefined
}
