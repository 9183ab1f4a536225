import { beforeAll, describe, expect, test, vi } from 'vitest'
import { newClusterAdmin } from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { brokerConfigs } from '../../client/harness.ts'
import { type Run, runVitest } from '../vitest/run-vitest.ts'

const named = process.env.MEMKAFKA_TEST_BOOTSTRAP

describe('the fixture, with MEMKAFKA_BOOTSTRAP', () => {
  let run: Run
  let left: readonly string[]

  beforeAll(async () => {
    const memkafka = named === undefined ? await KafkaCluster.start({ config: brokerConfigs }) : undefined
    const bootstrap = named ?? memkafka?.bootstrapServers.join(',') ?? ''
    const before = await topicsAt(bootstrap)
    // A real cluster takes its time over the first group and the first transaction.
    const variables = { MEMKAFKA_BOOTSTRAP: bootstrap, MEMKAFKA_ALLOW_WRITES: '1' }
    run = await runVitest('real', '--testTimeout=60000', variables)
    const look = async (): Promise<void> => {
      left = (await topicsAt(bootstrap)).filter((topic) => !before.includes(topic) && !topic.startsWith('__'))
      if (left.length > 0) throw new Error('brokers hear of it a little after a topic is deleted')
    }
    await vi.waitFor(look, { timeout: 10_000 }).catch(() => {})
    await memkafka?.stop()
  })

  test.each(['waits and matchers work', 'names are of one test alone', 'writes', 'reads what it wrote'])(
    'has what needs no emulator run: %s',
    (name) => {
      const { status, said } = run.tests.get(name) ?? { status: 'none', said: '' }
      expect(said).toBe('')
      expect(status).toBe('passed')
    },
  )

  test.each([
    ['handlers need memkafka', 'cluster.use'],
    ['brokers need memkafka', 'cluster.broker'],
    ['so does what a handle tells without being asked', 'cluster.topic(…).exists'],
    ['so do matchers of requests', 'cluster.use'],
    ['can skip its tests', 'cluster.network'],
    ['need memkafka, too', 'clusterOptions.config'],
  ])('skips what needs memkafka, with the reason: %s', (name, what) => {
    expect(run.tests.get(name)).toMatchObject({ status: 'skipped' })
    expect(run.printed).toContain(
      `${what} needs memkafka itself, and this test runs on the cluster that MEMKAFKA_BOOTSTRAP`,
    )
  })

  test('skips what needs more brokers than there are', () => {
    expect(run.tests.get('cannot be had')).toMatchObject({ status: 'skipped' })
    expect(run.printed).toContain('clusterOptions.brokers are 99')
  })

  test('tells of a test that failed where it was, and by which names', () => {
    const { status, said } = run.tests.get(
      'what is not there at all is undefined, and a test that fails tells its names',
    ) ?? { status: 'none', said: '' }
    expect(status).toBe('failed')
    expect(said).toMatch(/The cluster was the one at .*, with names that begin with memkafka-[0-9a-f]{10}-/)
  })

  test('leaves nothing behind', () => {
    expect(left).toEqual([])
  })
})

describe('the fixture, where it cannot run', () => {
  test('says that nothing may be written', async () => {
    const cluster = await KafkaCluster.start({ config: brokerConfigs })
    const variables = { MEMKAFKA_BOOTSTRAP: cluster.bootstrapServers.join(','), MEMKAFKA_ALLOW_WRITES: '' }
    const { tests } = await runVitest('real', variables)
    await cluster.stop()
    const { status, said } = tests.get('waits and matchers work') ?? { status: 'none', said: '' }
    expect(status).toBe('failed')
    expect(said).toContain('making topics writes, and nothing is written to the cluster')
    expect(said).toContain('set MEMKAFKA_ALLOW_WRITES=1')
  })

  test.each([
    ['somewhere', "the address of a broker is wanted, as 127.0.0.1:9092, not 'somewhere'"],
    ['127.0.0.1:1', 'no Kafka answers at 127.0.0.1:1'],
  ])('says what is wrong with MEMKAFKA_BOOTSTRAP=%s', async (bootstrap, what) => {
    const { tests } = await runVitest('real', { MEMKAFKA_BOOTSTRAP: bootstrap, MEMKAFKA_ALLOW_WRITES: '1' })
    const { status, said } = tests.get('waits and matchers work') ?? { status: 'none', said: '' }
    expect(status).toBe('failed')
    expect(said).toContain(what)
  })
})

async function topicsAt(bootstrap: string): Promise<readonly string[]> {
  await using admin = await newClusterAdmin(bootstrap.split(','))
  return (await admin.describeTopics([])).map(({ name }) => name)
}
