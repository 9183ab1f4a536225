import { ErrorCode } from '../../protocol/errors.ts'
import { CreateAcls } from '../../protocol/messages/create-acls.ts'
import { DeleteAcls } from '../../protocol/messages/delete-acls.ts'
import { DescribeAcls } from '../../protocol/messages/describe-acls.ts'
import type { CallOptions } from '../channel.ts'
import { throwIf } from '../errors/kafka-error.ts'
import { ErrInvalidRequest, ErrNotController } from '../errors/kafka-errors.ts'
import {
  type Acl,
  type AclFilter,
  AclOperationAny,
  AclPatternAny,
  AclPatternLiteral,
  AclPatternUnknown,
  AclPermissionAny,
  AclResourceAny,
  type MatchingAcl,
  type ResourceAcls,
} from './acl-types.ts'
import { ask, type Calls } from './calls.ts'
import { about, ErrCreateACLs, errorOrNull } from './errors.ts'

export async function createACLs(
  calls: Calls,
  resourceAcls: readonly ResourceAcls[],
  options: CallOptions,
): Promise<void> {
  const creations = resourceAcls.flatMap(({ acls, resourceType, resourceName, resourcePatternType }) =>
    acls.map(({ principal, host, operation, permissionType }) => ({
      resourceType,
      resourceName,
      resourcePatternType: patternOf(resourcePatternType ?? AclPatternLiteral),
      principal,
      host,
      operation,
      permissionType,
    })),
  )
  for (const creation of creations) {
    checkKnown([creation.resourceType, creation.operation, creation.permissionType])
  }
  await calls.onController(options, async (controller) => {
    const { results } = await ask(controller, CreateAcls, { creations }, options)
    const errors = results.flatMap(({ errorCode, errorMessage }, i) => {
      const { principal, resourceName } = creations[i] ?? {}
      return errorCode === ErrorCode.NONE ? [] : [about(`${principal} on ${resourceName}`, errorCode, errorMessage)]
    })
    throwNotController(errors)
    if (errors.length > 0) throw new ErrCreateACLs(errors)
  })
}

export async function listAcls(calls: Calls, filter: AclFilter, options: CallOptions): Promise<ResourceAcls[]> {
  const { patternTypeFilter, ...rest } = wireFilter(filter)
  return calls.onController(options, async (controller) => {
    const body = (version: number) => ({ ...rest, patternTypeFilter: patternFor(filter, patternTypeFilter, version) })
    const { errorCode, errorMessage, resources } = await ask(controller, DescribeAcls, body, options)
    throwIf(errorCode, errorMessage)
    return resources.map(({ resourceType, resourceName, patternType, acls }) => ({
      resourceType,
      resourceName,
      resourcePatternType: patternType,
      acls: acls.map(aclOf),
    }))
  })
}

/** With `validateOnly`, what would be deleted: Kafka's request knows no such thing, so the ACLs are listed. */
export async function deleteACL(
  calls: Calls,
  filter: AclFilter,
  validateOnly: boolean,
  options: CallOptions,
): Promise<MatchingAcl[]> {
  if (validateOnly) {
    const listed = await listAcls(calls, filter, options)
    return listed.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl, err: null })))
  }
  const { patternTypeFilter, ...rest } = wireFilter(filter)
  return calls.onController(options, async (controller) => {
    const body = (version: number) => ({
      filters: [{ ...rest, patternTypeFilter: patternFor(filter, patternTypeFilter, version) }],
    })
    const { filterResults } = await ask(controller, DeleteAcls, body, options)
    return filterResults.flatMap(({ errorCode, errorMessage, matchingAcls }) => {
      throwIf(errorCode, errorMessage)
      return matchingAcls.map(({ resourceType, resourceName, patternType, ...acl }) => ({
        resourceType,
        resourceName,
        resourcePatternType: patternType,
        ...aclOf(acl),
        err: errorOrNull(acl.errorCode, acl.errorMessage),
      }))
    })
  })
}

function aclOf({ principal, host, operation, permissionType }: Acl): Acl {
  return { principal, host, operation, permissionType }
}

/** What each of the types has for what it does not know. */
const UNKNOWN = 0

interface WireFilter {
  readonly resourceTypeFilter: number
  readonly resourceNameFilter: string | null
  readonly patternTypeFilter: number
  readonly principalFilter: string | null
  readonly hostFilter: string | null
  readonly operation: number
  readonly permissionType: number
}

function wireFilter(filter: AclFilter): WireFilter {
  const wire = {
    resourceTypeFilter: filter.resourceType ?? AclResourceAny,
    resourceNameFilter: filter.resourceName ?? null,
    patternTypeFilter: filter.resourcePatternTypeFilter ?? AclPatternAny,
    principalFilter: filter.principal ?? null,
    hostFilter: filter.host ?? null,
    operation: filter.operation ?? AclOperationAny,
    permissionType: filter.permissionType ?? AclPermissionAny,
  }
  checkKnown([wire.resourceTypeFilter, wire.patternTypeFilter, wire.operation, wire.permissionType])
  return wire
}

/** A broker that is asked about what is unknown hangs up. */
function checkKnown(types: readonly number[]): void {
  if (types.includes(UNKNOWN))
    throw new ErrInvalidRequest('kafka: a type, an operation or a permission of an ACL is unknown')
}

/** Before version 1 (Kafka 2.0) all patterns are literal: then these are any. */
function patternFor({ resourcePatternTypeFilter }: AclFilter, patternType: number, version: number): number {
  return version === 0 && resourcePatternTypeFilter === undefined ? AclPatternLiteral : patternType
}

/** As in Sarama: what is not said is meant literally. */
function patternOf(patternType: number): number {
  return patternType === AclPatternUnknown ? AclPatternLiteral : patternType
}

/** Nothing was done where the controller has moved: it is for the next one. */
function throwNotController(errors: readonly Error[]): void {
  const moved = errors.find((error) => error instanceof ErrNotController)
  if (moved !== undefined) throw moved
}
