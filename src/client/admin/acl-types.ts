import type { KafkaError } from '../../protocol/errors.ts'

/** What may be done: one of the constants below. */
export type AclOperation = number
export const AclOperationUnknown: AclOperation = 0
/** In filters: every operation. */
export const AclOperationAny: AclOperation = 1
export const AclOperationAll: AclOperation = 2
export const AclOperationRead: AclOperation = 3
export const AclOperationWrite: AclOperation = 4
export const AclOperationCreate: AclOperation = 5
export const AclOperationDelete: AclOperation = 6
export const AclOperationAlter: AclOperation = 7
export const AclOperationDescribe: AclOperation = 8
export const AclOperationClusterAction: AclOperation = 9
export const AclOperationDescribeConfigs: AclOperation = 10
export const AclOperationAlterConfigs: AclOperation = 11
export const AclOperationIdempotentWrite: AclOperation = 12

/** Whether it may be done: one of the constants below. */
export type AclPermissionType = number
export const AclPermissionUnknown: AclPermissionType = 0
/** In filters: both. */
export const AclPermissionAny: AclPermissionType = 1
export const AclPermissionDeny: AclPermissionType = 2
export const AclPermissionAllow: AclPermissionType = 3

/** To what it is done: one of the constants below. */
export type AclResourceType = number
export const AclResourceUnknown: AclResourceType = 0
/** In filters: every type. */
export const AclResourceAny: AclResourceType = 1
export const AclResourceTopic: AclResourceType = 2
export const AclResourceGroup: AclResourceType = 3
/** Its name is always `kafka-cluster`. */
export const AclResourceCluster: AclResourceType = 4
export const AclResourceTransactionalID: AclResourceType = 5
export const AclResourceDelegationToken: AclResourceType = 6

/** How a resource's name is meant (KIP-290): one of the constants below. */
export type AclResourcePatternType = number
export const AclPatternUnknown: AclResourcePatternType = 0
/** In filters: however it is meant. */
export const AclPatternAny: AclResourcePatternType = 1
/** In filters: whatever is about the resource of that name. */
export const AclPatternMatch: AclResourcePatternType = 2
/** That name, or every one for `*`. */
export const AclPatternLiteral: AclResourcePatternType = 3
/** Every name that begins so. */
export const AclPatternPrefixed: AclResourcePatternType = 4

/** What an ACL is about. */
export interface Resource {
  readonly resourceType: AclResourceType
  readonly resourceName: string
  /** Default: AclPatternLiteral; another one takes Kafka 2.0. */
  readonly resourcePatternType?: AclResourcePatternType
}

/** Who may do what, or may not. */
export interface Acl {
  /** `User:alice`, or everyone by `User:*`. */
  readonly principal: string
  /** An address, or any by `*`. */
  readonly host: string
  readonly operation: AclOperation
  readonly permissionType: AclPermissionType
}

/** The ACLs about one resource. */
export interface ResourceAcls extends Resource {
  readonly acls: readonly Acl[]
}

/** Which ACLs are meant: those for which all holds that is given. */
export interface AclFilter {
  /** Default: AclResourceAny. */
  readonly resourceType?: AclResourceType
  /** Default: every name. */
  readonly resourceName?: string | null
  /** Default: AclPatternAny, which takes Kafka 2.0; before there is nothing but AclPatternLiteral. */
  readonly resourcePatternTypeFilter?: AclResourcePatternType
  /** Default: everyone's. */
  readonly principal?: string | null
  /** Default: every host's. */
  readonly host?: string | null
  /** Default: AclOperationAny. */
  readonly operation?: AclOperation
  /** Default: AclPermissionAny. */
  readonly permissionType?: AclPermissionType
}

/** An ACL that a filter found. */
export interface MatchingAcl extends Resource, Acl {
  /** Why it was not deleted; null when it was. */
  readonly err: KafkaError | null
}
