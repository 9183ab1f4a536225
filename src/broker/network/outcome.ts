import { changedAt } from '../../intercept/answer-entries.ts'
import type { Claim } from '../../intercept/entity-error.ts'
import type { Struct } from '../../intercept/entity-layout.ts'
import { AFTER_THE_WORK } from '../../intercept/error-places.ts'
import type { RequestHandler } from '../../intercept/handler.ts'
import type { At, Corruption, Verdict } from '../../intercept/kafka-response.ts'
import { keyOf } from '../../intercept/request-entries.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { type Answer, CLOSE_CONNECTION, NO_RESPONSE } from '../apis/handler.ts'
import { corrupted, type WireFault } from './wire-faults.ts'

export { type Answer, CLOSE_CONNECTION, NO_RESPONSE }

/** What becomes of a request. */
export interface Outcome {
  readonly answer: Answer<unknown>
  /** Why the connection is closed, where it is. */
  readonly reason?: string
  /** What happens to the bytes of the answer. */
  readonly faults?: readonly WireFault[]
}

/** When an error is given, when nobody says otherwise. */
export function atUsually(error: ErrorName): At {
  return AFTER_THE_WORK.has(error) ? 'after' : 'before'
}

/** What there is instead of an answer, if that is what a handler says. */
export function insteadOfAnswer({ kind }: Verdict, { description }: RequestHandler): Outcome | undefined {
  if (kind === 'disconnect') return { answer: CLOSE_CONNECTION, reason: `${description} closes the connection` }
  return kind === 'drop' ? { answer: NO_RESPONSE } : undefined
}

/** An answer that is not what it was; the same outcome where there is nothing to change. */
export function withFault(outcome: Outcome, verdict: Verdict, claim: Claim): Outcome {
  const { answer, faults = [] } = outcome
  if (typeof answer !== 'object') return outcome
  switch (verdict.kind) {
    case 'throttle': {
      const mute = { kind: 'mute', ms: verdict.ms } as const
      return { ...outcome, answer: { ...answer, throttleTimeMs: verdict.ms }, faults: [...faults, mute] }
    }
    case 'trickle':
      return { ...outcome, faults: [...faults, verdict] }
    case 'corrupt': {
      const { how } = verdict
      if (how === 'frame' || how === 'garbage') return { ...outcome, faults: [...faults, { kind: how }] }
      const changed = withCorruptRecords(answer, how, claim)
      return changed === answer ? outcome : { ...outcome, answer: changed }
    }
    default:
      return outcome
  }
}

/** The answer to a Fetch with the records corrupted that a handler is about. @throws TypeError for an answer that has no records */
function withCorruptRecords(
  answer: object,
  how: Corruption & ('crc' | 'truncated'),
  { layout, names, body, others, isAbout }: Claim,
): Struct {
  const { api } = layout
  const depth = layout.answer.findIndex(({ fields }) => fields.records?.type === 'records') + 1
  if (depth === 0) {
    throw new TypeError(
      `corrupt('${how}') is for records, and an answer to ${api.name} has none; any answer takes corrupt('frame') and corrupt('garbage')`,
    )
  }
  const path = layout.answer.slice(0, depth)
  const taken = new Set(others.map(({ entity }) => keyOf(path, entity)))
  return changedAt(layout, body, answer as Struct, depth, names, (entity, element) => {
    const records = element.records as readonly Buffer[] | null | undefined
    if (!records?.length || !isAbout(entity) || taken.has(keyOf(path, entity))) return element
    return { ...element, records: corrupted(records, how) }
  })
}
