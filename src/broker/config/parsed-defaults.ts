import { type ConfigRow, type ConfigValue, parseConfig } from './config-def.ts'

/** The defaults of a table's configs, parsed: each when it is first asked for. */
export class ParsedDefaults {
  private readonly parsed = new Map<ConfigRow, ConfigValue>()

  of(name: string, row: ConfigRow): ConfigValue {
    let value = this.parsed.get(row)
    if (value === undefined) {
      const [, text] = row
      value = text === undefined || text === null ? null : parseConfig(name, row, text)
      this.parsed.set(row, value)
    }
    return value
  }
}
