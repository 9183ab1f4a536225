/** The types of a config, by Kafka's names (`ConfigDef.Type`). */
export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD'

/** What a value must be besides being of its type. */
export type ConfigRule =
  | { readonly min?: number; readonly max?: number }
  | { readonly oneOf: readonly string[] }
  | { readonly oneOfAnyCase: readonly string[] }
  | { readonly elements: readonly string[]; readonly emptyAllowed: boolean; readonly nullAllowed: boolean }
  | 'non-empty string'
  | 'non-null string'
  | 'gzip level'
  | 'throttled replicas'

/** One config: its type, its default (undefined: it has none), its rule, and whether Kafka keeps it to itself. */
export type ConfigRow = readonly [
  type: ConfigType,
  defaultValue: string | null | undefined,
  rule?: ConfigRule | undefined,
  internal?: 'internal',
]

export type ConfigTable = Readonly<Record<string, ConfigRow>>

/** A parsed value: INT, SHORT and DOUBLE are numbers, LONG is a bigint. */
export type ConfigValue = boolean | number | bigint | string | readonly string[] | null

/** A config that is not known or not right; the message is Kafka's (`ConfigException`, `InvalidConfigurationException`). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** The row of a config, or undefined when the table has none of that name. */
export function configRow(table: ConfigTable, name: string): ConfigRow | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** Parses and checks a value as Kafka's `ConfigDef` does. Throws a `ConfigError`. */
export function parseConfig(name: string, row: ConfigRow, text: string | null): ConfigValue {
  const [type, , rule] = row
  const value = text === null ? null : parseType(name, type, text)
  if (rule !== undefined) check(name, rule, value)
  return value
}

const INTEGER_BITS = { INT: 32n, SHORT: 16n, LONG: 64n }

function parseType(name: string, type: ConfigType, text: string): ConfigValue {
  const trimmed = text.trim()
  switch (type) {
    case 'BOOLEAN': {
      const lower = trimmed.toLowerCase()
      if (lower !== 'true' && lower !== 'false') throw invalid(name, text, 'Expected value to be either true or false')
      return lower === 'true'
    }
    case 'INT':
    case 'SHORT':
    case 'LONG': {
      const value = /^[+-]?\d+$/.test(trimmed) ? BigInt(trimmed.replace('+', '')) : undefined
      const limit = 1n << (INTEGER_BITS[type] - 1n)
      if (value === undefined || value >= limit || value < -limit)
        throw invalid(name, text, `Not a number of type ${type}`)
      return type === 'LONG' ? value : Number(value)
    }
    case 'DOUBLE': {
      // What Java's Double.parseDouble takes, but for hexadecimal.
      if (!/^[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[fd]?)$/i.test(trimmed)) {
        throw invalid(name, text, 'Not a number of type DOUBLE')
      }
      return Number(trimmed.replace(/(?<=\d|\.)[fd]$/i, ''))
    }
    case 'LIST':
      return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
    case 'STRING':
    case 'CLASS':
    case 'PASSWORD':
      return trimmed
  }
}

function check(name: string, rule: ConfigRule, value: ConfigValue): void {
  if (typeof rule === 'string') checkNamedRule(name, rule, value)
  else if ('elements' in rule) checkList(name, rule, value as readonly string[] | null)
  else if ('oneOf' in rule) {
    if (!rule.oneOf.includes(value as string)) {
      throw invalid(name, value, `String must be one of: ${rule.oneOf.join(', ')}`)
    }
  } else if ('oneOfAnyCase' in rule) {
    if (typeof value !== 'string' || !rule.oneOfAnyCase.includes(value.toUpperCase())) {
      throw invalid(name, value, `String must be one of (case insensitive): ${rule.oneOfAnyCase.join(', ')}`)
    }
  } else {
    if (value === null) throw invalid(name, null, 'Value must be non-null')
    const number = Number(value)
    if (rule.min !== undefined && number < rule.min) throw invalid(name, value, `Value must be at least ${rule.min}`)
    if (rule.max !== undefined && number > rule.max) {
      throw invalid(name, value, `Value must be no more than ${rule.max}`)
    }
  }
}

function checkList(
  name: string,
  rule: Extract<ConfigRule, { elements: unknown }>,
  values: readonly string[] | null,
): void {
  if (values === null) {
    if (rule.nullAllowed) return
    throw new ConfigError(`Configuration '${name}' values must not be null.`)
  }
  if (values.length === 0 && !rule.emptyAllowed) {
    const valid = rule.elements.length === 0 ? 'any non-empty value' : `[${rule.elements.join(', ')}]`
    throw new ConfigError(`Configuration '${name}' must not be empty. Valid values include: ${valid}`)
  }
  if (new Set(values).size !== values.length) {
    throw new ConfigError(`Configuration '${name}' values must not be duplicated.`)
  }
  for (const value of values) {
    if (value === '') throw new ConfigError(`Configuration '${name}' values must not be empty.`)
    if (rule.elements.length > 0) check(name, { oneOf: rule.elements }, value)
  }
}

function checkNamedRule(name: string, rule: Extract<ConfigRule, string>, value: ConfigValue): void {
  switch (rule) {
    case 'non-empty string':
      if (value === '') throw invalid(name, value, 'String must be non-empty')
      break
    case 'non-null string':
      if (value === null) throw invalid(name, value, 'entry must be non null')
      break
    case 'gzip level': {
      if (value === null) throw invalid(name, null, 'Value must be non-null')
      const level = Number(value)
      if (level > 9 || (level < 1 && level !== -1)) {
        throw invalid(name, value, 'Value must be between 1 and 9 or equal to -1')
      }
      break
    }
    case 'throttled replicas': {
      const replicas = value as readonly string[]
      if (replicas.join('') !== '*' && !replicas.every((replica) => /^(\d+:\d+)?$/.test(replica.trim()))) {
        const format = '[partitionId]:[brokerId],[partitionId]:[brokerId],...'
        throw invalid(
          name,
          value,
          `${name} must be the literal '*' or a list of replicas in the following format: ${format}`,
        )
      }
    }
  }
}

function invalid(name: string, value: ConfigValue, reason: string): ConfigError {
  return new ConfigError(`Invalid value ${asJavaPrints(value)} for configuration ${name}: ${reason}`)
}

function asJavaPrints(value: ConfigValue): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}
