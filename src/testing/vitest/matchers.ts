/**
 * Matchers for those with a `test` of their own. Imported for its effect, as in `setupFiles`, it adds them to vitest's `expect`;
 * `matchers` is what `expect.extend` takes.
 */
import { expect } from 'vitest'

/** What `expect.extend` takes. */
export const matchers: Parameters<typeof expect.extend>[0] = Object.freeze({})

expect.extend(matchers)
