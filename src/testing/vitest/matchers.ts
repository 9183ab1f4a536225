/**
 * Matchers for those with a `test` of their own. Imported for its effect, as in `setupFiles`, it adds them to vitest's `expect`;
 * `matchers` is what `expect.extend` takes.
 */
import { expect } from 'vitest'
import { type KafkaMatchers, matchers as plain } from '../matchers/index.ts'
import { awaited } from './awaiting.ts'

export type { KafkaMatchers } from '../matchers/index.ts'

/** What `expect.extend` takes: the matchers of `memkafka/testing`, and a test that forgets to await one of them fails. */
export const matchers: Parameters<typeof expect.extend>[0] = Object.freeze(
  Object.fromEntries(Object.entries(plain).map(([name, matcher]) => [name, awaited(name, matcher)])),
) as unknown as Parameters<typeof expect.extend>[0]

expect.extend(matchers)

declare module 'vitest' {
  // Without parameters it is one with vitest's own, whatever those are: vitest 4 has one, vitest 5 two, all of them with defaults.
  interface Matchers extends KafkaMatchers {}
}
