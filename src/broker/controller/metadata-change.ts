import { ConfigResourceType } from '../config/config-resource-type.ts'
import type { MetadataRecord } from './metadata-record.ts'
import type { BrokerImage, MetadataChange, PartitionChange, TopicImage } from './metadata-types.ts'

/** What is looked up in the image that the records are replayed into. */
interface Looked {
  broker(nodeId: number): BrokerImage | undefined
  topic(name: string): TopicImage | undefined
  topicById(id: string): TopicImage | undefined
  topics(): Iterable<TopicImage>
}

/** Finds out what a run of records changes. */
export class ChangeTracker {
  private readonly image: Looked
  /** The topics that the records touch, by name, as they were before. */
  private readonly topicsBefore = new Map<string, TopicImage | undefined>()
  private readonly configsTouched = new Set<string>()
  private readonly brokerConfigsTouched = new Set<string>()
  /** The brokers that the records touch, by id, and whether they were alive before. */
  private readonly aliveBefore = new Map<number, boolean>()

  constructor(image: Looked) {
    this.image = image
  }

  before(record: MetadataRecord): void {
    switch (record.type) {
      case 'RegisterBrokerRecord':
      case 'UnregisterBrokerRecord':
      case 'BrokerRegistrationChangeRecord':
        this.touchBroker(record.value.brokerId)
        break
      case 'TopicRecord':
        this.touch(record.value.name)
        break
      case 'PartitionRecord':
      case 'PartitionChangeRecord':
      case 'RemoveTopicRecord': {
        const topic = this.image.topicById(record.value.topicId)
        if (topic !== undefined) this.touch(topic.name)
        break
      }
      case 'ClearElrRecord':
        for (const { name } of this.image.topics()) this.touch(name)
        break
      case 'ConfigRecord':
        if (record.value.resourceType === ConfigResourceType.TOPIC) this.configsTouched.add(record.value.resourceName)
        if (record.value.resourceType === ConfigResourceType.BROKER) {
          this.brokerConfigsTouched.add(record.value.resourceName)
        }
        break
    }
  }

  summary(): MetadataChange {
    const createdTopics: TopicImage[] = []
    const deletedTopics: TopicImage[] = []
    const changedPartitions: PartitionChange[] = []
    for (const [name, before] of this.topicsBefore) {
      const after = this.image.topic(name)
      if (before !== undefined && before.id === after?.id) {
        changedPartitions.push(...partitionChanges(before, after))
        continue
      }
      if (before !== undefined) deletedTopics.push(before)
      if (after !== undefined) createdTopics.push(after)
    }
    const created = new Set(createdTopics.map((topic) => topic.name))
    return {
      createdTopics,
      deletedTopics,
      changedPartitions,
      changedTopicConfigs: [...this.configsTouched].filter(
        (name) => !created.has(name) && this.image.topic(name) !== undefined,
      ),
      changedBrokerConfigs: [...this.brokerConfigsTouched],
      changedBrokers: [...this.aliveBefore.keys()],
      fencedBrokers: this.brokersThat((before, after) => before && !after),
      unfencedBrokers: this.brokersThat((before, after) => !before && after),
    }
  }

  private brokersThat(changed: (before: boolean, after: boolean) => boolean): number[] {
    return [...this.aliveBefore].filter(([id, before]) => changed(before, this.isAlive(id))).map(([id]) => id)
  }

  private touchBroker(nodeId: number): void {
    if (!this.aliveBefore.has(nodeId)) this.aliveBefore.set(nodeId, this.isAlive(nodeId))
  }

  private isAlive(nodeId: number): boolean {
    return this.image.broker(nodeId)?.fenced === false
  }

  private touch(name: string): void {
    if (this.topicsBefore.has(name)) return
    const topic = this.image.topic(name)
    this.topicsBefore.set(name, topic === undefined ? undefined : { ...topic, partitions: [...topic.partitions] })
  }
}

function partitionChanges(before: TopicImage, after: TopicImage): PartitionChange[] {
  return after.partitions
    .map((partition) => ({ topic: after, before: before.partitions[partition.index], after: partition }))
    .filter((change) => change.before !== change.after)
}
