import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Examples import the package by its name, as its users do.
  resolve: {
    alias: [
      { find: /^memkafka$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) },
      { find: /^memkafka\/client$/, replacement: fileURLToPath(new URL('src/client/index.ts', import.meta.url)) },
      { find: /^memkafka\/testing$/, replacement: fileURLToPath(new URL('src/testing/index.ts', import.meta.url)) },
    ],
  },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    // No test measures time. This ends one that hangs, and must not fail one on a slow or busy machine.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
