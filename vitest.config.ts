import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The entry points, by name, and the sources that they are made from. */
const entries: Readonly<Record<string, string>> = {
  memkafka: 'index',
  'memkafka/client': 'client/index',
  'memkafka/testing': 'testing/index',
  'memkafka/fast-check': 'testing/exploring/index',
  'memkafka/msw': 'testing/msw/index',
  'memkafka/vitest': 'testing/vitest/index',
  'memkafka/vitest/matchers': 'testing/vitest/matchers',
  'memkafka/vitest/global-setup': 'testing/vitest/global-setup',
}

/** What has whoever imports the package by its name get its sources. */
export const sources: { find: RegExp; replacement: string }[] = Object.entries(entries).map(([name, path]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(`src/${path}.ts`, import.meta.url)),
}))

export default defineConfig({
  // Examples import the package by its name, as its users do.
  resolve: {
    alias: sources,
  },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    // What is run by a vitest of its own, which a test starts.
    exclude: ['**/node_modules/**', 'test/testing/vitest/projects/**'],
    // No test measures time. This ends one that hangs, and must not fail one on a slow or busy machine.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
