import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runVitest } from '../vitest/run-vitest.ts'

const file = `
import { expect, test } from 'memkafka/vitest'

test('forgets to await', ({ cluster }) => {
  expect(cluster.topic(cluster.name('orders'))).toHaveRecords(0)
})
test('forgets to await what does not hold', ({ cluster }) => {
  expect(cluster.topic(cluster.name('orders'))).not.toHaveRecords(0)
})
test('forgets to await, softly', ({ cluster }) => {
  expect.soft(cluster.topic(cluster.name('orders'))).toHaveRecords(0)
})
test('awaits', async ({ cluster }) => {
  await expect(cluster.topic(cluster.name('orders'))).toHaveRecords(0)
  await expect.soft(cluster.topic(cluster.name('orders'))).not.toHaveRecords()
  await Promise.all([expect(cluster.group(cluster.name('billing'))).toHaveMembers(0), expect(cluster.topic(cluster.name('orders'))).toHaveRecords(0)])
})
test('fails softly, and goes on', async ({ cluster }) => {
  await expect.soft(cluster.topic(cluster.name('orders'))).toHaveRecords(1, { timeout: 1 })
  await expect.soft(cluster.topic(cluster.name('orders'))).toHaveRecords(2, { timeout: 1 })
})
test.concurrent('awaits beside others', async ({ cluster, expect }) => {
  await expect(cluster.topic(cluster.name('orders'))).not.toHaveRecord({ value: 'paid' })
})
test.concurrent('forgets to await beside others', async ({ cluster, expect }) => {
  expect(cluster.topic(cluster.name('orders'))).not.toHaveRecord({ value: 'paid' })
})
test('says where', async ({ cluster }) => {
  await expect(cluster.topic(cluster.name('orders'))).toHaveRecords(1, { timeout: 1 })
})
`

test.for(['forks', 'threads', 'vmThreads'])('a test that does not await a matcher fails, in %s', async (pool) => {
  const folder = await mkdtemp(join(tmpdir(), 'memkafka-awaiting-'))
  try {
    await writeFile(join(folder, 'orders.test.ts'), file)
    const { tests, printed } = await runVitest(folder, `--pool=${pool}`)
    const said = (name: string) => tests.get(name)?.said
    expect(tests.get('awaits')?.status, printed).toBe('passed')
    expect(tests.get('awaits beside others')?.status).toBe('passed')
    expect(said('forgets to await')).toMatch(
      /expect\(…\)\.toHaveRecords\(…\) was not awaited: the test was over .*[\s\S]*orders\.test\.ts:5:/,
    )
    expect(said('forgets to await what does not hold')).toContain('expect(…).not.toHaveRecords(…) was not awaited')
    expect(said('forgets to await, softly')).toContain('expect.soft(…).toHaveRecords(…) was not awaited')
    expect(said('forgets to await beside others')).toContain('expect(…).not.toHaveRecord(…) was not awaited')
    expect(said('fails softly, and goes on')).toMatch(/to have 1 record;[\s\S]*to have 2 records;/)
    expect(said('says where')).toMatch(/orders\.test\.ts:29:\d+/)
    expect(printed).not.toContain('Unhandled')
  } finally {
    await rm(folder, { recursive: true })
  }
})
