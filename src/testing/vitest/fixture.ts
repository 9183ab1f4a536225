import type { TestAPI } from 'vitest'
import type { KafkaCluster } from '../../broker/cluster.ts'
import { Clusters, throwAll } from './clusters.ts'
import { fixtureError } from './fixture-error.ts'
import { type FixtureChoices, type FixtureOptions, readFixtureOptions } from './fixture-options.ts'
import type { HostedCluster } from './hosted-cluster.ts'
import { realBootstrap, useRealCluster } from './real-fixture.ts'
import { seedOf } from './seed.ts'
import { type Task, TestWatch } from './test-watch.ts'

/** What `withKafka` adds to the context of tests. */
export interface KafkaFixtures {
  /** A running cluster, started when a test or one of its hooks asks for it. After the test, and after what closes its clients, it is stopped. */
  readonly cluster: KafkaCluster
  /** What it is started with: `test.override({ clusterOptions: { brokers: 3 } })`. */
  readonly clusterOptions: FixtureOptions
}

interface AllFixtures extends KafkaFixtures {
  readonly clustersOfFile: Clusters
  readonly clustersOfWorker: Clusters
}

/**
 * Gives a `test` of one's own a cluster, in the fixture `cluster`. To be called at the top level of a file: it adds fixtures for the file and the worker, too.
 *
 * ```ts
 * import { test as base } from 'vitest'
 *
 * export const test = withKafka(base, { brokers: 3 })
 * ```
 * @param defaults what `clusterOptions` is where nothing overrides it
 */
export function withKafka<Context>(
  base: TestAPI<Context>,
  defaults: FixtureOptions = {},
): TestAPI<Context & KafkaFixtures> {
  const extended = (base as unknown as TestAPI<object>).extend<AllFixtures>({
    clusterOptions: defaults,
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are wanted
    clustersOfFile: [async ({}, use) => provideClusters(use), { scope: 'file' }],
    // biome-ignore lint/correctness/noEmptyPattern: as above
    clustersOfWorker: [async ({}, use) => provideClusters(use), { scope: 'worker' }],
    cluster: async ({ clusterOptions, clustersOfFile, clustersOfWorker, task, signal, skip, onTestFinished }, use) => {
      const { choices, cluster: given } = readFixtureOptions(clusterOptions)
      refuseConcurrent(task, choices)
      const clusters = choices.per === 'worker' ? clustersOfWorker : clustersOfFile
      const real = realBootstrap()
      if (real !== undefined) {
        const run = { options: given, choices, task, signal, skip, onTestFinished }
        return useRealCluster(await clusters.realAt(real), run, use)
      }
      const { seed, told } = seedOf(given, choices, task)
      const options = { ...given, seed }
      const isOwn = choices.per === 'test'
      const hosted = await (isOwn ? clusters.start(options, choices) : clusters.share(options, choices))
      const watch = new TestWatch(hosted.cluster, task, signal, told)
      const end = (): Promise<void> => (isOwn ? endOwn : endShared)(clusters, hosted, watch, choices)
      // vitest ends fixtures before it calls `onTestFinished`, in which tests close their clients; but after `aroundEach`, in which others do.
      // The later of the two is the end. What was registered first is called last.
      let isNext = false
      const step = async (): Promise<void> => {
        if (isNext) await end()
        isNext = true
      }
      onTestFinished(step)
      await use(hosted.cluster)
      await step()
    },
  })
  return extended as unknown as TestAPI<Context & KafkaFixtures>
}

async function provideClusters(use: (clusters: Clusters) => Promise<void>): Promise<void> {
  const clusters = new Clusters()
  await use(clusters)
  await clusters.stop()
}

function refuseConcurrent({ name, concurrent }: Task, { per }: FixtureChoices): void {
  if (per === 'test' || concurrent !== true) return
  throw new Error(
    `'${name}' runs concurrently with other tests, and its cluster is shared by those of one ${per}: what one of them does to it, the others would ` +
      'suffer. Leave out { per } in clusterOptions, so that each test has a cluster of its own, or run the test with { concurrent: false }',
  )
}

async function endOwn(
  clusters: Clusters,
  hosted: HostedCluster,
  watch: TestWatch,
  choices: FixtureChoices,
): Promise<void> {
  const errors: Error[] = []
  try {
    errors.push(...unfired(watch, choices))
    hosted.release()
    // A test that failed has not come to where it closes its clients.
    const leaked = watch.hasFailed ? undefined : await hosted.leaked()
    if (leaked !== undefined && choices.leaks === 'fail') errors.push(fixtureError(leaked))
    else if (leaked !== undefined) console.warn(leaked)
    errors.push(...watch.thrown)
    await watch.end(errors)
  } finally {
    await clusters.end(hosted)
  }
  throwAll(errors)
}

async function endShared(
  clusters: Clusters,
  hosted: HostedCluster,
  watch: TestWatch,
  choices: FixtureChoices,
): Promise<void> {
  const errors = unfired(watch, choices)
  try {
    hosted.release()
    errors.push(...watch.thrown)
    await watch.end(errors)
  } finally {
    await clusters.reset(hosted)
  }
  throwAll(errors)
}

/** A test that failed has more to say than that it did not come to everything. */
function unfired(watch: TestWatch, choices: FixtureChoices): Error[] {
  const error = choices.unfired === 'fail' && !watch.hasFailed ? watch.unfired() : undefined
  return error === undefined ? [] : [error]
}
