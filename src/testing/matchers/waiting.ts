import type { LimitedWaits, WaitOptions } from '../../broker/handles/waits/limited-waits.ts'
import { WAITS, type Waiter } from '../../broker/handles/waits/waits.ts'
import { ACTIVITY } from '../../proxy/activity.ts'
import type { MatcherContext, MatcherResult } from './context.ts'
import { ProxyWaits } from './proxy-waits.ts'
import { isProxy } from './receivers.ts'

/** What a matcher finds out, and how it tells. */
export interface Question<Found> {
  readonly context: MatcherContext
  /** Whose cluster it is about. */
  readonly handle: object
  readonly limits: WaitOptions
  /** In words that go on after 'waited 2000 ms for'. */
  readonly what: string
  /** What there is now. It changes nothing. */
  look(): Promise<Found>
  holds(found: Found): boolean
  /** What was seen, for the error that says that it did not come. */
  seen(found: Found): string
  /** What the runner tells when it fails; `unmet` is what the wait says. */
  message(found: Found, unmet?: string): string
  /** Whether what holds is looked at again once the cluster is quiet: where there may be too much of it. */
  readonly isExact?: boolean
}

/** The limits among the options of a matcher. */
export function limitsOf({ timeout, signal }: Readonly<Record<string, unknown>>): WaitOptions {
  return {
    ...(timeout === undefined ? {} : { timeout: timeout as number }),
    ...(signal === undefined ? {} : { signal: signal as AbortSignal }),
  }
}

/** Answers it: waits until it holds, or, for `.not`, until the cluster is quiet. */
export async function answered<Found>(question: Question<Found>): Promise<MatcherResult> {
  const { context, handle, limits, look, holds } = question
  const waits = waitsOf(handle)
  if (context.isNot !== true) {
    const unmet = await comes(question, waits)
    if (unmet !== undefined) return unmet
    if (question.isExact !== true) return told(true)
  }
  await waits?.quiet(limits)
  const found = await look()
  return told(holds(found), () => question.message(found))
}

/** Waits until the cluster of a handle is quiet, where it can be known. */
export async function untilQuiet(handle: object, limits: WaitOptions): Promise<void> {
  await waitsOf(handle)?.quiet(limits)
}

/** Whether an error says that what was waited for did not come. */
export function isUnmet(error: unknown): error is Error {
  return (error as Error | undefined)?.name === 'UnmetWaitError'
}

/** What was found, as the runner takes it. */
export function told(pass: boolean, message: () => string = () => ''): MatcherResult {
  return { pass, message }
}

/** Undefined once it holds. */
async function comes<Found>(
  { limits, what, look, holds, seen, message }: Question<Found>,
  waits: LimitedWaits | undefined,
): Promise<MatcherResult | undefined> {
  let found = await look()
  if (holds(found)) return undefined
  if (waits === undefined) return told(false, () => message(found))
  const again = async (): Promise<true | undefined> => {
    found = await look()
    return holds(found) ? true : undefined
  }
  try {
    await waits.eventually({ what, look: again, seen: () => seen(found) }, limits)
    return undefined
  } catch (error) {
    if (!isUnmet(error)) throw error
    return told(false, () => message(found, error.message))
  }
}

/** Undefined for a handle on a cluster that tells nothing of when something happens. */
function waitsOf(handle: object): LimitedWaits | undefined {
  if (isProxy(handle)) return new ProxyWaits(handle[ACTIVITY])
  return (handle as Partial<Waiter>)[WAITS]
}
