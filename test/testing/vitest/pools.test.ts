import { describe, expect, test } from 'vitest'
import { runVitest } from './run-vitest.ts'

// Each is a vitest of its own: on a busy machine one takes a while to begin.
describe('the fixture', { timeout: 120_000 }, () => {
  test.for([
    ['in forks', ['--pool=forks']],
    ['in threads', ['--pool=threads']],
    ['in threads with a realm of their own', ['--pool=vmThreads']],
    ['in forks with a realm of their own', ['--pool=vmForks']],
    ['where files share a worker', ['--no-isolate', '--no-file-parallelism']],
    ['where tests run side by side', ['--sequence.concurrent']],
  ] as const)('works %s', async ([, flags]) => {
    const { tests, files, printed, code } = await runVitest('passing', ...flags)
    expect([...tests].filter(([, { status }]) => status !== 'passed')).toEqual([])
    expect([...files].filter(([, message]) => message !== '')).toEqual([])
    expect(printed).not.toMatch(/were not closed|Unhandled/)
    expect(tests.size).toBeGreaterThan(10)
    expect(code).toBe(0)
  })
})
