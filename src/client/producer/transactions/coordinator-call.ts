import { backoffOf } from '../../backoff.ts'
import type { Broker } from '../../broker.ts'
import type { CallOptions } from '../../channel.ts'
import type { Client } from '../../client.ts'
import { sleep } from '../../time.ts'
import { verdictOnProducer } from './producer-verdict.ts'

/** A request to whoever coordinates something. */
interface CoordinatorCall<T> {
  coordinator(options: CallOptions): Promise<Broker>
  /** Looks the coordinator up again. */
  refresh(options: CallOptions): Promise<void>
  /** Sends the request. @throws the error in the answer */
  ask(coordinator: Broker, options: CallOptions): Promise<T>
  /** The longest time to wait before a retry after this error, in ms. */
  longestBackoff?(error: unknown): number
}

/**
 * Asks until the answer is no error that a retry helps against, at most `producer.transaction.retry.max` times more.
 * @throws the last error
 */
export async function callCoordinator<T>(
  client: Client,
  call: CoordinatorCall<T>,
  options: CallOptions = {},
): Promise<T> {
  const { clock, random, producer } = client.config
  const { retry } = producer.transaction
  for (let used = 0; ; ) {
    try {
      return await call.ask(await call.coordinator(options), options)
    } catch (error) {
      const verdict = verdictOnProducer(error)
      if ((verdict !== 'retry' && verdict !== 'refresh') || used >= retry.max || client.closed) throw error
      const backoff = backoffOf(retry, Math.floor(used) + 1, random)
      const wait = Math.min(backoff, call.longestBackoff?.(error) ?? backoff)
      // A shorter wait is but a part of a retry: however short it is, all of them last as long.
      used += backoff > 0 ? wait / backoff : 1
      await sleep(clock, wait, options.signal)
      if (verdict === 'refresh') await refreshed(call, options)
    }
  }
}

/** Who cannot be looked up now is looked up by the next try. */
async function refreshed(call: CoordinatorCall<unknown>, options: CallOptions): Promise<void> {
  try {
    await call.refresh(options)
  } catch {
    options.signal?.throwIfAborted()
  }
}

/** Of several errors in an answer throws the one of the highest rank, the first of those; nothing when there is none. */
export function throwWorst(errors: readonly Error[], rank: (error: Error) => number): void {
  const [first, ...others] = errors
  if (first === undefined) return
  throw others.reduce((worst, error) => (rank(error) > rank(worst) ? error : worst), first)
}

/** The coordinator of a transactional id. */
export function transactionCoordinator(
  client: Client,
  transactionalId: string,
): Pick<CoordinatorCall<never>, 'coordinator' | 'refresh'> {
  return {
    coordinator: (options) => client.transactionCoordinator(transactionalId, options),
    refresh: (options) => client.refreshTransactionCoordinator(transactionalId, options),
  }
}

/** The coordinator of a group. */
export function groupCoordinator(
  client: Client,
  group: string,
): Pick<CoordinatorCall<never>, 'coordinator' | 'refresh'> {
  return {
    coordinator: (options) => client.coordinator(group, options),
    refresh: (options) => client.refreshCoordinator(group, options),
  }
}
