import type { ErrorName } from '../protocol/errors.ts'

/** Where an API has room for an error both in the answer itself and beside its entries: which goes where. */
interface ErrorPlaces {
  /** Alone these stand in the answer itself. */
  readonly whole?: readonly ErrorName[]
  /** These stand beside the innermost entries, all others in the answer itself. */
  readonly entries?: readonly ErrorName[]
}

/**
 * What of Kafka's answers its schemas do not tell: clients read an error in the one place otherwise than in the other. Where an API
 * is not listed an error of the whole request stands as near to the answer itself as there is room.
 */
export const ERROR_PLACES: { readonly [api: string]: ErrorPlaces } = {
  // KIP-227: what stands in the answer itself is an error of the session.
  Fetch: { whole: ['FETCH_SESSION_ID_NOT_FOUND', 'INVALID_FETCH_SESSION_EPOCH', 'FETCH_SESSION_TOPIC_ID_ERROR'] },
  // KIP-1102: added for this one error.
  Metadata: { whole: ['REBOOTSTRAP_REQUIRED'] },
  // Since version 4 a broker asks for other brokers' transactions, and may not be allowed to.
  AddPartitionsToTxn: { whole: ['CLUSTER_AUTHORIZATION_FAILED'] },
  OffsetFetch: {
    entries: ['UNSTABLE_OFFSET_COMMIT', 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID', 'TOPIC_AUTHORIZATION_FAILED'],
  },
  // KIP-345: several members leave at once.
  LeaveGroup: { entries: ['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'] },
  OffsetDelete: { entries: ['UNKNOWN_TOPIC_OR_PARTITION', 'TOPIC_AUTHORIZATION_FAILED', 'GROUP_SUBSCRIBED_TO_TOPIC'] },
  AlterPartitionReassignments: {
    entries: [
      'UNKNOWN_TOPIC_OR_PARTITION',
      'INVALID_REPLICA_ASSIGNMENT',
      'INVALID_REPLICATION_FACTOR',
      'NO_REASSIGNMENT_IN_PROGRESS',
    ],
  },
  DescribeQuorum: { entries: ['UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_OR_FOLLOWER'] },
  ElectLeaders: {
    entries: [
      'UNKNOWN_TOPIC_OR_PARTITION',
      'PREFERRED_LEADER_NOT_AVAILABLE',
      'ELIGIBLE_LEADERS_NOT_AVAILABLE',
      'ELECTION_NOT_NEEDED',
    ],
  },
  DescribeLogDirs: { entries: ['KAFKA_STORAGE_ERROR', 'LOG_DIR_NOT_FOUND'] },
}

/** What stands beside an error in Kafka's answers where that is not the schema's default. */
export const BESIDE_ERROR: { readonly [api: string]: { readonly [field: string]: unknown } } = {
  Produce: { baseOffset: -1 },
  Fetch: { highWatermark: -1, records: [] },
  OffsetFetch: { committedOffset: -1, committedLeaderEpoch: -1 },
  FindCoordinator: { nodeId: -1, port: -1 },
  // KIP-559: no protocol is null since version 7.
  JoinGroup: { protocolName: null },
  InitProducerId: { producerEpoch: -1 },
  DeleteRecords: { lowWatermark: -1 },
}

/** What an answer with an error of the whole repeats of its request. */
export const REPEATED: { readonly [api: string]: readonly string[] } = {
  JoinGroup: ['memberId'],
}

/** Where Kafka tells an error of the whole in words too, though nobody gave any: FindCoordinator in versions 1 to 3. */
export const IN_WORDS_TOO: ReadonlySet<string> = new Set(['FindCoordinator'])

/** Errors that say that the work was done, or may have been, and not waited for: they are given after it. */
export const AFTER_THE_WORK: ReadonlySet<ErrorName> = new Set(['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'])
