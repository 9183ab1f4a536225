import { BrokerConfig } from '../../../src/broker/config/broker-config.ts'
import type { BrokerRegistration } from '../../../src/broker/controller/broker-registration.ts'
import { Controller } from '../../../src/broker/controller/controller.ts'
import type { MetadataFollower } from '../../../src/broker/controller/metadata-followers.ts'
import { MetadataImage, type PartitionImage } from '../../../src/broker/controller/metadata-image.ts'
import type { MetadataRecord } from '../../../src/broker/controller/metadata-record.ts'
import { Events } from '../../../src/broker/events.ts'
import { Link } from '../../../src/broker/link.ts'
import { Random } from '../../../src/broker/random.ts'
import { WaitQueue } from '../../../src/broker/wait-queue.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Message } from '../../../src/protocol/message.ts'
import type { PartitionData } from '../../../src/protocol/messages/alter-partition.ts'
import { BeginTransactionRecord } from '../../../src/protocol/messages/metadata/begin-transaction-record.ts'
import { BrokerRegistrationChangeRecord } from '../../../src/protocol/messages/metadata/broker-registration-change-record.ts'
import { ClearElrRecord } from '../../../src/protocol/messages/metadata/clear-elr-record.ts'
import { ConfigRecord } from '../../../src/protocol/messages/metadata/config-record.ts'
import { EndTransactionRecord } from '../../../src/protocol/messages/metadata/end-transaction-record.ts'
import { FeatureLevelRecord } from '../../../src/protocol/messages/metadata/feature-level-record.ts'
import { PartitionChangeRecord } from '../../../src/protocol/messages/metadata/partition-change-record.ts'
import { PartitionRecord } from '../../../src/protocol/messages/metadata/partition-record.ts'
import { ProducerIdsRecord } from '../../../src/protocol/messages/metadata/producer-ids-record.ts'
import { RegisterBrokerRecord } from '../../../src/protocol/messages/metadata/register-broker-record.ts'
import { RemoveTopicRecord } from '../../../src/protocol/messages/metadata/remove-topic-record.ts'
import { TopicRecord } from '../../../src/protocol/messages/metadata/topic-record.ts'
import { UnregisterBrokerRecord } from '../../../src/protocol/messages/metadata/unregister-broker-record.ts'
import { ManualClock } from '../manual-clock.ts'

/** The layouts of the records. */
export const layouts: Record<MetadataRecord['type'], Message<never>> = {
  BeginTransactionRecord: BeginTransactionRecord as Message<never>,
  BrokerRegistrationChangeRecord: BrokerRegistrationChangeRecord as Message<never>,
  ClearElrRecord: ClearElrRecord as Message<never>,
  ConfigRecord: ConfigRecord as Message<never>,
  EndTransactionRecord: EndTransactionRecord as Message<never>,
  FeatureLevelRecord: FeatureLevelRecord as Message<never>,
  PartitionChangeRecord: PartitionChangeRecord as Message<never>,
  PartitionRecord: PartitionRecord as Message<never>,
  ProducerIdsRecord: ProducerIdsRecord as Message<never>,
  RegisterBrokerRecord: RegisterBrokerRecord as Message<never>,
  RemoveTopicRecord: RemoveTopicRecord as Message<never>,
  TopicRecord: TopicRecord as Message<never>,
  UnregisterBrokerRecord: UnregisterBrokerRecord as Message<never>,
}

/** A broker that does nothing but follow the metadata log. */
export class Follower implements MetadataFollower {
  readonly queue: WaitQueue
  readonly image: MetadataImage = new MetadataImage()
  readonly records: MetadataRecord[] = []

  constructor(queue: WaitQueue) {
    this.queue = queue
  }

  applyMetadata(records: readonly MetadataRecord[]): void {
    this.records.push(...records)
    this.image.apply(records)
  }
}

/** The features of a cluster of the newest release that matter to the controller. */
export const newestFeatures = [{ name: 'metadata.version', min: 7, max: 33, finalized: 33 }]

/** A controller and the brokers that follow it. */
export class ControllerFixture {
  readonly followers: Map<number, Follower> = new Map()
  readonly events: Events = new Events()
  readonly clock: ManualClock = new ManualClock()
  readonly queue: WaitQueue = new WaitQueue(this.clock)
  readonly config: BrokerConfig
  readonly controller: Controller

  constructor(brokers: number, given: Record<string, string> = {}, features = newestFeatures, seed = 1) {
    this.config = new BrokerConfig(given, brokers)
    this.controller = new Controller({
      queue: this.queue,
      events: this.events,
      config: this.config,
      random: new Random(seed),
      features,
      linkTo: (nodeId) => new Link(this.queue, () => this.follower(nodeId)),
    })
    for (let nodeId = 1; nodeId <= brokers; nodeId++) this.register(nodeId)
  }

  /** Registers a broker and unfences it, and tells its epoch. */
  register(nodeId: number, rack: string | null = null): number {
    const epoch = this.registerFenced(nodeId, { rack })
    this.controller.unfenceBroker(nodeId, epoch)
    return epoch
  }

  /** A new incarnation of a broker, which has the metadata log from the beginning. */
  registerFenced(nodeId: number, more: Partial<BrokerRegistration> = {}): number {
    this.followers.set(nodeId, new Follower(this.queue))
    return this.controller.registerBroker({ nodeId, rack: null, host: '127.0.0.1', port: 9092, ...more })
  }

  /** A broker that was fenced starts again. It was shut down in order, or it was not. */
  restart(nodeId: number, clean: boolean): number {
    const previousBrokerEpoch = clean ? this.epoch(nodeId) : -1
    const epoch = this.registerFenced(nodeId, { previousBrokerEpoch })
    this.controller.unfenceBroker(nodeId, epoch)
    return epoch
  }

  /** A broker's epoch; -1: it is not registered. */
  epoch(nodeId: number): number {
    return this.controller.image.broker(nodeId)?.epoch ?? -1
  }

  /** Makes a topic whose partitions have these replicas each. */
  topic(name: string, replicas: number[][], configs: Record<string, string> = {}): void {
    const [result] = this.controller.createTopics({
      topics: [
        {
          name,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: replicas.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      validateOnly: false,
    })
    if (result?.errorCode !== 0) throw new Error(`${result?.errorMessage}`)
  }

  /** A partition as the controller has it. */
  partition(name: string, index = 0): PartitionImage {
    const partition = this.controller.image.partition(name, index)
    if (partition === undefined) throw new Error(`there is no partition ${name}-${index}`)
    return partition
  }

  /** Has the leader of a partition ask for this ISR, and tells the error. */
  alterIsr(name: string, isr: readonly number[], more: Partial<PartitionData> = {}, index = 0): string {
    const { image } = this.controller
    const { leader, leaderEpoch, partitionEpoch } = this.partition(name, index)
    const asked = {
      partitionIndex: index,
      leaderEpoch,
      partitionEpoch,
      leaderRecoveryState: 0,
      newIsr: [],
      newIsrWithEpochs: isr.map((brokerId) => ({ brokerId, brokerEpoch: this.epoch(brokerId) })),
      ...more,
    }
    const { topics } = this.controller.alterPartition({
      brokerId: leader,
      brokerEpoch: this.epoch(leader),
      topics: [{ topicName: '', topicId: image.topic(name)?.id ?? '', partitions: [asked] }],
    })
    return errorName(topics[0]?.partitions[0]?.errorCode ?? -1)
  }

  follower(nodeId: number): Follower {
    const follower = this.followers.get(nodeId)
    if (follower === undefined) throw new Error(`there is no broker ${nodeId}`)
    return follower
  }

  /** The first broker's image. */
  get image(): MetadataImage {
    return this.follower(1).image
  }
}

/** All that an image says, to compare. */
export function contents(image: MetadataImage) {
  return {
    offset: image.offset,
    brokers: [...image.brokers()],
    topics: [...image.topics()],
    configs: [...image.topics()].map(({ name }) => image.topicConfigs(name)),
    cluster: image.configs(4, ''),
    features: image.features(),
    nextProducerId: image.nextProducerId,
  }
}
