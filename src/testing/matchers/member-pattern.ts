import { inspect } from 'node:util'
import type { GroupMember } from '../../broker/handles/groups/group-description.ts'
import { checkNames } from '../../intercept/nearest.ts'
import { paired } from './arrangement.ts'
import { type AsymmetricMatcher, areEqual, isAsymmetric, type MatcherContext } from './context.ts'

/** What a member is expected to be: its client id, or what of it is told. */
export type ExpectedMember =
  | string
  | AsymmetricMatcher
  | { readonly [Name in keyof GroupMember]?: GroupMember[Name] | AsymmetricMatcher }

/** Whether a member is the one that is expected. */
type MemberPattern = (member: GroupMember) => boolean

const FIELDS: readonly (keyof GroupMember)[] = ['memberId', 'groupInstanceId', 'clientId', 'clientHost', 'assignment']

/** @throws TypeError that says what to write instead */
export function memberPatterns(
  context: MatcherContext,
  matcher: string,
  expected: readonly unknown[],
): readonly MemberPattern[] {
  return expected.map((one) => {
    if (typeof one === 'string') return ({ clientId }) => clientId === one
    // Of the runner's own: those of objects know members, all else client ids.
    if (isAsymmetric(one)) {
      const matches = (form: unknown): boolean => one.asymmetricMatch(form)
      return (member) =>
        one.inverse === true ? matches(member) && matches(member.clientId) : matches(member) || matches(member.clientId)
    }
    if (typeof one !== 'object' || one === null) {
      throw new TypeError(`${matcher}: a member is told by its client id, not by ${inspect(one)}`)
    }
    checkNames(matcher, one, FIELDS)
    const fields = Object.entries(one)
    return (member) => fields.every(([name, value]) => areEqual(context, member[name as keyof GroupMember], value))
  })
}

/** Whether these are the members, each of them once. */
export function membersSuit(patterns: readonly MemberPattern[], members: readonly GroupMember[]): boolean {
  if (patterns.length !== members.length) return false
  const fits = (one: number, other: number): boolean => {
    const member = members[other]
    return member !== undefined && patterns[one]?.(member) === true
  }
  return paired(patterns.length, members.length, fits).every((found) => found !== undefined)
}
