import { isDeepStrictEqual } from 'node:util'
import type { ClusterOptions } from '../../broker/options.ts'
import { fixtureError } from './fixture-error.ts'
import type { FixtureChoices } from './fixture-options.ts'
import { HostedCluster } from './hosted-cluster.ts'
import type { RealClusters } from './real-clusters.ts'

interface Shared {
  readonly options: ClusterOptions
  readonly choices: FixtureChoices
  readonly hosted: Promise<HostedCluster>
}

/** The clusters of a file, or of a worker: what its tests share, and what a test has left behind. */
export class Clusters {
  private readonly shared: Shared[] = []
  private readonly own = new Set<HostedCluster>()
  private real: RealClusters | undefined

  /** A cluster of one test alone, which {@link stop} stops, too, should the test never come to its end. */
  async start(options: ClusterOptions, choices: FixtureChoices): Promise<HostedCluster> {
    const hosted = await HostedCluster.start(options, choices.leaks)
    this.own.add(hosted)
    return hosted
  }

  /** Stops a cluster of one test. */
  async end(hosted: HostedCluster): Promise<void> {
    this.own.delete(hosted)
    await hosted.stop()
  }

  /** The cluster of all tests that give the same options. */
  share(options: ClusterOptions, choices: FixtureChoices): Promise<HostedCluster> {
    let shared = this.find(options, choices)
    if (shared === undefined) {
      const started: Shared = { options, choices, hosted: HostedCluster.start(options, choices.leaks) }
      this.shared.push(started)
      // Whose test it is hears why; the next one may have better luck.
      started.hosted.catch(() => this.forget(started))
      shared = started
    }
    return shared.hosted
  }

  /** Has a shared cluster be as at the start; one that cannot be is stopped, and the next test has a new one. */
  async reset(hosted: HostedCluster): Promise<void> {
    if (await hosted.reset()) return
    for (const shared of [...this.shared]) {
      if ((await shared.hosted.catch(() => undefined)) === hosted) this.forget(shared)
    }
    await hosted.stop()
  }

  /** The connections to a cluster that is there already. Who has none of them loads nothing of them. */
  async realAt(bootstrap: string): Promise<RealClusters> {
    const { RealClusters: Class } = await import('./real-clusters.ts')
    this.real ??= new Class(bootstrap)
    return this.real
  }

  /** Ends them all. @throws Error that names the clients which are still there, where `leaks` is `fail` */
  async stop(): Promise<void> {
    const errors: unknown[] = []
    for (const { choices, hosted } of this.shared.splice(0)) {
      try {
        await endShared(await hosted, choices)
      } catch (error) {
        errors.push(error)
      }
    }
    const left = await Promise.allSettled([...this.own].map((hosted) => this.end(hosted)))
    errors.push(...((await this.real?.stop()) ?? []))
    errors.push(...left.flatMap((end) => (end.status === 'rejected' ? [end.reason] : [])))
    throwAll(errors)
  }

  private forget(shared: Shared): void {
    const at = this.shared.indexOf(shared)
    if (at !== -1) this.shared.splice(at, 1)
  }

  private find(options: ClusterOptions, choices: FixtureChoices): Shared | undefined {
    return this.shared.find((one) => isDeepStrictEqual(one.options, options) && isDeepStrictEqual(one.choices, choices))
  }
}

async function endShared(hosted: HostedCluster, { leaks }: FixtureChoices): Promise<void> {
  try {
    hosted.release()
    const leaked = await hosted.leaked()
    if (leaked !== undefined && leaks === 'fail') throw fixtureError(leaked)
    if (leaked !== undefined) console.warn(leaked)
  } finally {
    await hosted.stop()
  }
}

/** Throws what there is to be thrown, each of it as an error of its own in vitest. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('\n'))
}
