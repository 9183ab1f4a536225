import type { DescribeConfigsResourceResult } from '../../protocol/messages/describe-configs.ts'
import { type ConfigEntry, SourceDefault, SourceUnknown } from './config-resources.ts'

/**
 * A config as users see it.
 * @param version of DescribeConfigs, in which it was told
 */
export function configEntryOf(config: DescribeConfigsResourceResult, version: number): ConfigEntry {
  const { name, value, readOnly, isDefault, isSensitive, configType, documentation } = config
  const source = version >= 1 ? config.configSource : isDefault ? SourceDefault : SourceUnknown
  return {
    name,
    value,
    readOnly,
    default: source === SourceDefault,
    source,
    sensitive: isSensitive,
    synonyms: config.synonyms.map((synonym) => ({
      configName: synonym.name,
      configValue: synonym.value,
      source: synonym.source,
    })),
    type: configType,
    documentation,
  }
}
