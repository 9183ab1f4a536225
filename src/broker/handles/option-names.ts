import type { WaitOptions } from './waits.ts'

/** The options that every wait has. */
export const WAIT_OPTIONS: readonly string[] = ['timeout', 'signal'] satisfies (keyof WaitOptions)[]
