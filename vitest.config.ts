import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // No test measures time. This ends one that hangs, and must not fail one on a slow or busy machine.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
