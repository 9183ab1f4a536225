import { ConfigError } from './config-def.ts'
import { ConfigSource, UNKNOWN_TYPE } from './config-source.ts'
import type { DescribedConfig } from './described-config.ts'

const LEVELS = ['DEBUG', 'ERROR', 'FATAL', 'INFO', 'TRACE', 'WARN']
const ROOT = 'root'

/**
 * The loggers of a broker and their levels (KIP-412). A broker here writes no log, so they are kept and told and nothing
 * else; in Kafka, too, they are forgotten with the process.
 */
export class BrokerLoggers {
  private readonly levels = new Map([ROOT, 'kafka', 'org.apache.kafka'].map((name) => [name, 'INFO']))

  /** Throws a `ConfigError` with Kafka's message. */
  checkName(logger: string): void {
    if (!this.levels.has(logger)) throw new ConfigError(`Logger ${logger} does not exist!`)
  }

  /** Throws a `ConfigError` with Kafka's message. */
  checkLevel(logger: string, level: string): void {
    this.checkName(logger)
    if (LEVELS.includes(level)) return
    throw new ConfigError(
      `Cannot set the log level of ${logger} to ${level} as it is not a supported log level. Valid log levels are ${LEVELS.join(', ')}`,
    )
  }

  set(logger: string, level: string): void {
    this.levels.set(logger, level)
  }

  /** From then on the logger has the level of the root. */
  unset(logger: string): void {
    this.levels.set(logger, this.levels.get(ROOT) ?? 'INFO')
  }

  describe(): DescribedConfig[] {
    return [...this.levels].map(([name, value]) => ({
      name,
      value,
      source: ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG,
      readOnly: false,
      sensitive: false,
      type: UNKNOWN_TYPE,
      synonyms: [],
    }))
  }
}
