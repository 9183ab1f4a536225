import type { KafkaError } from '../../protocol/errors.ts'

/** What has configs: one of the constants below. */
export type ConfigResourceType = number
export const UnknownResource: ConfigResourceType = 0
export const TopicResource: ConfigResourceType = 2
/** A broker by its id, or the default of all brokers by the empty name (KIP-226). */
export const BrokerResource: ConfigResourceType = 4
/** The log levels of a broker (KIP-412). */
export const BrokerLoggerResource: ConfigResourceType = 8
/** A subscription to metrics of clients (KIP-714). */
export const ClientMetricsResource: ConfigResourceType = 16
/** A group (KIP-848). */
export const GroupResource: ConfigResourceType = 32

/** Where the value of a config comes from: one of the constants below. */
export type ConfigSource = number
export const SourceUnknown: ConfigSource = 0
export const SourceTopic: ConfigSource = 1
export const SourceDynamicBroker: ConfigSource = 2
export const SourceDynamicDefaultBroker: ConfigSource = 3
export const SourceStaticBroker: ConfigSource = 4
export const SourceDefault: ConfigSource = 5

/** What values a config has: one of the constants below. */
export type ConfigType = number
export const UnknownConfigType: ConfigType = 0
export const BooleanConfigType: ConfigType = 1
export const StringConfigType: ConfigType = 2
export const IntConfigType: ConfigType = 3
export const ShortConfigType: ConfigType = 4
export const LongConfigType: ConfigType = 5
export const DoubleConfigType: ConfigType = 6
export const ListConfigType: ConfigType = 7
export const ClassConfigType: ConfigType = 8
export const PasswordConfigType: ConfigType = 9

/** What becomes of a config (KIP-339): one of the constants below. */
export type IncrementalAlterConfigsOperation = number
export const IncrementalAlterConfigsOperationSet: IncrementalAlterConfigsOperation = 0
/** Sets it back to its default. */
export const IncrementalAlterConfigsOperationDelete: IncrementalAlterConfigsOperation = 1
/** Adds to a list. */
export const IncrementalAlterConfigsOperationAppend: IncrementalAlterConfigsOperation = 2
/** Takes from a list. */
export const IncrementalAlterConfigsOperationSubtract: IncrementalAlterConfigsOperation = 3

export interface IncrementalAlterConfigsEntry {
  readonly operation: IncrementalAlterConfigsOperation
  /** Left out for a deletion. */
  readonly value?: string | null
}

/** Whose configs, and which of them. */
export interface ConfigResource {
  readonly type: ConfigResourceType
  readonly name: string
  /** Default: all. */
  readonly configNames?: readonly string[]
}

/** The configs of one resource, or why they are not told. */
export interface ConfigResourceResult {
  readonly type: ConfigResourceType
  readonly name: string
  readonly err: KafkaError | null
  readonly configs: readonly ConfigEntry[]
}

export interface ConfigEntry {
  readonly name: string
  /** null when it is sensitive, or has none. */
  readonly value: string | null
  readonly readOnly: boolean
  /** Whether it is Kafka's own default. */
  readonly default: boolean
  /** SourceUnknown before Kafka 1.1, but for defaults. */
  readonly source: ConfigSource
  readonly sensitive: boolean
  /** Where else it could come from, the first being where it does; when they were asked for. */
  readonly synonyms: readonly ConfigSynonym[]
  /** UnknownConfigType before Kafka 2.6. */
  readonly type: ConfigType
  /** When it was asked for. */
  readonly documentation: string | null
}

export interface ConfigSynonym {
  readonly configName: string
  readonly configValue: string | null
  readonly source: ConfigSource
}
