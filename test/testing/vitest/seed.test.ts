import { crc32 } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { seedOf } from '../../../src/testing/vitest/seed.ts'
import { runVitest } from './run-vitest.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('the seed of a test’s cluster', () => {
  const file = { name: 'test/orders.test.ts', filepath: '/project/test/orders.test.ts' }
  const moved = { name: 'test/shop/orders.test.ts', filepath: '/project/test/shop/orders.test.ts' }
  const within = (of: typeof file) => ({ name: 'are announced', suite: { name: 'orders', suite: of }, file: of })

  test('follows from the full name that vitest gives the test', ({ task }) => {
    expect(seedOf({}, { per: 'test' }, task).seed).toBe(crc32(task.fullTestName))
    expect(task.fullTestName).toContain(' > ')
  })

  test('goes along with a test that moves to another file, and a file has its own', () => {
    expect(seedOf({}, { per: 'test' }, within(file))).toEqual(seedOf({}, { per: 'test' }, within(moved)))
    expect(seedOf({}, { per: 'file' }, within(file)).seed).toBe(crc32('test/orders.test.ts'))
    expect(seedOf({}, { per: 'worker' }, within(file)).seed).toBe(0)
  })

  test.for(['test', 'file', 'worker'] as const)('is that of MEMKAFKA_SEED where there is one, per %s', (per) => {
    vi.stubEnv('MEMKAFKA_SEED', '-7:0:1')
    expect(seedOf({}, { per }, within(file))).toEqual({ seed: -7, told: 'seed -7: MEMKAFKA_SEED=-7 has it again' })
    expect(seedOf({ seed: 42 }, { per }, within(file)).seed).toBe(42)
  })

  test.for(['one', '1.5', '1:x', ':1'])('is refused where MEMKAFKA_SEED is %s', (text) => {
    vi.stubEnv('MEMKAFKA_SEED', text)
    expect(() => seedOf({}, { per: 'test' }, within(file))).toThrow(/^MEMKAFKA_SEED: .* is.* whole number.*, not '/)
  })
})

// Each is a vitest of its own: on a busy machine one takes a while to begin.
describe('a test that fails', { timeout: 120_000 }, () => {
  /** What each test of the project says of its cluster. */
  async function saidWith(variables: Record<string, string>): Promise<(name: string) => string> {
    const { tests, printed } = await runVitest('seeded', { MEMKAFKA_SEED: '', ...variables })
    return (name) => {
      const said = tests.get(name)?.said
      if (said === undefined) throw new Error(`there is no test '${name}':\n${printed}`)
      return said
    }
  }

  async function clusterOf(seed: number): Promise<string> {
    await using cluster = await KafkaCluster.start({ seed })
    return `the cluster ${cluster.clusterId}`
  }

  test('tells the seed of its cluster, which is the same each time', async () => {
    const said = await saidWith({})
    const seed = crc32('orders > are announced')
    expect(said('are announced')).toContain(await clusterOf(seed))
    expect(said('are announced')).toMatch(
      new RegExp(`what happened in the cluster:\n(.*\n)*seed ${seed}: MEMKAFKA_SEED=${seed} has it again`),
    )
    expect(said('are announced').match(/has it again/g)).toHaveLength(1)
    expect(said('fails as ever')).toContain(await clusterOf(42))
    expect(said('fails as ever')).toContain('seed 42, as clusterOptions say')
    const ofFile = crc32('tests.test.ts')
    for (const name of ['fails like one', 'fails like another']) {
      expect(said(name)).toContain(await clusterOf(ofFile))
      expect(said(name)).toContain(`seed ${ofFile}: MEMKAFKA_SEED=${ofFile} has it again`)
    }
  })

  test('has the cluster that MEMKAFKA_SEED says, unless it says another itself', async () => {
    const said = await saidWith({ MEMKAFKA_SEED: '7:0:1' })
    for (const name of ['are announced', 'fails like one', 'fails like another']) {
      expect(said(name)).toContain(await clusterOf(7))
      expect(said(name)).toContain('seed 7: MEMKAFKA_SEED=7 has it again')
    }
    expect(said('fails as ever')).toContain(await clusterOf(42))
  })
})
