/**
 * vitest's `test`, with a cluster for each test that asks for one.
 *
 * ```ts
 * import { expect, test } from 'memkafka/vitest'
 *
 * test('an order is announced', async ({ cluster }) => { … })
 * ```
 */
import { test as base, type TestAPI } from 'vitest'
import './matchers.ts'
import { type KafkaFixtures, withKafka } from './fixture.ts'

export * from 'vitest'
export { type KafkaFixtures, withKafka } from './fixture.ts'
export type { FixtureOptions, Leaks, Per } from './fixture-options.ts'
export type { Provided } from './provided.ts'

/** vitest's `test`, with `cluster` and `clusterOptions` in its context. */
export const test: TestAPI<KafkaFixtures> = withKafka(base)
/** The same. */
export const it: TestAPI<KafkaFixtures> = test
