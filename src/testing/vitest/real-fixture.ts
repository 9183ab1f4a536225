import type { KafkaCluster } from '../../broker/cluster.ts'
import type { ClusterOptions } from '../../broker/options.ts'
import type { FixtureChoices } from './fixture-options.ts'
import type { RealClusters } from './real-clusters.ts'
import { append, signalOfRun, type Task } from './test-watch.ts'

/** The environment variable that has tests run on a cluster that is there already: `host:port`, or several with commas between them. */
const BOOTSTRAP_VARIABLE = 'MEMKAFKA_BOOTSTRAP'

/** What of a test's context is used here. */
export interface TestRun {
  readonly options: ClusterOptions
  readonly choices: FixtureChoices
  readonly task: Task
  readonly signal: AbortSignal
  skip(reason: string): never
  onTestFinished(end: () => Promise<void>): void
}

/** Where the cluster is that is there already; undefined where tests have memkafka's own. */
export function realBootstrap(): string | undefined {
  const bootstrap = process.env[BOOTSTRAP_VARIABLE]
  return bootstrap === undefined || bootstrap.trim() === '' ? undefined : bootstrap
}

/** Gives a test a cluster that is there already in the place of memkafka's own. What only that has skips the test. */
export async function useRealCluster(
  clusters: RealClusters,
  run: TestRun,
  use: (cluster: KafkaCluster) => Promise<void>,
): Promise<void> {
  const { options, choices, task, signal, onTestFinished } = run
  const { brokersWanted, emulatorOnlyOption, RealCluster, withSkips } = await import('./real-parts.ts')
  const needed = emulatorOnlyOption(options)
  if (needed !== undefined) run.skip(skipReason(`clusterOptions.${needed}`))
  const isOwn = choices.per === 'test'
  const wanted = brokersWanted(options)
  const there = await clusters.brokers()
  if (there < wanted) run.skip(`clusterOptions.brokers are ${wanted}, and ${clusters.bootstrap} has ${there} of them`)
  const cluster = await (isOwn ? clusters.start(options, choices) : clusters.share(options, choices))
  let isSkipped = false
  const skip = (what: string): never => {
    isSkipped = true
    return run.skip(skipReason(what))
  }
  const { waits } = RealCluster.viewOf(cluster)
  const errorsBefore = task.result?.errors?.length ?? 0
  waits.signal = signalOfRun(signal)
  const end = async (): Promise<void> => {
    waits.signal = undefined
    const hasFailed = task.result?.state === 'fail'
    const error = hasFailed ? task.result?.errors?.slice(errorsBefore).at(-1) : undefined
    if (error !== undefined) {
      append(
        error,
        `\n\nThe cluster was the one at ${clusters.bootstrap}, with names that begin with ${cluster.prefix}`,
      )
    }
    // A test that has not come to its end has not come to where it closes its clients.
    if (isOwn) await clusters.end(cluster, hasFailed || isSkipped ? 'off' : choices.leaks)
  }
  // As with memkafka's own: whatever comes last, of the end of fixtures and of `onTestFinished`, which is not called for a test that was skipped.
  let isNext = false
  const step = async (): Promise<void> => {
    if (isNext) await end()
    isNext = true
  }
  onTestFinished(step)
  await use(withSkips(cluster, skip))
  if (isSkipped) isNext = true
  await step()
}

function skipReason(what: string): string {
  return `${what} needs memkafka itself, and this test runs on the cluster that ${BOOTSTRAP_VARIABLE} names`
}
