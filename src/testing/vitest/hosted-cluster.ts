import { patience } from '../../broker/clock.ts'
import { KafkaCluster } from '../../broker/cluster.ts'
import type { ClusterOptions } from '../../broker/options.ts'
import type { Leaks } from './fixture-options.ts'
import { LeakWatch } from './leaks.ts'

/** A cluster is stopped in a few ms. What takes longer, in ms, never will be: the run goes on without it. */
const STOP_WITHIN_MS = 3000

/** A cluster that the fixture has started, and stops. */
export class HostedCluster {
  readonly cluster: KafkaCluster
  private readonly options: ClusterOptions
  private readonly nodeIds: string
  private readonly leaks: LeakWatch | undefined
  private stopping: Promise<void> | undefined
  private isStopped = false

  private constructor(cluster: KafkaCluster, options: ClusterOptions, isWatched: boolean) {
    this.cluster = cluster
    this.options = options
    this.nodeIds = nodeIdsOf(cluster)
    this.leaks = isWatched ? new LeakWatch(cluster) : undefined
    KafkaCluster.atStop(cluster, () => {
      this.isStopped = true
    })
  }

  static async start(options: ClusterOptions, leaks: Leaks): Promise<HostedCluster> {
    const cluster = await KafkaCluster.start({ timeline: true, ...options })
    return new HostedCluster(cluster, options, leaks !== 'off')
  }

  /** Opens gates and lets go of the requests that handlers hold, so that whoever waits for them can go on, and leave. */
  release(): void {
    this.cluster.resetHandlers()
  }

  /** The clients that are still there, in words; undefined where there are none. */
  async leaked(): Promise<string | undefined> {
    const clients = (await this.leaks?.find()) ?? []
    if (clients.length === 0) return undefined
    return `when the cluster was about to stop, these clients were not closed:\n${clients.join('\n')}`
  }

  /**
   * Has handlers, network and brokers be as at the start. Topics, groups and their records stay, and time goes on.
   * @returns whether they are: brokers that were added or taken out for good cannot be undone, nor can that a test has stopped the cluster
   */
  async reset(): Promise<boolean> {
    const { cluster, options, isStopped } = this
    if (isStopped) return false
    const { handlers = [] } = options
    cluster.resetHandlers()
    cluster.network.heal()
    if (nodeIdsOf(cluster) !== this.nodeIds) return false
    const listed = cluster.listHandlers()
    if (listed.length !== handlers.length || !handlers.every((handler) => listed.includes(handler))) return false
    await Promise.all(cluster.brokers.map((broker) => broker.restore()))
    cluster.timeline.clear()
    return true
  }

  /** Stops the cluster. May be called again. @throws Error when it does not end in time */
  stop(): Promise<void> {
    this.stopping ??= this.stopOnce()
    return this.stopping
  }

  private async stopOnce(): Promise<void> {
    this.leaks?.stop()
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = patience.setTimer(STOP_WITHIN_MS, () =>
      reject(new Error(`the cluster did not stop within ${STOP_WITHIN_MS} ms: please report it as a bug of memkafka`)),
    )
    try {
      await Promise.race([this.cluster.stop(), late])
    } finally {
      timer.cancel()
    }
  }
}

function nodeIdsOf({ brokers }: KafkaCluster): string {
  return brokers.map(({ nodeId }) => nodeId).join()
}
