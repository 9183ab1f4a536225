import { isAtLeast, type Release } from '../../protocol/release.ts'

/** `AclOperation`: what a principal may do, by its code. */
const AclOperation = {
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
} as const

/** What a response says of authorized operations that nobody asked for (KIP-430): INT32_MIN. */
export const NOT_ASKED: number = -(2 ** 31)

/** All that can be done to a topic (`AclEntry.supportedOperations`): what anybody may do where no authorizer is set. */
export const topicOperations: number = bitField([
  AclOperation.READ,
  AclOperation.WRITE,
  AclOperation.CREATE,
  AclOperation.DESCRIBE,
  AclOperation.DELETE,
  AclOperation.ALTER,
  AclOperation.DESCRIBE_CONFIGS,
  AclOperation.ALTER_CONFIGS,
])

/** All that can be done to a group; its configs came with Kafka 4.0 (KIP-848). */
export function groupOperations(release: Release): number {
  const { READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS } = AclOperation
  const configs = isAtLeast(release, '4.0') ? [DESCRIBE_CONFIGS, ALTER_CONFIGS] : []
  return bitField([READ, DELETE, DESCRIBE, ...configs])
}

/** All that can be done to the cluster. */
export const clusterOperations: number = bitField([
  AclOperation.CREATE,
  AclOperation.CLUSTER_ACTION,
  AclOperation.DESCRIBE_CONFIGS,
  AclOperation.ALTER_CONFIGS,
  AclOperation.IDEMPOTENT_WRITE,
  AclOperation.ALTER,
  AclOperation.DESCRIBE,
])

function bitField(codes: readonly number[]): number {
  return codes.reduce((bits, code) => bits | (1 << code), 0)
}
