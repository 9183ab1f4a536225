import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runNode, runVitest } from './run-vitest.ts'

// Each is a vitest of its own: on a busy machine one takes a while to begin.
describe('a run of vitest', { timeout: 120_000 }, () => {
  test('is given a cluster by its global setup, with the options of the environment', async () => {
    const { tests, printed, code } = await runVitest('global', { MEMKAFKA_OPTIONS: '{ "brokers": 2 }' })
    expect(tests.get('reaches the cluster of the run')?.status, printed).toBe('passed')
    expect(code).toBe(0)
  })

  test('is refused by its global setup when the options of the environment are no JSON', async () => {
    const { printed, code } = await runVitest('global', { MEMKAFKA_OPTIONS: '{ brokers: 2 }' })
    expect(printed).toMatch(/MEMKAFKA_OPTIONS wants a JSON object such as {"brokers":3}, not { brokers: 2 }/)
    expect(code).not.toBe(0)
  })

  test.for([
    ['with new workers', []],
    ['with the same worker', ['--no-isolate']],
  ] as const)('can be watched, and begins anew each time: %s', async ([, flags]) => {
    const { code, printed } = await runNode([
      resolve(import.meta.dirname, 'watch.ts'),
      resolve(import.meta.dirname, 'projects/watched'),
      '3',
      ...flags,
    ])
    const said = printed.split('\n').filter((line) => line.startsWith('{'))
    expect(said, printed).toEqual(Array(3).fill('{"states":["passed","passed"],"unhandled":0}'))
    expect(code).toBe(0)
  })

  test('has two hundred files with clusters of their own side by side', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'memkafka-many-'))
    try {
      const file = `import { expect, test } from 'memkafka/vitest'
        for (const i of [1, 2]) test.concurrent('is alone ' + i, async ({ cluster, expect }) => {
          cluster.topic('t').exists || cluster.connect().destroy()
          expect(cluster.bootstrapServers).toHaveLength(1)
        })`
      await mkdir(folder, { recursive: true })
      await Promise.all(Array.from({ length: 200 }, (_, i) => writeFile(join(folder, `${i}.test.ts`), file)))
      const { files, printed, code } = await runVitest(folder, '--pool=threads', '--no-isolate', '--maxWorkers=8')
      expect(printed).toMatch(/Tests {2}400 passed/)
      expect(files.size).toBe(200)
      expect(code).toBe(0)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
