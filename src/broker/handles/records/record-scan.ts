import type { KafkaRecord } from '../../../protocol/records/record.ts'
import { type ClusterView, leaderReplica } from '../cluster-view.ts'
import { PartitionScan } from './partition-scan.ts'
import type { RecordsOptions } from './records-options.ts'
import { TestRecord } from './test-record.ts'

/** Looks through the partitions of a topic, or through one of them. */
export class RecordScan<K, V> {
  private readonly view: ClusterView
  private readonly topic: string
  private readonly options: RecordsOptions<K, V>
  private partitions: PartitionScan[] = []

  constructor(view: ClusterView, topic: string, options: RecordsOptions<K, V>) {
    this.view = view
    this.topic = topic
    this.options = options
  }

  /**
   * Takes what has come since the last look.
   * @throws RangeError for a partition that the topic does not have
   */
  look(): void {
    const { partition: wanted, isolation } = this.options
    const indices = indicesOf(this.view, this.topic, wanted)
    // A topic may be deleted, or made with fewer, or get more.
    this.partitions = indices.map(
      (index) =>
        this.partitions.find((partition) => partition.index === index) ??
        new PartitionScan(this.view, this.topic, index, isolation),
    )
    for (const partition of this.partitions) partition.look()
  }

  /** What the last look has found, one by one. */
  *fresh(): Generator<TestRecord<K, V>, void, undefined> {
    for (const { index, fresh } of this.partitions) for (const record of fresh) yield this.toTest(index, record)
  }

  /** How many records are there, of those that were seen. */
  get count(): number {
    return this.partitions.reduce((sum, { found }) => sum + found.length, 0)
  }

  /** What is there, of what was seen, by partition and then by offset. */
  get found(): readonly TestRecord<K, V>[] {
    return this.partitions.flatMap(({ index, found }) => found.map((record) => this.toTest(index, record)))
  }

  /** The partitions that were looked at. */
  get scanned(): readonly PartitionScan[] {
    return this.partitions
  }

  private toTest(index: number, record: KafkaRecord): TestRecord<K, V> {
    return new TestRecord(this.topic, index, record, this.options)
  }
}

/**
 * The partitions that are meant: all, or the one that is named. None while the topic is not there.
 * @throws RangeError for a partition that the topic does not have
 */
export function indicesOf({ image }: ClusterView, topic: string, partition: number | undefined): readonly number[] {
  const count = image.topic(topic)?.partitions.length
  if (count === undefined) return []
  if (partition === undefined) return Array.from({ length: count }, (_, index) => index)
  checkPartition(topic, partition, count)
  return [partition]
}

/** @throws RangeError for a partition that the topic does not have */
export function checkPartition(topic: string, partition: number, count: number): void {
  if (partition < count && partition >= 0 && Number.isSafeInteger(partition)) return
  const there = count === 1 ? 'only partition 0' : `partitions 0 to ${count - 1}`
  throw new RangeError(`there is no partition ${partition} of ${topic}: it has ${there}`)
}

/**
 * @throws Error when nobody leads the partition, so that nobody can read it or write to it
 */
export function checkLed(view: ClusterView, topic: string, index: number): void {
  if (leaderReplica(view, topic, index) !== undefined) return
  throw new Error(leaderless(view, topic, index))
}

/** Why nobody can read a partition, or write to it. */
export function leaderless({ image, brokers }: ClusterView, topic: string, index: number): string {
  const partition = image.partition(topic, index)
  const name = `${topic}-${index}`
  if (partition === undefined) return `there is no ${name}`
  const { leader, replicas } = partition
  if (brokers.has(leader)) return `broker ${leader} leads ${name}, and has not heard of it yet`
  if (leader !== -1)
    return `the leader of ${name}, broker ${leader}, does not run, and the controller does not know it yet`
  return `${name} has no leader: none of its replicas (brokers ${replicas.join(', ')}) that may lead runs`
}
