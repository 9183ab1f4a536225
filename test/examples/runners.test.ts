import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, run, runJest } from './clone.ts'

test('tests are written for node:test', async ({ signal }) => {
  const sources = join(root, 'examples/client/from-source.ts')
  const args = ['--import', sources, '--test', '--test-reporter=tap', 'orders.test.mjs']
  const { code, stdout } = await run(args, 'examples/testing/node-test', signal)
  expect(stdout).toMatch(/^# pass 2$/m)
  expect(stdout).toMatch(/^# fail 0$/m)
  expect(code).toBe(0)
})

test('tests are written for jest, in CommonJS and without any settings', async ({ signal }) => {
  const { code, stderr, tests } = await runJest('examples/testing/jest', signal)
  expect(tests, stderr).toEqual({
    'an order is announced': 'passed',
    'an order is announced again when its leader has moved': 'passed',
  })
  expect(stderr).not.toContain('did not exit')
  expect(code).toBe(0)
})
