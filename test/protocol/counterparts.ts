import type { Message } from '../../src/protocol/message.ts'
import { hasVersion } from '../../src/protocol/schema.ts'
import { allMessages } from './all-messages.ts'
import type { Renamed } from './kafka-json.ts'

/** What we have for a version of one of Kafka's message classes. */
export interface Counterpart {
  readonly message: Message<object>
  readonly version: number
  /** What fields are called there when it is not as here. */
  readonly renamed: Renamed
}

/**
 * What 4.x has given another name, the whole or a few of its fields, and to what it has added a tagged field without a new
 * version. What 3.9 knows of has the same bytes still.
 */
const changedSince39: { readonly [theirs: string]: { readonly name?: string; readonly fields?: Renamed } } = {
  ListClientMetricsResourcesRequest: { name: 'ListConfigResourcesRequest' },
  ListClientMetricsResourcesResponse: {
    name: 'ListConfigResourcesResponse',
    fields: { configResources: 'clientMetricsResources', resourceName: 'name' },
  },
  ConsumerGroupCurrentMemberAssignmentValue: { fields: { assignmentEpochs: null } },
  ConsumerGroupMetadataValue: { fields: { metadataHash: null } },
  ConsumerGroupTargetAssignmentMetadataValue: { fields: { assignmentTimestamp: null } },
  OffsetCommitValue: { fields: { topicId: null } },
  TransactionLogValue: {
    fields: { previousProducerId: null, nextProducerId: null, nextProducerEpoch: null, clientTransactionVersion: null },
  },
  TxnOffsetCommitRequest: { fields: { generationIdOrMemberEpoch: 'generationId' } },
  VoteRequest: {
    fields: {
      replicaEpoch: 'candidateEpoch',
      replicaId: 'candidateId',
      replicaDirectoryId: 'candidateDirectoryId',
    },
  },
}

/**
 * Our message for a version of a class of that release; as text, why we have none on purpose; undefined where we should have
 * one.
 */
export function counterpart(release: string, name: string, version: number): Counterpart | string | undefined {
  const before40 = release.startsWith('3.')
  if (before40 && neverReleased(name, version)) return 'share groups were unstable in 3.9, and 4.0 began anew'
  if (before40 && /^(OffsetCommit|GroupMetadata|ConsumerGroup.*)Key$/.test(name)) return keyOfType(name, version)
  const renamed = before40 ? changedSince39[name] : undefined
  const message = allMessages.get(renamed?.name ?? name)
  if (message === undefined || !hasVersion(message.versions, version)) return undefined
  return { message, version, renamed: renamed?.fields ?? {} }
}

function neverReleased(name: string, version: number): boolean {
  if (/^ShareGroup.*(Key|Value)$/.test(name) || name === 'ReadShareGroupStateSummaryResponse') return true
  return /^Share(Acknowledge|Fetch|GroupDescribe|GroupHeartbeat)(Request|Response)$/.test(name) && version === 0
}

/** Until 4.0 the version of a key was what is called the type of the record since. Type 0 has a message of its own now. */
function keyOfType(name: string, type: number): Counterpart | undefined {
  const message = allMessages.get(name === 'OffsetCommitKey' && type === 0 ? 'LegacyOffsetCommitKey' : name)
  return message?.recordType === type ? { message, version: 0, renamed: {} } : undefined
}
