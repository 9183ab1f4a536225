import { jittered } from './backoff.ts'
import type { BackoffFunc } from './config/sections.ts'
import { type Random, systemRandom } from './time.ts'

/** Sarama's, where none is given: those of Kafka's `retry.backoff.ms` and `retry.backoff.max.ms`. */
const DEFAULT_BACKOFF_MS = 100
const DEFAULT_MAX_BACKOFF_MS = 1000

/**
 * A back-off that doubles with each retry, up to a fifth more or less, and no longer than `maxBackoffMs` (KIP-580).
 *
 * ```ts
 * config.producer.retry.backoffFunc = newExponentialBackoff(100, 2000, config.random)
 * ```
 * @param random whose chance: the config's, where a run is to be repeatable
 */
export function newExponentialBackoff(
  backoffMs: number,
  maxBackoffMs: number,
  random: Random = systemRandom,
): BackoffFunc {
  const longest = maxBackoffMs > 0 ? maxBackoffMs : DEFAULT_MAX_BACKOFF_MS
  const first = Math.min(backoffMs > 0 ? backoffMs : DEFAULT_BACKOFF_MS, longest)
  return (retries) => (retries <= 0 ? first : Math.min(jittered(first * 2 ** (retries - 1), random), longest))
}
