import type { VersionRange } from '../protocol/message.ts'
import type { Clock } from './clock.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import { BrokerLoggers } from './config/broker-loggers.ts'
import type { Controller } from './controller/controller.ts'
import { MetadataImage } from './controller/metadata-image.ts'
import type { MetadataRecord } from './controller/metadata-record.ts'
import { GroupCoordinator } from './coordinator/groups/group-coordinator.ts'
import { ProducerIds } from './coordinator/producer-ids.ts'
import type { Events } from './events.ts'
import type { Link } from './link.ts'
import type { Random } from './random.ts'
import type { Release, ReleaseFeature } from './release.ts'
import { FetchSessionCache } from './replication/fetch-session-cache.ts'
import { Replicas } from './replication/replicas.ts'
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
>

/** One node: its own image of the cluster, the partitions and the groups that it hosts. */
export class Broker {
  readonly nodeId: number
  readonly rack: string | null
  readonly clusterId: string
  /** What it passes for. */
  readonly release: Release
  /** API key -> the versions that ApiVersions shows. */
  readonly served: ReadonlyMap<number, VersionRange>
  /** The features that work. */
  readonly features: readonly ReleaseFeature[]
  /** Its own: the broker puts into it what the metadata log sets. */
  readonly config: BrokerConfig
  readonly queue: WaitQueue
  readonly random: Random
  readonly events: Events
  readonly controller: Link<Controller>
  /** The way to another broker, or to itself; the same link each time. */
  readonly peer: (nodeId: number) => Link<Broker>
  readonly image: MetadataImage = new MetadataImage()
  readonly loggers: BrokerLoggers = new BrokerLoggers()
  readonly replicas: Replicas
  readonly fetchSessions: FetchSessionCache
  readonly groups: GroupCoordinator
  readonly producerIds: ProducerIds

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
    const { nodeId, queue, config, image, controller, random, events, release } = this
    this.replicas = new Replicas({ nodeId, queue, config, image })
    const slots = config.int('max.incremental.fetch.session.cache.slots')
    this.fetchSessions = new FetchSessionCache({ clock: queue.clock, random, slots })
    this.groups = new GroupCoordinator({
      queue,
      config,
      image,
      controller,
      random,
      events,
      release,
      replicas: this.replicas,
    })
    this.producerIds = new ProducerIds({ nodeId, controller, image })
  }

  get clock(): Clock {
    return this.queue.clock
  }

  /** Takes new records of the metadata log: first the image changes, then the rooms hear of it. */
  applyMetadata(records: readonly MetadataRecord[]): void {
    const change = this.image.apply(records)
    if (change.changedBrokerConfigs.length > 0) this.config.override(this.image.brokerConfigs(this.nodeId))
    this.replicas.apply(change)
    this.groups.apply(change)
  }
}
