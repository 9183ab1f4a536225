import type { Broker } from '../../../src/broker/broker.ts'
import { BrokerHandle } from '../../../src/broker/handles/brokers/broker-handle.ts'
import type { LinkConditions } from '../../../src/broker/link-conditions.ts'
import { Random } from '../../../src/broker/random.ts'
import type { KafkaCluster } from '../../../src/index.ts'
import type { SimClock } from './sim-clock.ts'
import { Wire } from './wire.ts'

/** The way of clients to brokers, and the order in which what happens there is heard of. */
export class Network {
  readonly clock: SimClock
  /** What handlers threw that is no error of Kafka's. */
  readonly bugs: unknown[] = []
  private readonly cluster: KafkaCluster
  private readonly random: Random
  private readonly wires = new Set<Wire>()
  private readonly inbox: (() => void)[] = []
  private readonly conditions = new Map<number, Required<LinkConditions>>()
  /** The brokers that clients do not reach. */
  private cut: ReadonlySet<number> = new Set()

  constructor(cluster: KafkaCluster, clock: SimClock, seed: number) {
    this.cluster = cluster
    this.clock = clock
    this.random = new Random(seed)
    clock.afterTimer = () => this.drain()
  }

  connect(nodeId: number, clientId: string): Wire {
    const wire = new Wire(this, nodeId, clientId)
    for (const old of this.wires) if (!old.isOpen && old.isIdle) this.wires.delete(old)
    this.wires.add(wire)
    return wire
  }

  brokerAt(nodeId: number): Broker | undefined {
    const handle = this.cluster.brokers.find((broker) => broker.nodeId === nodeId)
    return handle === undefined ? undefined : BrokerHandle.nodeOf(handle).broker
  }

  isCut(nodeId: number): boolean {
    return this.cut.has(nodeId)
  }

  delayMs(nodeId: number): number {
    return this.conditions.get(nodeId)?.delay ?? 0
  }

  loses(nodeId: number): boolean {
    const drop = this.conditions.get(nodeId)?.drop ?? 0
    return drop > 0 && this.random.next() < drop * 2 ** 32
  }

  /** Sets which brokers clients do not reach. */
  setCut(cut: ReadonlySet<number>): void {
    this.cut = cut
    this.changed()
  }

  set(nodeId: number, { delay = 0, drop = 0 }: LinkConditions): void {
    this.conditions.set(nodeId, { delay, drop })
  }

  heal(): void {
    this.conditions.clear()
    this.setCut(new Set())
  }

  /** Brokers have come or gone. */
  changed(): void {
    for (const wire of this.wires) wire.changed()
    this.drain()
  }

  /** Has a client hear of something once the change that is under way is over. */
  later(hear: () => void): void {
    this.inbox.push(hear)
  }

  /** Lets clients hear what there is for them, and do what they do then. */
  drain(): void {
    const { inbox } = this
    for (let i = 0; i < inbox.length; i++) {
      if (i > 100_000) throw new Error('a client and the cluster talk without end, and no time goes by')
      inbox[i]?.()
    }
    inbox.length = 0
  }
}
