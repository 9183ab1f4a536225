import { isInternalTopic } from '../replication/internal-topics.ts'
import type { RequestEntry, TimelineEntry } from './timeline-entry.ts'

/** Errors that are a step of the way: KIP-394 has every dynamic member ask twice. */
const STEPS: ReadonlySet<string> = new Set(['MEMBER_ID_REQUIRED'])

/** Whether an entry is more than that something went as it should. */
export function isTelling(entry: TimelineEntry): boolean {
  if (entry.kind === 'request') return isTellingRequest(entry)
  // Of internal topics it tells enough who leads.
  if (entry.kind === 'topic') return !isInternalTopic(entry.topic)
  if (entry.kind === 'partition') return entry.change === 'leader' || !isInternalTopic(entry.topic)
  return entry.kind !== 'connection' || entry.reason !== undefined
}

/** The same of a request. */
export function isTellingRequest({
  outcome,
  errors,
  handlers,
  api,
}: Pick<RequestEntry, 'outcome' | 'errors' | 'handlers' | 'api'>): boolean {
  if (handlers.length > 0) return true
  if (outcome === 'error') return errors.some(({ error }) => !STEPS.has(error))
  // A consumer that leaves does not wait for what it polls for, nor has one an answer yet that polls still.
  return outcome !== 'ok' && outcome !== 'no answer' && api !== 'Fetch'
}
