import { brand, isBranded } from '../../protocol/brand.ts'

/** The types of a config, by Kafka's names (`ConfigDef.Type`). */
export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD'

/** What a value must be besides being of its type. */
export type ConfigRule =
  | { readonly min?: number; readonly max?: number }
  | { readonly oneOf: readonly string[] }
  | { readonly oneOfAnyCase: readonly string[] }
  | { readonly each: readonly string[] }
  | { readonly elements: readonly string[]; readonly emptyAllowed: boolean; readonly nullAllowed: boolean }
  | 'non-empty string'
  | 'non-null string'
  | 'gzip level'
  | 'throttled replicas'
  | 'share offset reset'

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

  static {
    brand(ConfigError, 'ConfigError')
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isBranded(value, 'ConfigError')
  }
}

/** The row of a config, or undefined when the table has none of that name. */
export function configRow(table: ConfigTable, name: string): ConfigRow | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** Parses and checks a value as Kafka's `ConfigDef` does. Throws a `ConfigError`. */
export function parseConfig(name: string, row: ConfigRow, text: string | null): ConfigValue {
  const [type, , rule] = row
  let value = text === null ? null : parseType(name, type, text)
  if (rule === undefined) return value
  // KIP-1161: what a list says twice is said once.
  if (typeof rule === 'object' && 'elements' in rule && Array.isArray(value)) value = [...new Set(value)]
  check({ name, type }, rule, value)
  return value
}

/** What a complaint is about. */
interface Subject {
  readonly name: string
  readonly type: ConfigType
}

const INTEGER_BITS = { INT: 32n, SHORT: 16n, LONG: 64n }

function parseType(name: string, type: ConfigType, text: string): ConfigValue {
  const invalidText = (reason: string): ConfigError => invalid({ name, type: 'STRING' }, text, reason)
  const trimmed = text.trim()
  switch (type) {
    case 'BOOLEAN': {
      const lower = trimmed.toLowerCase()
      if (lower !== 'true' && lower !== 'false') throw invalidText('Expected value to be either true or false')
      return lower === 'true'
    }
    case 'INT':
    case 'SHORT':
    case 'LONG': {
      const value = /^[+-]?\d+$/.test(trimmed) ? BigInt(trimmed.replace('+', '')) : undefined
      const limit = 1n << (INTEGER_BITS[type] - 1n)
      if (value === undefined || value >= limit || value < -limit) throw invalidText(`Not a number of type ${type}`)
      return type === 'LONG' ? value : Number(value)
    }
    case 'DOUBLE': {
      // What Java's Double.parseDouble takes, but for hexadecimal.
      if (!/^[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?)$/.test(trimmed)) {
        throw invalidText('Not a number of type DOUBLE')
      }
      return Number(trimmed.replace(/(?<=\d|\.)[fFdD]$/, ''))
    }
    case 'LIST':
      return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
    case 'STRING':
    case 'CLASS':
    case 'PASSWORD':
      return trimmed
  }
}

function check(subject: Subject, rule: ConfigRule, value: ConfigValue): void {
  if (typeof rule === 'string') checkNamedRule(subject, rule, value)
  else if ('elements' in rule) checkList(subject, rule, value as readonly string[] | null)
  else if ('each' in rule) {
    for (const element of (value ?? []) as readonly string[]) check(subject, { oneOf: rule.each }, element)
  } else if ('oneOf' in rule) {
    if (!rule.oneOf.includes(value as string)) {
      throw invalid(subject, value, `String must be one of: ${rule.oneOf.join(', ')}`)
    }
  } else if ('oneOfAnyCase' in rule) {
    if (typeof value !== 'string' || !rule.oneOfAnyCase.includes(value.toUpperCase())) {
      throw invalid(subject, value, `String must be one of (case insensitive): ${rule.oneOfAnyCase.join(', ')}`)
    }
  } else {
    if (value === null) throw invalid(subject, null, 'Value must be non-null')
    const number = Number(value)
    if (rule.min !== undefined && number < rule.min) throw invalid(subject, value, `Value must be at least ${rule.min}`)
    if (rule.max !== undefined && number > rule.max) {
      throw invalid(subject, value, `Value must be no more than ${rule.max}`)
    }
  }
}

function checkList(
  subject: Subject,
  rule: Extract<ConfigRule, { elements: unknown }>,
  values: readonly string[] | null,
): void {
  if (values === null) {
    if (rule.nullAllowed) return
    throw new ConfigError(`Configuration '${subject.name}' values must not be null.`)
  }
  if (values.length === 0 && !rule.emptyAllowed) {
    const valid = rule.elements.length === 0 ? 'any non-empty value' : `[${rule.elements.join(', ')}]`
    throw new ConfigError(`Configuration '${subject.name}' must not be empty. Valid values include: ${valid}`)
  }
  for (const value of values) {
    if (value === '') throw new ConfigError(`Configuration '${subject.name}' values must not be empty.`)
    if (rule.elements.length > 0) check(subject, { oneOf: rule.elements }, value)
  }
}

function checkNamedRule(subject: Subject, rule: Extract<ConfigRule, string>, value: ConfigValue): void {
  switch (rule) {
    case 'non-empty string':
      if (value === '') throw invalid(subject, value, 'String must be non-empty')
      break
    case 'non-null string':
      if (value === null) throw invalid(subject, value, 'entry must be non null')
      break
    case 'gzip level': {
      if (value === null) throw invalid(subject, null, 'Value must be non-null')
      const level = Number(value)
      if (level > 9 || (level < 1 && level !== -1)) {
        throw invalid(subject, value, 'Value must be between 1 and 9 or equal to -1')
      }
      break
    }
    case 'share offset reset':
      if (
        !/^(earliest|latest|by_duration:P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+([.,]\d{0,9})?S)?)?)$/.test(String(value))
      ) {
        throw invalid(
          subject,
          value,
          `Invalid value \`${value}\` for configuration ${subject.name}. The value must be either 'earliest', 'latest' or ` +
            "of the format 'by_duration:<PnDTnHnMn.nS>'.",
        )
      }
      break
    case 'throttled replicas': {
      const replicas = value as readonly string[]
      if (replicas.join('') !== '*' && !replicas.every((replica) => /^(\d+:\d+)?$/.test(replica.trim()))) {
        const format = '[partitionId]:[brokerId],[partitionId]:[brokerId],...'
        throw invalid(
          subject,
          value,
          `${subject.name} must be the literal '*' or a list of replicas in the following format: ${format}`,
        )
      }
    }
  }
}

function invalid({ name, type }: Subject, value: ConfigValue, reason: string): ConfigError {
  return new ConfigError(`Invalid value ${asJavaPrints(type, value)} for configuration ${name}: ${reason}`)
}

function asJavaPrints(type: ConfigType, value: ConfigValue): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : (configText(type, value) ?? 'null')
}

/** A parsed value as text, as Kafka's `ConfigDef.convertToString` has it; null stays null. */
export function configText(type: ConfigType, value: ConfigValue): string | null {
  if (value === null) return null
  if (Array.isArray(value)) return value.join(',')
  return type === 'DOUBLE' ? javaDouble(Number(value)) : String(value)
}

/** A number as Java's `Double.toString` prints it: 0.5, 2.0, 1.0E7, 1.0E-4. */
function javaDouble(value: number): string {
  const withFraction = (text: string): string => (text.includes('.') ? text : `${text}.0`)
  const size = Math.abs(value)
  if (!Number.isFinite(value) || size === 0)
    return Number.isFinite(value) ? (Object.is(value, -0) ? '-0.0' : '0.0') : String(value)
  if (size >= 1e-3 && size < 1e7) return withFraction(String(value))
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  return `${withFraction(digits)}E${exponent.replace('+', '')}`
}
