import { isAtLeast } from '../../protocol/release.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import type { Link } from '../link.ts'
import type { ProducerRules } from '../log/producer-states.ts'
import type { Signal } from '../signal.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { LeadingBroker } from './follower.ts'
import type { IsrOutcome, IsrProposal } from './in-sync-replicas.ts'
import { proposeIsr } from './isr-proposal.ts'
import type { Partition } from './partition.ts'
import type { PartitionHost } from './partition-host.ts'
import type { ReplicasOptions } from './replicas.ts'

/** What partitions have done later. */
export type Later = Pick<PartitionHost, 'lagsLater' | 'tellsLater' | 'expiresLater' | 'cleansLater'>

/**
 * What all partitions of a broker share. A class, as {@link BrokerProducerRules} is: to V8 each object that is written down with a getter is of a kind
 * of its own, which nothing is optimized for, and which keeps whatever the getter reaches until all of the heap is looked through.
 */
export class BrokerHost implements PartitionHost {
  readonly nodeId: number
  readonly queue: WaitQueue
  readonly networkChanged: Signal
  readonly backoffMs: number
  readonly maxLagMs: number
  readonly watermarkNeedsMinIsr: boolean
  readonly producerRules: ProducerRules
  readonly validateCompressedRecords: boolean
  private readonly options: ReplicasOptions
  private readonly image: MetadataImage
  private readonly later: Later

  constructor(options: ReplicasOptions, later: Later) {
    const { nodeId, queue, config, image, networkChanged, release } = options
    this.options = options
    this.later = later
    this.nodeId = nodeId
    this.queue = queue
    this.image = image
    this.networkChanged = networkChanged
    this.backoffMs = config.int('replica.fetch.backoff.ms')
    this.maxLagMs = config.long('replica.lag.time.max.ms')
    this.watermarkNeedsMinIsr = isAtLeast(release, '3.7')
    this.producerRules = new BrokerProducerRules(config)
    this.validateCompressedRecords = config.bool('memkafka.validate.compressed.records')
  }

  get brokerEpoch(): number {
    return this.image.broker(this.nodeId)?.epoch ?? -1
  }

  get isDiskFull(): boolean {
    return this.options.disk.isFull
  }

  linkTo(nodeId: number): Link<LeadingBroker> {
    return this.options.peer(nodeId)
  }

  eligibleEpoch(nodeId: number): number | undefined {
    return this.image.isActive(nodeId) ? this.image.broker(nodeId)?.epoch : undefined
  }

  propose(partition: Partition, proposal: IsrProposal, answered: (outcome: IsrOutcome) => void): void {
    const { nodeId, brokerEpoch, queue } = this
    proposeIsr({ nodeId, brokerEpoch, queue, controller: this.options.controller }, partition, proposal, answered)
  }

  lagsLater(): void {
    this.later.lagsLater()
  }

  tellsLater(partition: Partition): void {
    this.later.tellsLater(partition)
  }

  expiresLater(): void {
    this.later.expiresLater()
  }

  cleansLater(): void {
    this.later.cleansLater()
  }
}

/** What the broker's configs say of producers; some of them can change while it runs. */
class BrokerProducerRules implements ProducerRules {
  readonly checkIntervalMs: number
  private readonly config: BrokerConfig

  constructor(config: BrokerConfig) {
    this.config = config
    this.checkIntervalMs = config.int('producer.id.expiration.check.interval.ms')
  }

  get expirationMs(): number {
    return this.config.int('producer.id.expiration.ms')
  }

  get verifiesTransactions(): boolean {
    return this.config.bool('transaction.partition.verification.enable')
  }
}
