import type { RetryConfig } from './config/sections.ts'
import type { Random } from './time.ts'

/** How far a back-off strays from what is configured, to either side: clients that failed together do not come back together. */
const JITTER = 0.2

/**
 * How long to wait before a retry, in ms.
 * @param retries counts from 1
 */
export function backoffOf(
  retry: Pick<RetryConfig, 'max' | 'backoff'> & Partial<RetryConfig>,
  retries: number,
  random: Random,
): number {
  const { max, backoff, backoffFunc } = retry
  if (backoffFunc !== undefined && backoffFunc !== null) return Math.max(0, backoffFunc(retries, max))
  return jittered(backoff, random)
}

/** A time in ms, up to a fifth more or less. */
export function jittered(ms: number, random: Random): number {
  return Math.round(ms * (1 - JITTER + (2 * JITTER * random.below(1 << 20)) / (1 << 20)))
}
