import { isDeepStrictEqual } from 'node:util'
import type { ClusterOptions } from '../../broker/options.ts'
import { connectCluster, RealCluster } from '../real/real-cluster.ts'
import { fixtureError } from './fixture-error.ts'
import type { FixtureChoices, Leaks } from './fixture-options.ts'

/** The environment variable without which nothing is written to a cluster that is there already. */
const WRITES_VARIABLE = 'MEMKAFKA_ALLOW_WRITES'

interface Shared {
  readonly options: ClusterOptions
  readonly choices: FixtureChoices
  readonly cluster: Promise<RealCluster>
}

/** The connections of a file's tests, or of a worker's, to a cluster that is there already: each with names of its own. */
export class RealClusters {
  readonly bootstrap: string
  private readonly shared: Shared[] = []
  private readonly own = new Map<RealCluster, Leaks>()
  private brokerCount: Promise<number> | undefined

  constructor(bootstrap: string) {
    this.bootstrap = bootstrap
  }

  /** How many brokers it has, as it told when it was first asked. */
  brokers(): Promise<number> {
    this.brokerCount ??= this.countBrokers()
    return this.brokerCount
  }

  /** With the names of one test alone. */
  async start(options: ClusterOptions, { leaks }: FixtureChoices): Promise<RealCluster> {
    const cluster = await this.connect(options)
    this.own.set(cluster, leaks)
    return cluster
  }

  /** With the names of all tests that give the same options. */
  share(options: ClusterOptions, choices: FixtureChoices): Promise<RealCluster> {
    let shared = this.shared.find(
      (one) => isDeepStrictEqual(one.options, options) && isDeepStrictEqual(one.choices, choices),
    )
    if (shared === undefined) {
      shared = { options, choices, cluster: this.connect(options) }
      this.shared.push(shared)
    }
    return shared.cluster
  }

  /** Cleans up after one test. @throws Error that names what is left, where `leaks` is `fail` */
  async end(cluster: RealCluster, leaks: Leaks): Promise<void> {
    this.own.delete(cluster)
    try {
      await cluster.stop()
    } catch (error) {
      const left = error instanceof Error ? error.message : String(error)
      if (leaks === 'fail') throw fixtureError(left, { cause: error })
      if (leaks === 'warn') console.warn(left)
    }
  }

  /** Cleans up after all of them. @returns what went wrong */
  async stop(): Promise<unknown[]> {
    const shared = this.shared.splice(0).map(async ({ cluster, choices }) => this.end(await cluster, choices.leaks))
    const own = [...this.own].map(([cluster, leaks]) => this.end(cluster, leaks))
    const ends = await Promise.allSettled([...shared, ...own])
    return ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
  }

  private async countBrokers(): Promise<number> {
    const cluster = await connectCluster(this.bootstrap)
    try {
      return (await RealCluster.viewOf(cluster).admin.describeCluster()).brokers.length
    } finally {
      await cluster.stop()
    }
  }

  private connect({ topics = {}, waitTimeout }: ClusterOptions): Promise<RealCluster> {
    return connectCluster(this.bootstrap, {
      topics,
      allowWrites: process.env[WRITES_VARIABLE] === '1',
      ...(waitTimeout === undefined ? {} : { waitTimeout }),
    })
  }
}
