import { inspect } from 'node:util'
import { checkNames } from '../../../intercept/nearest.ts'
import { WAIT_OPTIONS, type WaitOptions } from '../waits/limited-waits.ts'
import type { CommitToWaitFor, CommittedPartition, GroupDescription, StableOptions } from './group-description.ts'

/*
 * What tests wait for in a group: checked, in words, and when it is there; in whichever cluster it is.
 */

/** @throws TypeError, RangeError that say what to write instead */
export function stableWait(
  groupId: string,
  options: WaitOptions & StableOptions,
): { readonly what: string; find(described: GroupDescription): GroupDescription | undefined } {
  checkNames('waitUntilStable', options, ['members', ...WAIT_OPTIONS])
  const { members: wanted } = options
  if (wanted !== undefined && (!Number.isSafeInteger(wanted) || wanted < 1)) {
    throw new RangeError(
      `waitUntilStable: members is a number from 1 on, not ${inspect(wanted)}: a stable group has some`,
    )
  }
  const many = wanted === undefined ? '' : ` with ${wanted === 1 ? '1 member' : `${wanted} members`}`
  return {
    what: `the group ${groupId} to be stable${many}`,
    find: (described) => {
      const { state, members } = described
      return state === 'Stable' && (wanted ?? members.length) === members.length ? described : undefined
    },
  }
}

/** @throws TypeError that says what to write instead */
export function caughtUpWait(
  groupId: string,
  options: WaitOptions & { readonly topic?: string },
): { readonly what: string; readonly topic: string | undefined } {
  checkNames('waitUntilCaughtUp', options, ['topic', ...WAIT_OPTIONS])
  const { topic } = options
  if (topic !== undefined && typeof topic !== 'string') {
    throw new TypeError(`waitUntilCaughtUp: topic is a topic's name, not ${inspect(topic)}`)
  }
  return { what: `the group ${groupId} to have caught up${topic === undefined ? '' : ` in ${topic}`}`, topic }
}

/** Whether a group rests, so that what it has committed says how far it has come. */
export function isAtRest({ state }: GroupDescription): boolean {
  return state === 'Stable' || state === 'Empty'
}

/** @throws TypeError that says what to write instead */
export function commitWait(
  groupId: string,
  expected: CommitToWaitFor,
  options: WaitOptions,
): { readonly what: string; find(commits: readonly CommittedPartition[]): CommittedPartition | undefined } {
  checkNames('waitForCommit', options, WAIT_OPTIONS)
  const { topic, partition, offset } = expected ?? {}
  if (typeof topic !== 'string' || !isOffset(offset) || (partition !== undefined && !isOffset(partition))) {
    throw new TypeError(
      `waitForCommit wants a topic, perhaps a partition, and an offset, as { topic: 'orders', partition: 0, offset: 3 }, not ${inspect(expected)}`,
    )
  }
  const where = partition === undefined ? topic : `${topic}-${partition}`
  return {
    what: `the group ${groupId} to commit ${offset} in ${where}`,
    find: (commits) =>
      commits.find(
        (one) => one.topic === topic && (partition ?? one.partition) === one.partition && one.offset >= offset,
      ),
  }
}

/** @throws TypeError for what is no topic's name */
export function checkLagTopic(topic: unknown): void {
  if (topic === undefined || typeof topic === 'string') return
  throw new TypeError(`the lag of a group is asked for by a topic's name, or of all topics, not by ${inspect(topic)}`)
}

function isOffset(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
