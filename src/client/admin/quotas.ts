import { AlterClientQuotas } from '../../protocol/messages/alter-client-quotas.ts'
import { DescribeClientQuotas } from '../../protocol/messages/describe-client-quotas.ts'
import type { CallOptions } from '../channel.ts'
import { throwIf } from '../errors/kafka-error.ts'
import { ask, type Calls } from './calls.ts'

/** Whose quota it is: of a user, a client id or an address. */
export type QuotaEntityType = 'user' | 'client-id' | 'ip'
export const QuotaEntityUser: QuotaEntityType = 'user'
export const QuotaEntityClientID: QuotaEntityType = 'client-id'
export const QuotaEntityIP: QuotaEntityType = 'ip'

/** How entities are meant. */
export type QuotaMatchType = 0 | 1 | 2
/** The one of that name. */
export const QuotaMatchExact: QuotaMatchType = 0
/** The default for those that have no quota of their own. */
export const QuotaMatchDefault: QuotaMatchType = 1
/** In filters: all that have a quota. */
export const QuotaMatchAny: QuotaMatchType = 2

/** Which quotas are meant. */
export interface QuotaFilterComponent {
  readonly entityType: QuotaEntityType
  readonly matchType: QuotaMatchType
  /** The name for QuotaMatchExact. */
  readonly match?: string
}

/** A part of who a quota is for. */
export interface QuotaEntityComponent {
  readonly entityType: QuotaEntityType
  readonly matchType: QuotaMatchType
  /** Empty for QuotaMatchDefault. */
  readonly name?: string
}

/** The quotas of one entity (KIP-546). */
export interface DescribeClientQuotasEntry {
  readonly entity: readonly QuotaEntityComponent[]
  /** By config: `producer_byte_rate`, `consumer_byte_rate`, `request_percentage`, … */
  readonly values: Map<string, number>
}

/** What becomes of a quota. */
export interface ClientQuotasOp {
  readonly key: string
  /** Left out for a removal. */
  readonly value?: number
  /** Default: false. */
  readonly remove?: boolean
}

export async function describeClientQuotas(
  calls: Calls,
  components: readonly QuotaFilterComponent[],
  strict: boolean,
  options: CallOptions,
): Promise<DescribeClientQuotasEntry[]> {
  const body = {
    components: components.map(({ entityType, matchType, match = '' }) => ({
      entityType,
      matchType,
      match: matchType === QuotaMatchExact ? match : null,
    })),
    strict,
  }
  return calls.onController(options, async (controller) => {
    const { errorCode, errorMessage, entries } = await ask(controller, DescribeClientQuotas, body, options)
    throwIf(errorCode, errorMessage)
    return (entries ?? []).map(({ entity, values }) => ({
      entity: entity.map(({ entityType, entityName }) => ({
        entityType: entityType as QuotaEntityType,
        matchType: entityName === null ? QuotaMatchDefault : QuotaMatchExact,
        name: entityName ?? '',
      })),
      values: new Map(values.map(({ key, value }) => [key, value])),
    }))
  })
}

export async function alterClientQuotas(
  calls: Calls,
  entity: readonly QuotaEntityComponent[],
  { key, value = 0, remove = false }: ClientQuotasOp,
  validateOnly: boolean,
  options: CallOptions,
): Promise<void> {
  const entry = {
    entity: entity.map(({ entityType, matchType, name = '' }) => ({
      entityType,
      entityName: matchType === QuotaMatchDefault ? null : name,
    })),
    ops: [{ key, value, remove }],
  }
  await calls.onController(options, async (controller) => {
    const { entries } = await ask(controller, AlterClientQuotas, { entries: [entry], validateOnly }, options)
    for (const { errorCode, errorMessage } of entries) throwIf(errorCode, errorMessage)
  })
}
