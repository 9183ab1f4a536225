import type { BeginTransactionRecord } from '../../protocol/messages/metadata/begin-transaction-record.ts'
import type { BrokerRegistrationChangeRecord } from '../../protocol/messages/metadata/broker-registration-change-record.ts'
import type { ClearElrRecord } from '../../protocol/messages/metadata/clear-elr-record.ts'
import type { ConfigRecord } from '../../protocol/messages/metadata/config-record.ts'
import type { EndTransactionRecord } from '../../protocol/messages/metadata/end-transaction-record.ts'
import type { FeatureLevelRecord } from '../../protocol/messages/metadata/feature-level-record.ts'
import type { PartitionChangeRecord } from '../../protocol/messages/metadata/partition-change-record.ts'
import type { PartitionRecord } from '../../protocol/messages/metadata/partition-record.ts'
import type { ProducerIdsRecord } from '../../protocol/messages/metadata/producer-ids-record.ts'
import type { RegisterBrokerRecord } from '../../protocol/messages/metadata/register-broker-record.ts'
import type { RemoveTopicRecord } from '../../protocol/messages/metadata/remove-topic-record.ts'
import type { TopicRecord } from '../../protocol/messages/metadata/topic-record.ts'
import type { UnregisterBrokerRecord } from '../../protocol/messages/metadata/unregister-broker-record.ts'

/** A record of the metadata log as Kafka writes it: its type, the version of its layout, and what it says. */
type Typed<Type extends string, Value> = { readonly type: Type; readonly version: number; readonly value: Value }

/** Every kind of record that the controller writes and an image can replay. A record never changes once it is made. */
export type MetadataRecord =
  | Typed<'RegisterBrokerRecord', RegisterBrokerRecord>
  | Typed<'UnregisterBrokerRecord', UnregisterBrokerRecord>
  | Typed<'BrokerRegistrationChangeRecord', BrokerRegistrationChangeRecord>
  | Typed<'TopicRecord', TopicRecord>
  | Typed<'PartitionRecord', PartitionRecord>
  | Typed<'PartitionChangeRecord', PartitionChangeRecord>
  | Typed<'ClearElrRecord', ClearElrRecord>
  | Typed<'RemoveTopicRecord', RemoveTopicRecord>
  | Typed<'ConfigRecord', ConfigRecord>
  | Typed<'FeatureLevelRecord', FeatureLevelRecord>
  | Typed<'ProducerIdsRecord', ProducerIdsRecord>
  | Typed<'BeginTransactionRecord', BeginTransactionRecord>
  | Typed<'EndTransactionRecord', EndTransactionRecord>

/** What a record of a type says. */
export type MetadataValue<Type extends MetadataRecord['type']> = Extract<MetadataRecord, { type: Type }>['value']
