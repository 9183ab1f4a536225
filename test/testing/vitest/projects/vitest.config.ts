import { defineConfig } from 'vitest/config'
import { sources } from '../../../../vitest.config.ts'

/** Of the projects that tests run with a vitest of their own. They see the sources, by the package's names. */
export default defineConfig({ resolve: { alias: sources }, test: { include: ['**/*.test.ts'] } })
