/** Some partitions of one topic. */
export interface PartitionsOfTopic {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** A set of partitions, in the order in which they came. Never changed: whoever adds or removes has another one. */
export class TopicPartitions implements Iterable<readonly [topic: string, partition: number]> {
  static readonly NONE: TopicPartitions = new TopicPartitions(new Map())

  private readonly byTopic: ReadonlyMap<string, ReadonlySet<number>>

  private constructor(byTopic: ReadonlyMap<string, ReadonlySet<number>>) {
    this.byTopic = byTopic
  }

  static of(topics: Iterable<PartitionsOfTopic>): TopicPartitions {
    return TopicPartitions.NONE.with(topics)
  }

  get isEmpty(): boolean {
    return this.byTopic.size === 0
  }

  has(topic: string, partition: number): boolean {
    return this.byTopic.get(topic)?.has(partition) === true
  }

  /** Whether all of another set's are among these. */
  includes(others: TopicPartitions): boolean {
    for (const [topic, partition] of others) if (!this.has(topic, partition)) return false
    return true
  }

  /** These and some more. */
  with(added: Iterable<PartitionsOfTopic>): TopicPartitions {
    const byTopic = new Map(this.byTopic)
    for (const { topic, partitions } of added) {
      byTopic.set(topic, new Set([...(byTopic.get(topic) ?? []), ...partitions]))
    }
    return new TopicPartitions(byTopic)
  }

  /** These, but one. */
  without(topic: string, partition: number): TopicPartitions {
    const left = new Set(this.byTopic.get(topic))
    left.delete(partition)
    const byTopic = new Map(this.byTopic)
    if (left.size === 0) byTopic.delete(topic)
    else byTopic.set(topic, left)
    return new TopicPartitions(byTopic)
  }

  topics(): PartitionsOfTopic[] {
    return [...this.byTopic].map(([topic, partitions]) => ({ topic, partitions: [...partitions] }))
  }

  *[Symbol.iterator](): Generator<readonly [string, number], void, undefined> {
    for (const [topic, partitions] of this.byTopic) for (const partition of partitions) yield [topic, partition]
  }
}
