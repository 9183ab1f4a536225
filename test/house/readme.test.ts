import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { pages, read, written } from '../../tools/readme.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe.each(Object.keys(pages))('%s', (page) => {
  test('lists what the sources have as it is, and its examples are the ones that run', () => {
    expect(read(page)).toBe(written(page))
  })

  test('names files that are there', () => {
    const named = read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)
    for (const [, path = ''] of named) {
      expect(() => readFileSync(new URL(path, new URL(page, `file://${root}`))), path).not.toThrow()
    }
  })
})

test('every example is on a page', () => {
  const texts = Object.keys(pages).map(read)
  for (const example of globSync('examples/**/*.test.ts', { cwd: root })) {
    expect(
      texts.some((text) => text.includes(example)),
      example,
    ).toBe(true)
  }
})
