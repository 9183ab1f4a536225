import { expect, test } from 'vitest'
import { page, updated } from '../../conformance/report.ts'

test('a run of some parts writes their sections, and leaves the others as they are', () => {
  const before = page(['## The codec\n\nold', '## Clients\n\n### Go\n\nkept'])
  const after = updated(before, ['## The codec\n\nnew\n', '## The model\n\nfirst'])
  expect(after).toBe(page(['## The codec\n\nnew', '## Clients\n\n### Go\n\nkept', '## The model\n\nfirst']))
  expect(updated(after, [])).toBe(after)
})
