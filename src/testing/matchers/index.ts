/**
 * What can be expected of a cluster, or of a proxy, in any runner with jest's `expect.extend`. All of it is awaited: what is expected is waited for, and what is
 * `.not` expected is looked for once it is quiet there.
 */
import type { Matcher } from './context.ts'
import { toHaveCommitted, toHaveLag, toHaveMembers } from './group-matchers.ts'
import type { KafkaMatchers } from './kafka-matchers.ts'
import { toHaveRecord, toHaveRecords } from './record-matchers.ts'
import { toHaveFired, toHaveReceivedRequest } from './request-matchers.ts'

export type { ExpectedCommit, ExpectedOffsets } from './commit-pattern.ts'
export type { MatcherContext, MatcherResult } from './context.ts'
export type {
  ExpectedHeader,
  ExpectedNumber,
  ExpectedPart,
  ExpectedRecord,
  RecordExpectation,
} from './expected-record.ts'
export type {
  CountOptions,
  ExpectedLag,
  KafkaMatchers,
  LagOptions,
  RecordMatcherOptions,
  RecordsMatcherOptions,
} from './kafka-matchers.ts'
export type { ExpectedMember } from './member-pattern.ts'

/**
 * For `expect.extend`, in jest and whatever else has it; vitest's have `memkafka/vitest/matchers`.
 *
 * ```ts
 * expect.extend(matchers)
 * await expect(cluster.topic('orders')).toHaveRecord({ key: 'order-1' })
 * ```
 */
export const matchers: { readonly [Name in keyof KafkaMatchers]: Matcher } = Object.freeze({
  toHaveRecord,
  toHaveRecords,
  toHaveCommitted,
  toHaveLag,
  toHaveMembers,
  toHaveReceivedRequest,
  toHaveFired,
})
