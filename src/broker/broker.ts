import type { Release, ReleaseFeature } from '../protocol/release.ts'
import { BrokerLifecycle } from './broker-lifecycle.ts'
import type { Clock } from './clock.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import { BrokerLoggers } from './config/broker-loggers.ts'
import type { Controller } from './controller/controller.ts'
import { MetadataImage } from './controller/metadata-image.ts'
import type { MetadataRecord } from './controller/metadata-record.ts'
import { GroupCoordinator } from './coordinator/groups/group-coordinator.ts'
import { ProducerIds } from './coordinator/producer-ids.ts'
import { TransactionCoordinator } from './coordinator/transactions/transaction-coordinator.ts'
import type { Events } from './events.ts'
import type { BrokerGates } from './gate.ts'
import type { Link } from './link.ts'
import type { Links } from './links.ts'
import type { Disk } from './log/disk.ts'
import type { Random } from './random.ts'
import { FetchSessionCache } from './replication/fetch-session-cache.ts'
import { Replicas } from './replication/replicas.ts'
import type { ServedApis } from './served-versions.ts'
import type { WaitQueue } from './wait-queue.ts'

/** What a broker is made with. */
export type BrokerOptions = Pick<
  Broker,
  | 'nodeId'
  | 'rack'
  | 'clusterId'
  | 'release'
  | 'served'
  | 'features'
  | 'config'
  | 'queue'
  | 'random'
  | 'events'
  | 'controller'
  | 'peer'
> & {
  readonly links: Links
  /** Where its listener is reached. */
  readonly address: { readonly host: string; readonly port: number }
  readonly disk: Disk
  /** How many times a broker has been started on this node. */
  readonly boot: number
  readonly gates: BrokerGates
}

/** One run of a broker on its node: its own image of the cluster, and the rooms for what it hosts. */
export class Broker {
  readonly nodeId: number
  readonly rack: string | null
  readonly clusterId: string
  /** What it passes for. */
  readonly release: Release
  /** API key -> the versions that ApiVersions shows. Its node narrows them where a test says so. */
  served: ServedApis
  /** The features that work. */
  readonly features: readonly ReleaseFeature[]
  /** Its own: the broker puts into it what the metadata log sets. */
  readonly config: BrokerConfig
  readonly queue: WaitQueue
  readonly random: Random
  readonly events: Events
  readonly controller: Link<Controller>
  /** The network between brokers, controller and clients. */
  readonly links: Links
  /** The way to another broker, or to itself; the same link each time. */
  readonly peer: (nodeId: number) => Link<Broker>
  readonly image: MetadataImage = new MetadataImage()
  readonly lifecycle: BrokerLifecycle
  readonly disk: Disk
  readonly loggers: BrokerLoggers = new BrokerLoggers()
  readonly replicas: Replicas
  readonly fetchSessions: FetchSessionCache
  readonly groups: GroupCoordinator
  readonly producerIds: ProducerIds
  readonly transactions: TransactionCoordinator

  constructor(options: BrokerOptions) {
    this.nodeId = options.nodeId
    this.rack = options.rack
    this.clusterId = options.clusterId
    this.release = options.release
    this.served = options.served
    this.features = options.features
    this.config = options.config
    this.queue = options.queue
    this.random = options.random
    this.events = options.events
    this.controller = options.controller
    this.peer = options.peer
    this.links = options.links
    const { nodeId, rack, queue, config, image, controller, random, events, release, links } = this
    const { address, disk, boot, gates } = options
    this.disk = disk
    const previousEpoch = disk.cleanShutdownEpoch ?? -1
    // Whoever runs now has not been shut down yet.
    disk.cleanShutdownEpoch = undefined
    this.lifecycle = new BrokerLifecycle({
      nodeId,
      rack,
      address,
      queue,
      controller,
      image,
      links,
      disk,
      previousEpoch,
      boot,
    })
    this.replicas = new Replicas({
      nodeId,
      queue,
      config,
      image,
      release,
      disk,
      controller,
      networkChanged: links.changed,
      peer: this.peer,
    })
    const slots = config.int('max.incremental.fetch.session.cache.slots')
    this.fetchSessions = new FetchSessionCache({ clock: queue.clock, random, slots })
    this.groups = new GroupCoordinator({
      gates,
      queue,
      config,
      image,
      controller,
      random,
      events,
      release,
      replicas: this.replicas,
      verifyTransaction: (write, support) => this.transactions.verifyWrite(write, support),
    })
    this.producerIds = new ProducerIds({ nodeId, controller, image })
    const { peer, replicas, groups, producerIds } = this
    const rooms = { gates, controller, peer, image, replicas, groups, producerIds }
    this.transactions = new TransactionCoordinator({ ...rooms, queue, config, release })
  }

  get clock(): Clock {
    return this.queue.clock
  }

  /**
   * Takes records of the metadata log, the first of which stands at `baseOffset`: first the image changes, then the rooms hear of
   * it. What was taken before is passed over.
   */
  applyMetadata(records: readonly MetadataRecord[], baseOffset: number): void {
    const known = this.image.offset + 1 - baseOffset
    if (known >= records.length) return
    const change = this.image.apply(known > 0 ? records.slice(known) : records)
    if (change.changedBrokerConfigs.length > 0) this.config.override(this.image.brokerConfigs(this.nodeId))
    this.replicas.apply(change)
    this.groups.apply(change)
    this.transactions.apply(change)
  }

  /** Ends it where it stands: nothing of it happens any more. */
  stop(): void {
    this.queue.stop()
  }
}
