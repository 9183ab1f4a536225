import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { pages, read, written } from '../../tools/docs.ts'

describe.each(pages())('docs/%s', (page) => {
  const text = read(page)

  test('shows the examples that run', () => {
    expect(text).toBe(written(text))
  })

  test('leads to pages that are there', () => {
    const missing = [...text.matchAll(/\]\(([^)#\s]+)/g)]
      .map(([, target = '']) => target)
      .filter(
        (target) => !target.includes(':') && !existsSync(new URL(target, new URL('../../docs/', import.meta.url))),
      )
    expect(missing).toEqual([])
  })
})
