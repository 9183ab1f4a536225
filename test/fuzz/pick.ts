import type { Random } from '../../src/broker/random.ts'

/** One of these, each as likely as the other. */
export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)] as T
}
