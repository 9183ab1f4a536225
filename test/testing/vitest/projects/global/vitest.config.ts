import { fileURLToPath } from 'node:url'
import { mergeConfig } from 'vitest/config'
import base from '../vitest.config.ts'

// By its path: vitest resolves a global setup before aliases, and the package's own name leads to what is built.
const setup = fileURLToPath(new URL('../../../../../src/testing/vitest/global-setup.ts', import.meta.url))

export default mergeConfig(base, { test: { globalSetup: [setup] } })
