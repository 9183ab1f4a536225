import type { Duplex } from 'node:stream'
import { hostPortText } from '../protocol/host-port.ts'
import { handlersByKey } from './apis/handlers.ts'
import { Broker, type BrokerOptions } from './broker.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import type { Controller } from './controller/controller.ts'
import { type BrokerGates, Gate } from './gate.ts'
import { Link } from './link.ts'
import type { Links } from './links.ts'
import { Disk } from './log/disk.ts'
import type { AddressOf } from './network/address-of.ts'
import type { Deliveries } from './network/deliveries.ts'
import type { Interception } from './network/interception.ts'
import type { Listener, OpenListener } from './network/listener.ts'
import { type Address, BrokerServer } from './network/server.ts'
import type { BrokerNode } from './options.ts'
import type { Random } from './random.ts'
import { type ApiVersionRanges, ServedVersions } from './served-versions.ts'
import type { WaitQueue } from './wait-queue.ts'

/** What the nodes of a cluster have in common. */
export interface Surroundings extends Pick<BrokerOptions, 'clusterId' | 'release' | 'served' | 'features' | 'events'> {
  readonly queue: WaitQueue
  /** What every broker begins with. */
  readonly config: BrokerConfig
  readonly controller: Controller
  readonly links: Links
  readonly interception: Interception
  /** Of all connections in memory. */
  readonly deliveries: Deliveries
  /** Addresses that clients are told instead of those that brokers listen on, by node id. */
  readonly advertised: Map<number, Address>
  /** The brokers that run, by node id. */
  readonly brokers: Map<number, Broker>
  readonly listen: OpenListener
}

/** How a broker's end is noticed: at once, or as in Kafka when nothing was heard of it for `broker.session.timeout.ms`. */
export type Noticed = 'at once' | 'by timeout'

interface Running {
  readonly broker: Broker
  readonly server: BrokerServer
}

/** A machine of the cluster: its address and its disk, which stay, and the broker that runs on it, or does not. */
export class Node {
  readonly nodeId: number
  readonly rack: string | null
  readonly host: string
  readonly port: number
  private readonly around: Surroundings
  private readonly random: Random
  /** What of the broker a test holds back, over its starts and stops. */
  readonly gates: BrokerGates = { coordinatorLoads: new Gate(), transactionMarkers: new Gate() }
  /** What it serves, over its starts and stops. */
  private readonly served: ServedVersions
  private ownDisk: Disk = new Disk()
  private running: Running | undefined
  private boots = 0
  /** Has whoever waits for an orderly shutdown go on: what was to be shut down has ended. */
  private ended: () => void = () => {}
  /** Why it will never start again. */
  private over: string | undefined
  /** Takes back what a test has done to it and has not taken back yet, in the order in which it was done. */
  private readonly undos = new Set<() => void>()
  /** A start or a stop that is under way. */
  private changing: Promise<void> = Promise.resolve()

  /** The broker runs from the beginning. */
  constructor(around: Surroundings, { nodeId, rack }: BrokerNode, listener: Listener, random: Random) {
    this.around = around
    this.nodeId = nodeId
    this.rack = rack ?? null
    this.host = listener.host
    this.port = listener.port
    this.random = random
    this.served = new ServedVersions(around.served)
    this.boot(listener)
  }

  /** The broker, while it runs. */
  get broker(): Broker | undefined {
    return this.running?.broker
  }

  /** Its side of the network, while it runs. */
  get server(): BrokerServer | undefined {
    return this.running?.server
  }

  /** `host:port` */
  get address(): string {
    return hostPortText(this)
  }

  /** What is on its disk, whether or not the broker runs. */
  get disk(): Disk {
    return this.ownDisk
  }

  /** Whether the controller holds the broker for alive. */
  get isAlive(): boolean {
    return this.around.controller.image.isAlive(this.nodeId)
  }

  /** Whether the controller holds it for in sync wherever it has a replica. */
  get isInSync(): boolean {
    const { nodeId } = this
    return [...this.around.controller.image.topics()].every(({ partitions }) =>
      partitions.every(({ replicas, isr }) => !replicas.includes(nodeId) || isr.includes(nodeId)),
    )
  }

  /** @throws Error when it does not run, or is not unfenced yet */
  connect(addressOf?: AddressOf): Duplex {
    if (this.running === undefined) throw new Error(`broker ${this.nodeId} is stopped`)
    return this.running.server.connect(addressOf)
  }

  /**
   * Starts the broker, if it does not run, with its disk as it was left.
   * @param wipe whether the disk is empty
   * @throws Node's system error when its port cannot be listened on any more; Error once it is out of the cluster, or the cluster is stopped
   */
  start(wipe: boolean): Promise<void> {
    return this.change(async () => {
      if (this.running !== undefined) return
      this.refuseWhenOver()
      const listener = await this.around.listen(this.host, this.port)
      if (this.over !== undefined) await listener.close()
      this.refuseWhenOver()
      if (wipe) this.ownDisk = new Disk(this.random.uuid())
      this.boot(listener)
    })
  }

  /** Stops the broker, if it runs. Leadership moves first, if the controller can be reached. */
  stop(): Promise<void> {
    return this.change(async () => {
      const { running } = this
      if (running === undefined) return
      const { broker } = running
      await new Promise<void>((resolve) => {
        const done = (): void => resolve()
        this.ended = done
        this.around.queue.await(broker.lifecycle.shutDown(), { done, failed: done })
      })
      // It may have been killed meanwhile.
      if (this.running !== running) return
      this.ownDisk.cleanShutdownEpoch = broker.lifecycle.epoch
      await this.end('at once')
    })
  }

  /** Ends the broker where it stands, at once; done when its connections are over. */
  kill(noticed: Noticed): Promise<void> {
    if (this.running === undefined) return this.changing
    const ended = this.end(noticed)
    return this.change(() => ended)
  }

  /** Stops the broker, if it runs, for good. */
  retire(): Promise<void> {
    this.over = `broker ${this.nodeId} has been decommissioned`
    return this.stop()
  }

  /** Has it stand still: it takes what comes, and answers nothing. */
  pause(): void {
    const { broker } = this
    if (broker === undefined || broker.queue.isPaused) return
    const { nodeId } = this
    broker.queue.pause()
    this.around.events.emit('broker:pause', () => ({ nodeId }))
    this.around.links.setPaused(nodeId, true)
  }

  /** Has it go on, with what came meanwhile first. */
  resume(): void {
    const { broker } = this
    if (broker === undefined || !broker.queue.isPaused) return
    const { nodeId } = this
    this.around.events.emit('broker:resume', () => ({ nodeId }))
    this.around.queue.turn(() => {
      broker.queue.resume()
      this.around.links.setPaused(nodeId, false)
    })
  }

  /** Serves fewer versions, until the function returned is called. @throws RangeError for what is not served anyway */
  narrowApiVersions(ranges: ApiVersionRanges): () => void {
    const widen = this.served.narrow(ranges)
    const show = (): void => {
      if (this.broker !== undefined) this.broker.served = this.served.now
    }
    show()
    return () => {
      widen()
      show()
    }
  }

  /** Has clients told another address than the broker's own, by every broker, until the function returned is called. */
  advertise(address: Address): () => void {
    const { advertised } = this.around
    advertised.set(this.nodeId, address)
    return () => {
      if (advertised.get(this.nodeId) === address) advertised.delete(this.nodeId)
    }
  }

  /** Has everything between the broker and its clients take so many ms longer, there and back, until the function returned is called. */
  lengthenRoundTrip(ms: number): () => void {
    const { links, queue } = this.around
    const delay = ms / 2
    const change = (by: number): void => {
      const before = links.conditionsOf(this.nodeId, 'clients').delay
      queue.turn(() => links.set(this.nodeId, 'clients', { delay: Math.max(0, before + by) }))
    }
    change(delay)
    return once(() => change(-delay))
  }

  /** Notes what takes back something that a test did. What is returned does so once, be it called by the test or by {@link restore}. */
  undoable(undo: () => void): () => void {
    const undoOnce = (): void => {
      if (this.undos.delete(undoOnce)) undo()
    }
    this.undos.add(undoOnce)
    return undoOnce
  }

  /** Takes back all that a test did to it, and has it run. @throws as {@link start} does */
  restore(): Promise<void> {
    for (const undo of [...this.undos].reverse()) undo()
    this.resume()
    return this.start(false)
  }

  /** Lets go of everything at once: the cluster stops. */
  close(): Promise<void> {
    const { running, around, nodeId } = this
    this.over = 'the cluster is stopped'
    this.running = undefined
    this.ended()
    if (running !== undefined) {
      running.broker.stop()
      around.events.emit('broker:stop', () => ({ nodeId }))
    }
    return this.change(async () => running?.server.stop())
  }

  private refuseWhenOver(): void {
    if (this.over !== undefined) throw new Error(this.over)
  }

  private boot(listener: Listener): void {
    const { around, nodeId, rack, random } = this
    const disk = this.ownDisk
    const { controller, links, brokers, interception, deliveries, advertised } = around
    const { clusterId, release, features, events } = around
    const queue = around.queue.fork()
    const peers = new Map<number, Link<Broker>>()
    const broker = new Broker({
      nodeId,
      rack,
      clusterId,
      release,
      served: this.served.now,
      features,
      events,
      config: around.config.fork(ownConfigs(nodeId, rack, listener.host, listener.port)),
      queue,
      random,
      links,
      disk,
      boot: ++this.boots,
      gates: this.gates,
      address: { host: listener.host, port: listener.port },
      controller: new Link(queue, () => controller, { links, from: nodeId, to: 'controller' }),
      peer: (id) => {
        let link = peers.get(id)
        if (link === undefined) {
          link = new Link(queue, () => brokers.get(id), { links, from: nodeId, to: id })
          peers.set(id, link)
        }
        return link
      },
    })
    this.running = {
      broker,
      server: new BrokerServer({ broker, handlers: handlersByKey, listener, interception, deliveries, advertised }),
    }
    brokers.set(nodeId, broker)
    events.emit('broker:start', () => ({ nodeId }))
    around.queue.turn(() => {
      links.setRunning(nodeId, true)
      broker.lifecycle.start()
    })
  }

  private async end(noticed: Noticed): Promise<void> {
    const { running, around, nodeId } = this
    if (running === undefined) return
    this.running = undefined
    this.ended()
    around.events.emit('broker:stop', () => ({ nodeId }))
    const { controller, links } = around
    around.queue.turn(() => {
      // Whom the controller does not reach anyway it does not miss.
      const isMissed = noticed === 'at once' && links.isUp('controller', nodeId)
      running.broker.stop()
      around.brokers.delete(nodeId)
      links.setRunning(nodeId, false)
      if (isMissed && controller.image.isAlive(nodeId)) controller.fenceBroker(nodeId)
    })
    await running.server.stop()
  }

  /** Starts and stops come one after the other. */
  private change(step: () => Promise<void> | undefined): Promise<void> {
    const changed = this.changing.then(step)
    this.changing = changed.catch(() => {})
    return changed
  }
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}

/** What of a broker's configs is its own. */
function ownConfigs(nodeId: number, rack: string | null, host: string, port: number): Record<string, string> {
  const listeners = `PLAINTEXT://${hostPortText({ host, port })}`
  return {
    'node.id': String(nodeId),
    'broker.id': String(nodeId),
    ...(rack === null ? {} : { 'broker.rack': rack }),
    listeners,
    'advertised.listeners': listeners,
  }
}
