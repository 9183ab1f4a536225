import { ConfigResourceType } from '../config/config-resource-type.ts'
import type { MetadataRecord } from './metadata-record.ts'
import type { BrokerImage, MetadataChange, PartitionChange, PartitionImage, TopicImage } from './metadata-types.ts'

/** What is looked up in the image that the records are replayed into. */
interface Looked {
  broker(nodeId: number): BrokerImage | undefined
  topic(name: string): TopicImage | undefined
  topicById(id: string): TopicImage | undefined
  topics(): Iterable<TopicImage>
}

const NONE: readonly never[] = Object.freeze([])
const NO_TOPICS = { createdTopics: NONE, deletedTopics: NONE, changedPartitions: NONE } as const

/** Finds out what a run of records changes. What that takes follows from the records, not from how large topics are. */
export class ChangeTracker {
  private readonly image: Looked
  /** The topics that the records touch, by name: those that were there before. */
  private topicsBefore: Map<string, TopicImage | undefined> | undefined
  /** The partitions that the records touch, by the ids of their topics, as they were before. */
  private partitionsBefore: Map<string, Map<number, PartitionImage | undefined>> | undefined
  private configsTouched: Set<string> | undefined
  private brokerConfigsTouched: Set<string> | undefined
  /** The brokers that the records touch, by id, and whether they were alive before. */
  private aliveBefore: Map<number, boolean> | undefined

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
        this.touchTopic(record.value.name)
        break
      case 'PartitionRecord':
      case 'PartitionChangeRecord':
        this.touchPartition(this.image.topicById(record.value.topicId), record.value.partitionId)
        break
      case 'RemoveTopicRecord': {
        const topic = this.image.topicById(record.value.topicId)
        if (topic !== undefined) this.touchTopic(topic.name)
        break
      }
      case 'ClearElrRecord':
        for (const topic of this.image.topics()) {
          for (const { index } of topic.partitions) this.touchPartition(topic, index)
        }
        break
      case 'ConfigRecord':
        if (record.value.resourceType === ConfigResourceType.TOPIC) {
          this.configsTouched ??= new Set()
          this.configsTouched.add(record.value.resourceName)
        }
        if (record.value.resourceType === ConfigResourceType.BROKER) {
          this.brokerConfigsTouched ??= new Set()
          this.brokerConfigsTouched.add(record.value.resourceName)
        }
        break
    }
  }

  summary(): MetadataChange {
    const { createdTopics, deletedTopics, changedPartitions } = this.topicsChanged()
    return {
      createdTopics,
      deletedTopics,
      changedPartitions,
      changedTopicConfigs: this.topicConfigsChanged(createdTopics),
      changedBrokerConfigs: this.brokerConfigsTouched === undefined ? NONE : [...this.brokerConfigsTouched],
      changedBrokers: this.aliveBefore === undefined ? NONE : [...this.aliveBefore.keys()],
      fencedBrokers: this.brokersThat((before, after) => before && !after),
      unfencedBrokers: this.brokersThat((before, after) => !before && after),
    }
  }

  private topicsChanged(): Pick<MetadataChange, 'createdTopics' | 'deletedTopics' | 'changedPartitions'> {
    if (this.topicsBefore === undefined) return NO_TOPICS
    const createdTopics: TopicImage[] = []
    const deletedTopics: TopicImage[] = []
    const changedPartitions: PartitionChange[] = []
    for (const [name, before] of this.topicsBefore) {
      const after = this.image.topic(name)
      if (before !== undefined && before.id === after?.id) {
        changedPartitions.push(...this.partitionChanges(after))
        continue
      }
      if (before !== undefined) deletedTopics.push(this.asBefore(before))
      if (after !== undefined) createdTopics.push(after)
    }
    return { createdTopics, deletedTopics, changedPartitions }
  }

  private topicConfigsChanged(createdTopics: readonly TopicImage[]): readonly string[] {
    if (this.configsTouched === undefined) return NONE
    const created = new Set(createdTopics.map((topic) => topic.name))
    return [...this.configsTouched].filter((name) => !created.has(name) && this.image.topic(name) !== undefined)
  }

  private brokersThat(changed: (before: boolean, after: boolean) => boolean): readonly number[] {
    if (this.aliveBefore === undefined) return NONE
    return [...this.aliveBefore].filter(([id, before]) => changed(before, this.isAlive(id))).map(([id]) => id)
  }

  private touchBroker(nodeId: number): void {
    this.aliveBefore ??= new Map()
    if (!this.aliveBefore.has(nodeId)) this.aliveBefore.set(nodeId, this.isAlive(nodeId))
  }

  private isAlive(nodeId: number): boolean {
    return this.image.broker(nodeId)?.fenced === false
  }

  private touchTopic(name: string): void {
    this.topicsBefore ??= new Map()
    if (!this.topicsBefore.has(name)) this.topicsBefore.set(name, this.image.topic(name))
  }

  private touchPartition(topic: TopicImage | undefined, index: number): void {
    if (topic === undefined) return
    this.touchTopic(topic.name)
    this.partitionsBefore ??= new Map()
    const known = this.partitionsBefore.get(topic.id) ?? new Map<number, PartitionImage | undefined>()
    this.partitionsBefore.set(topic.id, known)
    if (!known.has(index)) known.set(index, topic.partitions[index])
  }

  private partitionChanges(topic: TopicImage): PartitionChange[] {
    const touched = [...(this.partitionsBefore?.get(topic.id) ?? [])].sort(([a], [b]) => a - b)
    return touched.flatMap(([index, before]) => {
      const after = topic.partitions[index]
      return after === undefined || after === before ? [] : { topic, before, after }
    })
  }

  /** A topic that is gone, without what the records did to it before. */
  private asBefore(topic: TopicImage): TopicImage {
    const touched = this.partitionsBefore?.get(topic.id)
    if (touched === undefined) return topic
    const partitions = topic.partitions.flatMap((partition) =>
      touched.has(partition.index) ? (touched.get(partition.index) ?? []) : partition,
    )
    return { ...topic, partitions }
  }
}
