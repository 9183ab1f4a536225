import { inspect } from 'node:util'
import type {
  CommittedPartition,
  GroupDescription,
  PartitionLag,
} from '../../broker/handles/groups/group-description.ts'
import { committedTold, groupTold } from '../../broker/handles/groups/group-words.ts'
import { listed } from '../../broker/handles/listed.ts'
import { WAIT_OPTIONS } from '../../broker/handles/waits/limited-waits.ts'
import type { TestGroup } from '../test-cluster.ts'
import { commitPattern } from './commit-pattern.ts'
import { holds, isExpectedNumber, type MatcherContext, type MatcherResult } from './context.ts'
import { memberPatterns, membersSuit } from './member-pattern.ts'
import { counted, hintOf, notOf, sections } from './messages.ts'
import { checkCount, firstOf, optionsOf } from './options.ts'
import { groupReceiver } from './receivers.ts'
import { answered, limitsOf, type Question } from './waiting.ts'

/** What a group is, as far as a matcher looks. */
interface Seen {
  readonly description: GroupDescription
  readonly commits: readonly CommittedPartition[]
}

/** The same, where it is asked how far it is behind. */
interface SeenLags {
  readonly description: GroupDescription
  readonly lags: readonly PartitionLag[]
}

/** It has committed something; or these offsets. */
export async function toHaveCommitted(
  this: MatcherContext,
  received: unknown,
  ...given: unknown[]
): Promise<MatcherResult> {
  const matcher = 'toHaveCommitted'
  const group = groupReceiver(matcher, received)
  const limits = limitsOf(optionsOf(matcher, given[1], WAIT_OPTIONS))
  const expected = firstOf(matcher, given)
  const pattern = commitPattern(this, matcher, expected)
  return answered({
    context: this,
    handle: group,
    limits,
    what: `the group ${group.id} to have committed ${expected === undefined ? 'anything' : shown(expected)}`,
    look: () => lookAt(group),
    holds: ({ commits }) => pattern.matches(commits),
    seen: told,
    message: (seen, unmet) => {
      const { expected: one, actual } = pattern.compared(seen.commits)
      return sections(
        hintOf(this, matcher, 'group'),
        expected === undefined
          ? `Expected the group ${group.id} ${notOf(this)}to have committed anything.`
          : `Expected the group ${group.id} ${notOf(this)}to have committed: ${this.utils.printExpected(expected)}`,
        this.isNot === true || expected === undefined ? told(seen) : (this.utils.diff(one, actual) ?? undefined),
        unmet,
      )
    },
  })
}

/** It is so many records behind, in all or in each of these topics. */
export async function toHaveLag(this: MatcherContext, received: unknown, ...given: unknown[]): Promise<MatcherResult> {
  const matcher = 'toHaveLag'
  const group = groupReceiver(matcher, received)
  const options = optionsOf(matcher, given[1], ['topic', ...WAIT_OPTIONS])
  const { topic } = options
  if (topic !== undefined && typeof topic !== 'string') {
    throw new TypeError(`${matcher}: topic is the name of one, not ${inspect(topic)}`)
  }
  const expected = firstOf(matcher, given)
  const byTopic = lagsExpected(matcher, expected, topic)
  const look = async (): Promise<SeenLags> => ({
    description: await group.describe(),
    lags: await group.lags(),
  })
  const lagIn = (lags: readonly PartitionLag[], name: string | undefined): number | undefined => {
    const own = lags.filter((one) => name === undefined || one.topic === name)
    // Of what it has not been told to read, and never has read, it is neither behind nor done.
    return own.length === 0 ? undefined : own.reduce((sum, { lag }) => sum + lag, 0)
  }
  const holdsNow = ({ lags }: SeenLags): boolean =>
    byTopic.every(([name, wanted]) => {
      const lag = lagIn(lags, name)
      return lag !== undefined && holds(this, wanted, lag)
    })
  const where = topic === undefined ? '' : ` in ${topic}`
  return answered<SeenLags>({
    context: this,
    handle: group,
    limits: limitsOf(options),
    what: `the lag of the group ${group.id}${where} to be ${shown(expected)}`,
    look,
    holds: holdsNow,
    seen: lagsTold,
    message: (seen, unmet) => {
      const actual = byTopic
        .map(([name]) => [name ?? '', lagIn(seen.lags, name) ?? 'none known'])
        .filter(([name]) => name !== '')
      const isMap = topic === undefined && actual.length > 0
      const found = isMap ? Object.fromEntries(actual) : (lagIn(seen.lags, topic) ?? 'none known')
      return sections(
        hintOf(this, matcher, 'group'),
        `Expected the lag of the group ${group.id}${where} ${notOf(this)}to be: ${this.utils.printExpected(expected)}\nReceived: ${this.utils.printReceived(found)}`,
        unmet ?? lagsTold(seen),
      )
    },
  })
}

/** It has so many members, or these, in whichever order. */
export async function toHaveMembers(
  this: MatcherContext,
  received: unknown,
  ...given: unknown[]
): Promise<MatcherResult> {
  const matcher = 'toHaveMembers'
  const group = groupReceiver(matcher, received)
  const limits = limitsOf(optionsOf(matcher, given[1], WAIT_OPTIONS))
  const expected = firstOf(matcher, given)
  if (typeof expected === 'number') checkCount(matcher, 'how many', expected, 0)
  const patterns = Array.isArray(expected) ? memberPatterns(this, matcher, expected) : undefined
  if (patterns === undefined && expected !== undefined && typeof expected !== 'number') {
    throw new TypeError(
      `${matcher} wants how many members, or a list of client ids: ${matcher}(['billing-1']), not ${inspect(expected, { depth: 0 })}`,
    )
  }
  const question: Question<Seen> = {
    context: this,
    handle: group,
    limits,
    what: `the group ${group.id} to have ${wantedMembers(expected)}`,
    look: () => lookAt(group),
    holds: ({ description: { members } }) => {
      if (patterns !== undefined) return membersSuit(patterns, members)
      return expected === undefined ? members.length > 0 : members.length === expected
    },
    seen: told,
    message: (seen, unmet) => {
      const wanted = typeof expected === 'number' ? counted(expected, 'member') : 'members'
      return sections(
        hintOf(this, matcher, 'group'),
        `Expected the group ${group.id} ${notOf(this)}to have ${wanted}${patterns === undefined ? '' : `: ${this.utils.printExpected(expected)}`}`,
        unmet ?? told(seen),
      )
    },
  }
  return answered(question)
}

async function lookAt(group: TestGroup): Promise<Seen> {
  return { description: await group.describe(), commits: await group.offsets() }
}

function lagsExpected(
  matcher: string,
  expected: unknown,
  topic: string | undefined,
): readonly (readonly [topic: string | undefined, lag: unknown])[] {
  if (isExpectedNumber(expected)) return [[topic, expected]]
  const isMap = typeof expected === 'object' && expected !== null && !Array.isArray(expected)
  const entries = isMap ? Object.entries(expected) : []
  if (topic !== undefined || entries.length === 0 || !entries.every(([, lag]) => isExpectedNumber(lag))) {
    throw new TypeError(
      `${matcher} wants a number, as in ${matcher}(0), or one for each topic, as in ${matcher}({ orders: 0 }), not ${inspect(expected)}`,
    )
  }
  return entries
}

function lagsTold({ description, lags }: SeenLags): string {
  return toldWith(description, committedTold(lags))
}

function wantedMembers(expected: unknown): string {
  if (typeof expected === 'number') return counted(expected, 'member')
  return expected === undefined ? 'members' : `the members ${shown(expected)}`
}

function shown(expected: unknown): string {
  return inspect(expected, { breakLength: Number.POSITIVE_INFINITY, depth: 2 })
}

/** What a group is doing, in words. */
function told({ description, commits }: Seen): string {
  const committed = commits.map(({ topic, partition, offset }) => `${topic}-${partition}: ${offset}`)
  return toldWith(
    description,
    committed.length === 0 ? 'It has committed nothing.' : `It has committed: ${listed(committed, '; ')}.`,
  )
}

function toldWith(description: GroupDescription, committed: string): string {
  const group = groupTold(description)
  return description.state === 'Dead' ? group : `${group}\n${committed}`
}
