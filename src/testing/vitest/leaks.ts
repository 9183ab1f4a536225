import { nextTurn, patience } from '../../broker/clock.ts'
import type { KafkaCluster } from '../../broker/cluster.ts'
import type { ConnectionEvent } from '../../broker/events.ts'
import { clientTold } from '../../broker/handles/client-words.ts'

/** How long, in ms, the goodbye of a client that was closed may be on its way: it left before the test's end, and arrives after. */
const GOODBYE_MS = 200

/** Follows who comes and goes, so that at the end it can be told who is still there or comes back again and again. */
export class LeakWatch {
  private readonly cluster: KafkaCluster
  private readonly leave: (() => void)[]
  /** Whether the connection that ended last was ended by the cluster, and nobody has come since: its client may be about to. */
  private isMissing = false
  private cameBack: ConnectionEvent[] = []
  /** Who came back, by connection. */
  private readonly names = new Map<string, string | null>()
  private changed: () => void = () => {}

  constructor(cluster: KafkaCluster) {
    this.cluster = cluster
    const { events } = cluster
    this.leave = [
      events.on('connection:open', (connection) => {
        this.isMissing = false
        this.cameBack.push(connection)
        this.changed()
      }),
      events.on('connection:close', ({ nodeId, reason }) => {
        this.isMissing = reason !== undefined || !isRunning(cluster, nodeId)
        this.changed()
      }),
    ]
  }

  /**
   * The clients that are still connected, or were cut off by the cluster and come back, one line each. Gives those that are just leaving a moment
   * of real time; where there are none it takes no time.
   */
  async find(): Promise<readonly string[]> {
    this.cameBack = []
    const { network, events } = this.cluster
    const isOver = (): boolean => network.connections.length === 0 && !this.isMissing
    if (!isOver()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.changed = () => {
        if (isOver()) resolve()
      }
      this.leave.push(
        events.on('request:start', ({ connectionId, clientId }) => this.names.set(connectionId, clientId)),
      )
      const timer = patience.setTimer(GOODBYE_MS, () => afterWhatArrived(resolve))
      await promise
      timer.cancel()
    }
    const open = network.connections
    const back = this.cameBack.filter(({ connectionId }) => !open.some((one) => one.connectionId === connectionId))
    return [...open.map((connection) => `- ${clientTold(connection)}`), ...back.map((one) => this.returns(one))]
  }

  private returns({ connectionId, nodeId, remote }: ConnectionEvent): string {
    return `- ${this.names.get(connectionId) || remote}, which was cut off, and connects again to broker ${nodeId}`
  }

  /** Hears nothing any more. */
  stop(): void {
    for (const step of this.leave.splice(0)) step()
  }
}

function isRunning(cluster: KafkaCluster, nodeId: number): boolean {
  return cluster.brokers.find((broker) => broker.nodeId === nodeId)?.isRunning ?? false
}

/** A process that was busy has its timers fire before it reads what has long arrived: that counts, too. */
function afterWhatArrived(then: () => void): void {
  nextTurn(() => nextTurn(then))
}
