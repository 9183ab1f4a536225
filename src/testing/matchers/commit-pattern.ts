import { inspect } from 'node:util'
import type { CommittedPartition } from '../../broker/handles/groups/group-description.ts'
import { checkNames } from '../../intercept/nearest.ts'
import { type AsymmetricMatcher, holds, isAsymmetric, isExpectedNumber, type MatcherContext } from './context.ts'
import type { ExpectedNumber } from './expected-record.ts'

/** A commit in one partition. */
export interface ExpectedCommit {
  readonly topic: string
  /** Left out: any of the topic's. */
  readonly partition?: number
  /** Of the record that is to be read next. */
  readonly offset?: ExpectedNumber
  /** What the client has said to go with it. */
  readonly metadata?: string | AsymmetricMatcher | ((metadata: string) => boolean)
  /** Of the record before it; -1: not told. */
  readonly leaderEpoch?: ExpectedNumber
}

/**
 * By topic: the sum of the offsets that are committed in its partitions, which is how many records of it are done where its logs begin at 0; or
 * the offset of each partition that is named, by its index.
 */
export type ExpectedOffsets = Readonly<Record<string, ExpectedNumber | Readonly<Record<number, ExpectedNumber>>>>

/** What is expected of all that a group has committed, ready to be compared. */
interface CommitPattern {
  matches(commits: readonly CommittedPartition[]): boolean
  /** What is expected, and what is there in that form. */
  compared(commits: readonly CommittedPartition[]): { readonly expected: unknown; readonly actual: unknown }
}

const FIELDS: readonly (keyof ExpectedCommit)[] = ['topic', 'partition', 'offset', 'metadata', 'leaderEpoch']

/** @throws TypeError that says what to write instead */
export function commitPattern(context: MatcherContext, matcher: string, expected: unknown): CommitPattern {
  if (expected === undefined) {
    return {
      matches: (commits) => commits.length > 0,
      compared: (commits) => ({ expected: 'any', actual: shown(commits) }),
    }
  }
  // Nothing at all has always been committed.
  if (Array.isArray(expected) && expected.length === 0) throw unclear(matcher, expected)
  if (Array.isArray(expected)) return all(expected.map((one) => partitionPattern(context, matcher, one)))
  if (typeof expected !== 'object' || expected === null || isAsymmetric(expected)) throw unclear(matcher, expected)
  if (typeof (expected as { topic?: unknown }).topic === 'string') return partitionPattern(context, matcher, expected)
  const entries = Object.entries(expected)
  if (entries.length === 0) throw unclear(matcher, expected)
  const topics = entries.map(([topic, wanted]) => topicPattern(context, matcher, topic, wanted))
  return {
    matches: (commits) => topics.every(({ matches }) => matches(commits)),
    compared: (commits) => ({
      expected: Object.fromEntries(topics.map(({ topic, compared }) => [topic, compared(commits).expected])),
      actual: Object.fromEntries(
        topics.flatMap(({ topic, compared }) => {
          const { actual } = compared(commits)
          return actual === undefined ? [] : [[topic, actual]]
        }),
      ),
    }),
  }
}

function all(patterns: readonly CommitPattern[]): CommitPattern {
  return {
    matches: (commits) => patterns.every((pattern) => pattern.matches(commits)),
    compared: (commits) => {
      const compared = patterns.map((pattern) => pattern.compared(commits))
      return { expected: compared.map(({ expected }) => expected), actual: compared.map(({ actual }) => actual) }
    },
  }
}

function partitionPattern(context: MatcherContext, matcher: string, expected: unknown): CommitPattern {
  checkNames(matcher, expected, FIELDS)
  const wanted = expected as Readonly<Record<string, unknown>>
  const fields = Object.entries(wanted)
  if (typeof wanted.topic !== 'string') {
    throw new TypeError(`${matcher}: a commit is in a topic, as in { topic: 'orders', partition: 0, offset: 3 }`)
  }
  for (const [name, value] of fields) {
    if (value === undefined) throw new TypeError(`${matcher}: ${name} is undefined: leave it out if anything will do`)
    if ((name === 'offset' || name === 'leaderEpoch') && !isExpectedNumber(value)) throw noNumber(matcher, name, value)
    if (name === 'partition' && !Number.isSafeInteger(value)) throw noNumber(matcher, name, value)
  }
  const has = (commit: CommittedPartition, [name, value]: readonly [string, unknown]): boolean =>
    holds(context, value, commit[name as keyof CommittedPartition])
  return {
    matches: (commits) => commits.some((commit) => fields.every((field) => has(commit, field))),
    compared: (commits) => {
      const near = commits.filter((commit) => commit.topic === wanted.topic)
      const best = near.toSorted(
        (one, other) =>
          fields.filter((field) => has(other, field)).length - fields.filter((field) => has(one, field)).length,
      )[0]
      if (best === undefined) return { expected, actual: shown(commits) }
      const actual = Object.fromEntries(fields.map(([name]) => [name, best[name as keyof CommittedPartition]]))
      return {
        expected: Object.fromEntries(
          fields.map(([name, value]) => [name, has(best, [name, value]) ? actual[name] : value]),
        ),
        actual,
      }
    },
  }
}

function topicPattern(
  context: MatcherContext,
  matcher: string,
  topic: string,
  wanted: unknown,
): CommitPattern & { readonly topic: string } {
  const own = (commits: readonly CommittedPartition[]): CommittedPartition[] =>
    commits.filter((commit) => commit.topic === topic)
  if (isExpectedNumber(wanted)) {
    const sum = (commits: readonly CommittedPartition[]): number | undefined => {
      const ours = own(commits)
      return ours.length === 0 ? undefined : ours.reduce((total, { offset }) => total + offset, 0)
    }
    const matches = (commits: readonly CommittedPartition[]): boolean => {
      const total = sum(commits)
      return total !== undefined && holds(context, wanted, total)
    }
    return {
      topic,
      matches,
      compared: (commits) => ({ expected: matches(commits) ? sum(commits) : wanted, actual: sum(commits) }),
    }
  }
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
    throw unclear(matcher, { [topic]: wanted })
  const partitions = Object.entries(wanted)
  if (partitions.length === 0) throw unclear(matcher, { [topic]: wanted })
  for (const [index, offset] of partitions) {
    if (!/^\d+$/.test(index)) {
      throw new TypeError(
        `${matcher}: partitions of ${topic} are told by their index, as in { 0: 3 }, not by '${index}'`,
      )
    }
    if (!isExpectedNumber(offset)) throw noNumber(matcher, `the offset in ${topic}-${index}`, offset)
  }
  const offsetOf = (commits: readonly CommittedPartition[], index: string): number | undefined =>
    own(commits).find(({ partition }) => partition === Number(index))?.offset
  const has = (commits: readonly CommittedPartition[], index: string, offset: unknown): boolean => {
    const committed = offsetOf(commits, index)
    return committed !== undefined && holds(context, offset, committed)
  }
  return {
    topic,
    matches: (commits) => partitions.every(([index, offset]) => has(commits, index, offset)),
    compared: (commits) => ({
      expected: Object.fromEntries(
        partitions.map(([index, offset]) => [index, has(commits, index, offset) ? offsetOf(commits, index) : offset]),
      ),
      actual: Object.fromEntries(own(commits).map(({ partition, offset }) => [partition, offset])),
    }),
  }
}

/** All of it, as a test might have written it. */
function shown(commits: readonly CommittedPartition[]): unknown {
  const byTopic = Map.groupBy(commits, ({ topic }) => topic)
  return Object.fromEntries(
    [...byTopic].map(([topic, own]) => [
      topic,
      Object.fromEntries(own.map(({ partition, offset }) => [partition, offset])),
    ]),
  )
}

function noNumber(matcher: string, name: string, value: unknown): TypeError {
  return new TypeError(`${matcher}: ${name} is a number, not ${inspect(value)}`)
}

function unclear(matcher: string, expected: unknown): TypeError {
  return new TypeError(
    `${matcher} wants offsets by topic, as in { orders: 3 } or { orders: { 0: 2, 1: 1 } }, or a commit, as in ` +
      `{ topic: 'orders', partition: 0, offset: 2 }, not ${inspect(expected)}`,
  )
}
