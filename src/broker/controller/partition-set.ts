import type { MetadataImage, PartitionImage, TopicImage } from './metadata-image.ts'

/** Partitions of which something holds: few among many, in the order in which it came to hold. */
export class PartitionSet {
  private readonly holds: (partition: PartitionImage) => boolean
  /** Their indices, by the ids of their topics. */
  private readonly indices = new Map<string, Set<number>>()

  constructor(holds: (partition: PartitionImage) => boolean) {
    this.holds = holds
  }

  /** Looks at a partition that is new or has changed. */
  review({ id }: TopicImage, partition: PartitionImage): void {
    const known = this.indices.get(id)
    if (this.holds(partition)) {
      if (known === undefined) this.indices.set(id, new Set([partition.index]))
      else known.add(partition.index)
    } else if (known?.delete(partition.index) && known.size === 0) this.indices.delete(id)
  }

  forget({ id }: TopicImage): void {
    this.indices.delete(id)
  }

  /** The partitions as they are now. */
  *of(image: MetadataImage): IterableIterator<readonly [topic: TopicImage, partition: PartitionImage]> {
    for (const [id, indices] of this.indices) {
      const topic = image.topicById(id)
      for (const index of indices) {
        const partition = topic?.partitions[index]
        if (topic !== undefined && partition !== undefined) yield [topic, partition]
      }
    }
  }
}
