import type { RegisterBrokerRecord } from '../../protocol/messages/metadata/register-broker-record.ts'
import type { DynamicConfigs } from '../config/broker-config.ts'
import { ConfigResourceType } from '../config/config-resource-type.ts'
import { Signal } from '../signal.ts'
import { ChangeTracker } from './metadata-change.ts'
import type { MetadataRecord, MetadataValue } from './metadata-record.ts'
import {
  ALL_BROKERS,
  type BrokerImage,
  type MetadataChange,
  type PartitionImage,
  type TopicImage,
} from './metadata-types.ts'
import { created, merged, noPartitionChange } from './partition-replay.ts'

export type { BrokerImage, MetadataChange, PartitionChange, PartitionImage, TopicImage } from './metadata-types.ts'
export { ALL_BROKERS } from './metadata-types.ts'

interface MutableTopic extends TopicImage {
  readonly partitions: PartitionImage[]
}

const nothing: ReadonlyMap<string, string> = Object.freeze(new Map<string, string>())

/** What the metadata log says, as far as it was replayed. Made and changed by its records alone. */
export class MetadataImage {
  /** Marked after records were replayed. */
  readonly changed: Signal = new Signal()
  private readonly topicsByName = new Map<string, MutableTopic>()
  private readonly topicsById = new Map<string, MutableTopic>()
  private brokersById = new Map<number, BrokerImage>()
  private readonly configsByResource = new Map<string, Map<string, string>>()
  private readonly featureLevels = new Map<string, number>()
  private firstFreeProducerId = 0
  private replayed = 0

  /** The offset of the last record that was replayed; -1 when there was none. */
  get offset(): number {
    return this.replayed - 1
  }

  topic(name: string): TopicImage | undefined {
    return this.topicsByName.get(name)
  }

  topicById(id: string): TopicImage | undefined {
    return this.topicsById.get(id)
  }

  /** In the order of their creation. */
  topics(): Iterable<TopicImage> {
    return this.topicsByName.values()
  }

  /** The partition, if topic and partition are there. */
  partition(topic: string, index: number): PartitionImage | undefined {
    return this.topicsByName.get(topic)?.partitions[index]
  }

  broker(nodeId: number): BrokerImage | undefined {
    return this.brokersById.get(nodeId)
  }

  /** Every registered broker, by rising id. */
  brokers(): Iterable<BrokerImage> {
    return this.brokersById.values()
  }

  /** The registered brokers that are not fenced, by rising id. */
  aliveBrokers(): BrokerImage[] {
    return [...this.brokersById.values()].filter((broker) => !broker.fenced)
  }

  isAlive(nodeId: number): boolean {
    return this.brokersById.get(nodeId)?.fenced === false
  }

  /** Whether a broker may lead and be in sync: it is not fenced, nor about to stop. */
  isActive(nodeId: number): boolean {
    const broker = this.brokersById.get(nodeId)
    return broker !== undefined && !broker.fenced && !broker.inControlledShutdown
  }

  /** What a topic overrides. */
  topicConfigs(name: string): ReadonlyMap<string, string> {
    return this.configs(ConfigResourceType.TOPIC, name)
  }

  /** The dynamic configs of a resource. A broker is named by its id, the default of all brokers by the empty string. */
  configs(type: ConfigResourceType, name: string): ReadonlyMap<string, string> {
    return this.configsByResource.get(resourceKey(type, name)) ?? nothing
  }

  /** What is set for a broker while it runs; for the controller, which is none, what is set for all of them. */
  brokerConfigs(nodeId?: number): DynamicConfigs {
    return {
      cluster: this.configs(ConfigResourceType.BROKER, ALL_BROKERS),
      broker: nodeId === undefined ? nothing : this.configs(ConfigResourceType.BROKER, String(nodeId)),
    }
  }

  /** The resources of a type for which something is set, by rising name. */
  configuredResources(type: ConfigResourceType): string[] {
    const prefix = resourceKey(type, '')
    const keys = [...this.configsByResource.keys()].filter((key) => key.startsWith(prefix))
    return keys.map((key) => key.slice(prefix.length)).sort()
  }

  /** The finalized level of each feature. */
  features(): ReadonlyMap<string, number> {
    return this.featureLevels
  }

  /** The first producer id that is in nobody's block. */
  get nextProducerId(): number {
    return this.firstFreeProducerId
  }

  /** Replays the records that follow those it has, and tells what that changed. */
  apply(records: readonly MetadataRecord[]): MetadataChange {
    const tracker = new ChangeTracker(this)
    for (const record of records) {
      tracker.before(record)
      this.replay(record)
    }
    this.changed.mark()
    return tracker.summary()
  }

  /** Replays the record that follows those it has. */
  replay(record: MetadataRecord): void {
    this.replayed++
    switch (record.type) {
      case 'RegisterBrokerRecord':
        this.putBroker(registered(record.value))
        break
      case 'UnregisterBrokerRecord':
        this.brokersById.delete(record.value.brokerId)
        break
      case 'BrokerRegistrationChangeRecord':
        this.replayBrokerChange(record.value)
        break
      case 'TopicRecord': {
        const topic: MutableTopic = { name: record.value.name, id: record.value.topicId, partitions: [] }
        this.topicsByName.set(topic.name, topic)
        this.topicsById.set(topic.id, topic)
        break
      }
      case 'PartitionRecord':
        this.topicOf(record.value.topicId).partitions[record.value.partitionId] = created(record.value)
        break
      case 'PartitionChangeRecord': {
        const { partitions } = this.topicOf(record.value.topicId)
        const partition = partitions[record.value.partitionId]
        if (partition === undefined) throw new Error(`no partition ${record.value.partitionId} to change`)
        partitions[record.value.partitionId] = merged(partition, record.value)
        break
      }
      case 'ClearElrRecord':
        for (const topic of this.topicsByName.values()) {
          if (record.value.topicName === '' || record.value.topicName === topic.name) clearElr(topic)
        }
        break
      case 'RemoveTopicRecord': {
        const topic = this.topicOf(record.value.topicId)
        this.topicsByName.delete(topic.name)
        this.topicsById.delete(topic.id)
        this.configsByResource.delete(resourceKey(ConfigResourceType.TOPIC, topic.name))
        break
      }
      case 'ConfigRecord':
        this.replayConfig(record.value)
        break
      case 'FeatureLevelRecord':
        if (record.value.featureLevel === 0) this.featureLevels.delete(record.value.name)
        else this.featureLevels.set(record.value.name, record.value.featureLevel)
        break
      case 'ProducerIdsRecord':
        this.firstFreeProducerId = record.value.nextProducerId
        break
      case 'BeginTransactionRecord':
      case 'EndTransactionRecord':
        break
    }
  }

  private topicOf(id: string): MutableTopic {
    const topic = this.topicsById.get(id)
    if (topic === undefined) throw new Error(`no topic has the id ${id}`)
    return topic
  }

  private putBroker(broker: BrokerImage): void {
    const isNew = !this.brokersById.has(broker.id)
    this.brokersById.set(broker.id, broker)
    if (isNew) this.brokersById = new Map([...this.brokersById].sort(([a], [b]) => a - b))
  }

  private replayBrokerChange(change: MetadataValue<'BrokerRegistrationChangeRecord'>): void {
    const broker = this.brokersById.get(change.brokerId)
    if (broker === undefined) throw new Error(`no broker has the id ${change.brokerId}`)
    this.putBroker({
      ...broker,
      fenced: change.fenced === 0 ? broker.fenced : change.fenced === 1,
      inControlledShutdown: broker.inControlledShutdown || change.inControlledShutdown === 1,
      logDirs: change.logDirs.length === 0 ? broker.logDirs : change.logDirs,
    })
  }

  private replayConfig({ resourceType, resourceName, name, value }: MetadataValue<'ConfigRecord'>): void {
    const key = resourceKey(resourceType, resourceName)
    const configs = this.configsByResource.get(key) ?? new Map<string, string>()
    if (value === null) configs.delete(name)
    else configs.set(name, value)
    if (configs.size === 0) this.configsByResource.delete(key)
    else this.configsByResource.set(key, configs)
  }
}

/** KIP-966: what was eligible under another `min.insync.replicas` is so no more. */
function clearElr({ id, partitions }: MutableTopic): void {
  for (const partition of partitions) {
    if (partition.eligibleLeaderReplicas.length + partition.lastKnownElr.length === 0) continue
    const change = { ...noPartitionChange(id, partition.index), eligibleLeaderReplicas: [], lastKnownElr: [] }
    partitions[partition.index] = merged(partition, change)
  }
}

function resourceKey(type: number, name: string): string {
  return `${type}:${name}`
}

function registered(record: RegisterBrokerRecord): BrokerImage {
  const {
    brokerId: id,
    brokerEpoch: epoch,
    incarnationId,
    rack,
    endPoints,
    fenced,
    inControlledShutdown,
    logDirs,
  } = record
  return { id, epoch, incarnationId, rack, endPoints, fenced, inControlledShutdown, logDirs }
}
