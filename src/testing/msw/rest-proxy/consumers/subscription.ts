import { illegalState, internalError } from '../errors.ts'
import type { TopicPartition } from './committed-offsets.ts'

/** What a consumer wants to read: topics by their names or by a pattern, which the group shares out, or partitions that it has named itself. */
export type Subscription =
  | { readonly kind: 'none' }
  | { readonly kind: 'topics'; readonly topics: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: RegExp }
  | { readonly kind: 'partitions'; readonly partitions: readonly TopicPartition[] }

export const NONE: Subscription = { kind: 'none' }

/** @throws RestError 500, as the real one answers to topics without a name */
export function ofTopics(topics: readonly string[]): Subscription {
  if (topics.some((topic) => topic.trim() === '')) {
    throw internalError('Topic collection to subscribe to cannot contain null or empty topic')
  }
  return topics.length === 0 ? NONE : { kind: 'topics', topics: [...new Set(topics)] }
}

/** @throws RestError 500, as the real one answers to an empty pattern, or one that cannot be compiled */
export function ofPattern(pattern: string): Subscription {
  if (pattern === '') throw internalError('Topic pattern to subscribe to cannot be empty')
  try {
    return { kind: 'pattern', pattern: new RegExp(`^(?:${pattern})$`) }
  } catch (error) {
    throw internalError(String(error))
  }
}

/** @throws RestError 500, as the real one answers to partitions of no topic */
export function ofPartitions(partitions: readonly TopicPartition[]): Subscription {
  if (partitions.some(({ topic }) => topic.trim() === '')) {
    throw internalError('Topic partitions to assign to cannot have null or empty topic')
  }
  return partitions.length === 0 ? NONE : { kind: 'partitions', partitions }
}

/**
 * What comes of a subscription that is followed by another one; none ends any.
 * @throws RestError 40903 where they are of different kinds
 */
export function changed(before: Subscription, after: Subscription): Subscription {
  if (before.kind === after.kind || before.kind === 'none' || after.kind === 'none') return after
  throw illegalState('Subscription to topics, partitions and pattern are mutually exclusive')
}
