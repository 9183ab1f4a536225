import { expect, test } from 'vitest'
import { runJest } from '../../examples/clone.ts'

test('jest takes the matchers, in CommonJS', async ({ signal }) => {
  const { code, stderr, tests } = await runJest('test/testing/matchers/jest', signal)
  expect(tests, stderr).toEqual({
    'records are expected': 'passed',
    'groups, requests and handlers are expected': 'passed',
    'requests and handlers of a proxy are expected': 'passed',
    'differences are shown': 'passed',
  })
  expect(code).toBe(0)
})
