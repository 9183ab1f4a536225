import { type ErrorName, KafkaError } from '../../protocol/errors.ts'

/** The class of one of Kafka's errors, by Sarama's name for it. Every KafkaError of that name is an instance of it. */
export interface KafkaErrorClass {
  new (message?: string): KafkaError
  readonly prototype: KafkaError
}

function errorClass(error: ErrorName, name: string): KafkaErrorClass {
  const NamedError = class extends KafkaError {
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof KafkaError && value.error === error
    }
    override readonly name: string = name

    constructor(message?: string) {
      super(error, message)
    }
  }
  Object.defineProperty(NamedError, 'name', { value: name })
  return NamedError
}

export const ErrUnknown: KafkaErrorClass = errorClass('UNKNOWN_SERVER_ERROR', 'ErrUnknown')
export const ErrOffsetOutOfRange: KafkaErrorClass = errorClass('OFFSET_OUT_OF_RANGE', 'ErrOffsetOutOfRange')
export const ErrInvalidMessage: KafkaErrorClass = errorClass('CORRUPT_MESSAGE', 'ErrInvalidMessage')
export const ErrUnknownTopicOrPartition: KafkaErrorClass = errorClass(
  'UNKNOWN_TOPIC_OR_PARTITION',
  'ErrUnknownTopicOrPartition',
)
export const ErrInvalidMessageSize: KafkaErrorClass = errorClass('INVALID_FETCH_SIZE', 'ErrInvalidMessageSize')
export const ErrLeaderNotAvailable: KafkaErrorClass = errorClass('LEADER_NOT_AVAILABLE', 'ErrLeaderNotAvailable')
export const ErrNotLeaderForPartition: KafkaErrorClass = errorClass(
  'NOT_LEADER_OR_FOLLOWER',
  'ErrNotLeaderForPartition',
)
export const ErrRequestTimedOut: KafkaErrorClass = errorClass('REQUEST_TIMED_OUT', 'ErrRequestTimedOut')
export const ErrBrokerNotAvailable: KafkaErrorClass = errorClass('BROKER_NOT_AVAILABLE', 'ErrBrokerNotAvailable')
export const ErrReplicaNotAvailable: KafkaErrorClass = errorClass('REPLICA_NOT_AVAILABLE', 'ErrReplicaNotAvailable')
export const ErrMessageSizeTooLarge: KafkaErrorClass = errorClass('MESSAGE_TOO_LARGE', 'ErrMessageSizeTooLarge')
export const ErrStaleControllerEpochCode: KafkaErrorClass = errorClass(
  'STALE_CONTROLLER_EPOCH',
  'ErrStaleControllerEpochCode',
)
export const ErrOffsetMetadataTooLarge: KafkaErrorClass = errorClass(
  'OFFSET_METADATA_TOO_LARGE',
  'ErrOffsetMetadataTooLarge',
)
export const ErrNetworkException: KafkaErrorClass = errorClass('NETWORK_EXCEPTION', 'ErrNetworkException')
export const ErrOffsetsLoadInProgress: KafkaErrorClass = errorClass(
  'COORDINATOR_LOAD_IN_PROGRESS',
  'ErrOffsetsLoadInProgress',
)
export const ErrConsumerCoordinatorNotAvailable: KafkaErrorClass = errorClass(
  'COORDINATOR_NOT_AVAILABLE',
  'ErrConsumerCoordinatorNotAvailable',
)
export const ErrNotCoordinatorForConsumer: KafkaErrorClass = errorClass(
  'NOT_COORDINATOR',
  'ErrNotCoordinatorForConsumer',
)
export const ErrInvalidTopic: KafkaErrorClass = errorClass('INVALID_TOPIC_EXCEPTION', 'ErrInvalidTopic')
export const ErrMessageSetSizeTooLarge: KafkaErrorClass = errorClass(
  'RECORD_LIST_TOO_LARGE',
  'ErrMessageSetSizeTooLarge',
)
export const ErrNotEnoughReplicas: KafkaErrorClass = errorClass('NOT_ENOUGH_REPLICAS', 'ErrNotEnoughReplicas')
export const ErrNotEnoughReplicasAfterAppend: KafkaErrorClass = errorClass(
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'ErrNotEnoughReplicasAfterAppend',
)
export const ErrInvalidRequiredAcks: KafkaErrorClass = errorClass('INVALID_REQUIRED_ACKS', 'ErrInvalidRequiredAcks')
export const ErrIllegalGeneration: KafkaErrorClass = errorClass('ILLEGAL_GENERATION', 'ErrIllegalGeneration')
export const ErrInconsistentGroupProtocol: KafkaErrorClass = errorClass(
  'INCONSISTENT_GROUP_PROTOCOL',
  'ErrInconsistentGroupProtocol',
)
export const ErrInvalidGroupId: KafkaErrorClass = errorClass('INVALID_GROUP_ID', 'ErrInvalidGroupId')
export const ErrUnknownMemberId: KafkaErrorClass = errorClass('UNKNOWN_MEMBER_ID', 'ErrUnknownMemberId')
export const ErrInvalidSessionTimeout: KafkaErrorClass = errorClass(
  'INVALID_SESSION_TIMEOUT',
  'ErrInvalidSessionTimeout',
)
export const ErrRebalanceInProgress: KafkaErrorClass = errorClass('REBALANCE_IN_PROGRESS', 'ErrRebalanceInProgress')
export const ErrInvalidCommitOffsetSize: KafkaErrorClass = errorClass(
  'INVALID_COMMIT_OFFSET_SIZE',
  'ErrInvalidCommitOffsetSize',
)
export const ErrTopicAuthorizationFailed: KafkaErrorClass = errorClass(
  'TOPIC_AUTHORIZATION_FAILED',
  'ErrTopicAuthorizationFailed',
)
export const ErrGroupAuthorizationFailed: KafkaErrorClass = errorClass(
  'GROUP_AUTHORIZATION_FAILED',
  'ErrGroupAuthorizationFailed',
)
export const ErrClusterAuthorizationFailed: KafkaErrorClass = errorClass(
  'CLUSTER_AUTHORIZATION_FAILED',
  'ErrClusterAuthorizationFailed',
)
export const ErrInvalidTimestamp: KafkaErrorClass = errorClass('INVALID_TIMESTAMP', 'ErrInvalidTimestamp')
export const ErrUnsupportedSASLMechanism: KafkaErrorClass = errorClass(
  'UNSUPPORTED_SASL_MECHANISM',
  'ErrUnsupportedSASLMechanism',
)
export const ErrIllegalSASLState: KafkaErrorClass = errorClass('ILLEGAL_SASL_STATE', 'ErrIllegalSASLState')
export const ErrUnsupportedVersion: KafkaErrorClass = errorClass('UNSUPPORTED_VERSION', 'ErrUnsupportedVersion')
export const ErrTopicAlreadyExists: KafkaErrorClass = errorClass('TOPIC_ALREADY_EXISTS', 'ErrTopicAlreadyExists')
export const ErrInvalidPartitions: KafkaErrorClass = errorClass('INVALID_PARTITIONS', 'ErrInvalidPartitions')
export const ErrInvalidReplicationFactor: KafkaErrorClass = errorClass(
  'INVALID_REPLICATION_FACTOR',
  'ErrInvalidReplicationFactor',
)
export const ErrInvalidReplicaAssignment: KafkaErrorClass = errorClass(
  'INVALID_REPLICA_ASSIGNMENT',
  'ErrInvalidReplicaAssignment',
)
export const ErrInvalidConfig: KafkaErrorClass = errorClass('INVALID_CONFIG', 'ErrInvalidConfig')
export const ErrNotController: KafkaErrorClass = errorClass('NOT_CONTROLLER', 'ErrNotController')
export const ErrInvalidRequest: KafkaErrorClass = errorClass('INVALID_REQUEST', 'ErrInvalidRequest')
export const ErrUnsupportedForMessageFormat: KafkaErrorClass = errorClass(
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'ErrUnsupportedForMessageFormat',
)
export const ErrPolicyViolation: KafkaErrorClass = errorClass('POLICY_VIOLATION', 'ErrPolicyViolation')
export const ErrOutOfOrderSequenceNumber: KafkaErrorClass = errorClass(
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'ErrOutOfOrderSequenceNumber',
)
export const ErrDuplicateSequenceNumber: KafkaErrorClass = errorClass(
  'DUPLICATE_SEQUENCE_NUMBER',
  'ErrDuplicateSequenceNumber',
)
export const ErrInvalidProducerEpoch: KafkaErrorClass = errorClass('INVALID_PRODUCER_EPOCH', 'ErrInvalidProducerEpoch')
export const ErrInvalidTxnState: KafkaErrorClass = errorClass('INVALID_TXN_STATE', 'ErrInvalidTxnState')
export const ErrInvalidProducerIDMapping: KafkaErrorClass = errorClass(
  'INVALID_PRODUCER_ID_MAPPING',
  'ErrInvalidProducerIDMapping',
)
export const ErrInvalidTransactionTimeout: KafkaErrorClass = errorClass(
  'INVALID_TRANSACTION_TIMEOUT',
  'ErrInvalidTransactionTimeout',
)
export const ErrConcurrentTransactions: KafkaErrorClass = errorClass(
  'CONCURRENT_TRANSACTIONS',
  'ErrConcurrentTransactions',
)
export const ErrTransactionCoordinatorFenced: KafkaErrorClass = errorClass(
  'TRANSACTION_COORDINATOR_FENCED',
  'ErrTransactionCoordinatorFenced',
)
export const ErrTransactionalIDAuthorizationFailed: KafkaErrorClass = errorClass(
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'ErrTransactionalIDAuthorizationFailed',
)
export const ErrSecurityDisabled: KafkaErrorClass = errorClass('SECURITY_DISABLED', 'ErrSecurityDisabled')
export const ErrOperationNotAttempted: KafkaErrorClass = errorClass(
  'OPERATION_NOT_ATTEMPTED',
  'ErrOperationNotAttempted',
)
export const ErrKafkaStorageError: KafkaErrorClass = errorClass('KAFKA_STORAGE_ERROR', 'ErrKafkaStorageError')
export const ErrLogDirNotFound: KafkaErrorClass = errorClass('LOG_DIR_NOT_FOUND', 'ErrLogDirNotFound')
export const ErrSASLAuthenticationFailed: KafkaErrorClass = errorClass(
  'SASL_AUTHENTICATION_FAILED',
  'ErrSASLAuthenticationFailed',
)
export const ErrUnknownProducerID: KafkaErrorClass = errorClass('UNKNOWN_PRODUCER_ID', 'ErrUnknownProducerID')
export const ErrReassignmentInProgress: KafkaErrorClass = errorClass(
  'REASSIGNMENT_IN_PROGRESS',
  'ErrReassignmentInProgress',
)
export const ErrDelegationTokenAuthDisabled: KafkaErrorClass = errorClass(
  'DELEGATION_TOKEN_AUTH_DISABLED',
  'ErrDelegationTokenAuthDisabled',
)
export const ErrDelegationTokenNotFound: KafkaErrorClass = errorClass(
  'DELEGATION_TOKEN_NOT_FOUND',
  'ErrDelegationTokenNotFound',
)
export const ErrDelegationTokenOwnerMismatch: KafkaErrorClass = errorClass(
  'DELEGATION_TOKEN_OWNER_MISMATCH',
  'ErrDelegationTokenOwnerMismatch',
)
export const ErrDelegationTokenRequestNotAllowed: KafkaErrorClass = errorClass(
  'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED',
  'ErrDelegationTokenRequestNotAllowed',
)
export const ErrDelegationTokenAuthorizationFailed: KafkaErrorClass = errorClass(
  'DELEGATION_TOKEN_AUTHORIZATION_FAILED',
  'ErrDelegationTokenAuthorizationFailed',
)
export const ErrDelegationTokenExpired: KafkaErrorClass = errorClass(
  'DELEGATION_TOKEN_EXPIRED',
  'ErrDelegationTokenExpired',
)
export const ErrInvalidPrincipalType: KafkaErrorClass = errorClass('INVALID_PRINCIPAL_TYPE', 'ErrInvalidPrincipalType')
export const ErrNonEmptyGroup: KafkaErrorClass = errorClass('NON_EMPTY_GROUP', 'ErrNonEmptyGroup')
export const ErrGroupIDNotFound: KafkaErrorClass = errorClass('GROUP_ID_NOT_FOUND', 'ErrGroupIDNotFound')
export const ErrFetchSessionIDNotFound: KafkaErrorClass = errorClass(
  'FETCH_SESSION_ID_NOT_FOUND',
  'ErrFetchSessionIDNotFound',
)
export const ErrInvalidFetchSessionEpoch: KafkaErrorClass = errorClass(
  'INVALID_FETCH_SESSION_EPOCH',
  'ErrInvalidFetchSessionEpoch',
)
export const ErrListenerNotFound: KafkaErrorClass = errorClass('LISTENER_NOT_FOUND', 'ErrListenerNotFound')
export const ErrTopicDeletionDisabled: KafkaErrorClass = errorClass(
  'TOPIC_DELETION_DISABLED',
  'ErrTopicDeletionDisabled',
)
export const ErrFencedLeaderEpoch: KafkaErrorClass = errorClass('FENCED_LEADER_EPOCH', 'ErrFencedLeaderEpoch')
export const ErrUnknownLeaderEpoch: KafkaErrorClass = errorClass('UNKNOWN_LEADER_EPOCH', 'ErrUnknownLeaderEpoch')
export const ErrUnsupportedCompressionType: KafkaErrorClass = errorClass(
  'UNSUPPORTED_COMPRESSION_TYPE',
  'ErrUnsupportedCompressionType',
)
export const ErrStaleBrokerEpoch: KafkaErrorClass = errorClass('STALE_BROKER_EPOCH', 'ErrStaleBrokerEpoch')
export const ErrOffsetNotAvailable: KafkaErrorClass = errorClass('OFFSET_NOT_AVAILABLE', 'ErrOffsetNotAvailable')
export const ErrMemberIdRequired: KafkaErrorClass = errorClass('MEMBER_ID_REQUIRED', 'ErrMemberIdRequired')
export const ErrPreferredLeaderNotAvailable: KafkaErrorClass = errorClass(
  'PREFERRED_LEADER_NOT_AVAILABLE',
  'ErrPreferredLeaderNotAvailable',
)
export const ErrGroupMaxSizeReached: KafkaErrorClass = errorClass('GROUP_MAX_SIZE_REACHED', 'ErrGroupMaxSizeReached')
export const ErrFencedInstancedId: KafkaErrorClass = errorClass('FENCED_INSTANCE_ID', 'ErrFencedInstancedId')
export const ErrEligibleLeadersNotAvailable: KafkaErrorClass = errorClass(
  'ELIGIBLE_LEADERS_NOT_AVAILABLE',
  'ErrEligibleLeadersNotAvailable',
)
export const ErrElectionNotNeeded: KafkaErrorClass = errorClass('ELECTION_NOT_NEEDED', 'ErrElectionNotNeeded')
export const ErrNoReassignmentInProgress: KafkaErrorClass = errorClass(
  'NO_REASSIGNMENT_IN_PROGRESS',
  'ErrNoReassignmentInProgress',
)
export const ErrGroupSubscribedToTopic: KafkaErrorClass = errorClass(
  'GROUP_SUBSCRIBED_TO_TOPIC',
  'ErrGroupSubscribedToTopic',
)
export const ErrInvalidRecord: KafkaErrorClass = errorClass('INVALID_RECORD', 'ErrInvalidRecord')
export const ErrUnstableOffsetCommit: KafkaErrorClass = errorClass('UNSTABLE_OFFSET_COMMIT', 'ErrUnstableOffsetCommit')
export const ErrThrottlingQuotaExceeded: KafkaErrorClass = errorClass(
  'THROTTLING_QUOTA_EXCEEDED',
  'ErrThrottlingQuotaExceeded',
)
export const ErrProducerFenced: KafkaErrorClass = errorClass('PRODUCER_FENCED', 'ErrProducerFenced')
export const ErrInvalidUpdateVersion: KafkaErrorClass = errorClass('INVALID_UPDATE_VERSION', 'ErrInvalidUpdateVersion')
