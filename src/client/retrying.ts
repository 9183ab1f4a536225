import { backoffOf } from './backoff.ts'
import type { Config } from './config/config.ts'
import type { RetryConfig } from './config/sections.ts'
import { elapsed, sleep } from './time.ts'

/**
 * Does something, and again after a back-off while it fails with what may pass: errors that say of themselves that they are `retriable`.
 * @param attempt is told how often it was tried before
 * @param until when it is too late for another try; see {@link noTryAfter}
 * @throws what the last attempt threw
 */
export async function retrying<T>(
  config: Config,
  retry: Pick<RetryConfig, 'max' | 'backoff'> & Partial<RetryConfig>,
  signal: AbortSignal | undefined,
  attempt: (retries: number) => Promise<T>,
  until: number = Number.POSITIVE_INFINITY,
): Promise<T> {
  for (let retries = 0; ; retries++) {
    signal?.throwIfAborted()
    try {
      return await attempt(retries)
    } catch (error) {
      if (!isRetriable(error) || retries >= retry.max || elapsed(config.clock) >= until) throw error
    }
    await sleep(config.clock, backoffOf(retry, retries + 1, config.random), signal)
  }
}

/**
 * When it is too late for another try, as `elapsed` counts. A try may take several requests with retries of their own; all of them together
 * have no more time than an answer to each of `max` + 1 requests would.
 */
export function noTryAfter({ clock, net }: Config, max: number): number {
  return elapsed(clock) + (max + 1) * net.readTimeout
}

/** Whether an error says that the same may succeed later. */
export function isRetriable(error: unknown): boolean {
  return (error as { retriable?: unknown } | null)?.retriable === true
}
