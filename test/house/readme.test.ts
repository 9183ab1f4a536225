import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { written } from '../../tools/readme.ts'

test('the README lists the APIs, defaults and options as they are, and its example is the one that runs', () => {
  const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  expect(text).toBe(written(text))
})
