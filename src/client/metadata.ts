import { ErrorCode, errorMessage, errorName } from '../protocol/errors.ts'
import type { MetadataResponse, MetadataResponseTopic } from '../protocol/messages/metadata.ts'
import { ZERO_UUID } from '../protocol/uuid.ts'
import type { LeaderHint } from './client.ts'
import { kafkaError } from './errors/kafka-error.ts'

/** What is known of one partition. */
export interface KnownPartition {
  readonly partition: number
  /** Of Kafka; LEADER_NOT_AVAILABLE for instance. */
  readonly errorCode: number
  /** -1: none. */
  readonly leaderId: number
  /** -1 where brokers do not tell it (before Metadata v7). */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly inSyncReplicas: readonly number[]
  readonly offlineReplicas: readonly number[]
}

/** What is known of one topic. */
export interface KnownTopic {
  readonly name: string
  /** Undefined where brokers do not tell it (before Metadata v10). */
  readonly id: string | undefined
  readonly isInternal: boolean
  readonly errorCode: number
  /** By number. */
  readonly partitions: ReadonlyMap<number, KnownPartition>
  /** The numbers of all partitions, sorted. */
  readonly all: readonly number[]
  /** Of those that have a leader. */
  readonly writable: readonly number[]
}

/** What brokers have told of the cluster's topics. */
export class ClusterMetadata {
  /** -1: not known. */
  controllerId = -1
  private readonly topics = new Map<string, KnownTopic>()
  private readonly names = new Map<string, string>()

  get topicNames(): string[] {
    return [...this.topics.values()].filter(({ errorCode }) => errorCode === 0).map(({ name }) => name)
  }

  topic(name: string): KnownTopic | undefined {
    return this.topics.get(name)
  }

  partition(topic: string, partition: number): KnownPartition | undefined {
    return this.topics.get(topic)?.partitions.get(partition)
  }

  nameOf(id: string): string | undefined {
    return this.names.get(id)
  }

  /** @throws what brokers have said of a topic, or of one of its partitions */
  check(topic: string, partition?: number): void {
    const known = this.topics.get(topic)
    const errorCode = known?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    if (known === undefined || errorCode !== ErrorCode.NONE) throw aboutPartition(errorCode, topic)
    if (partition === undefined) return
    const told = known.partitions.get(partition)
    if (told === undefined) throw aboutPartition(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topic, partition)
    if (told.leaderId < 0 && told.errorCode !== 0) throw aboutPartition(told.errorCode, topic, partition)
  }

  /** @param isFull whether the answer is about all topics: one that it does not name is gone */
  update(answer: MetadataResponse, isFull: boolean): void {
    this.controllerId = answer.controllerId
    if (isFull) {
      const named = new Set(answer.topics.map(({ name }) => name))
      for (const name of this.topics.keys()) if (!named.has(name)) this.forget(name)
    }
    for (const topic of answer.topics) this.updateTopic(topic)
  }

  /** Takes a leader that an answer has named, unless it is older than the one that is known. */
  updateLeader(topic: string, partition: number, { leaderId, leaderEpoch }: LeaderHint): void {
    const known = this.topics.get(topic)
    const old = known?.partitions.get(partition)
    if (known === undefined || old === undefined || leaderId < 0 || leaderEpoch <= old.leaderEpoch) return
    const partitions = new Map(known.partitions)
    partitions.set(partition, { ...old, errorCode: 0, leaderId, leaderEpoch })
    this.topics.set(topic, described({ ...known, partitions }))
  }

  private forget(name: string): void {
    const id = this.topics.get(name)?.id
    if (id !== undefined) this.names.delete(id)
    this.topics.delete(name)
  }

  private updateTopic(topic: MetadataResponseTopic): void {
    const { name, topicId, isInternal, errorCode } = topic
    if (name === null) return
    const known = this.topics.get(name)
    const id = topicId === ZERO_UUID ? undefined : topicId
    // An error without partitions says nothing of those that are known; that there is no such topic says that they are gone.
    const isGone = errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    if (errorCode !== 0 && known !== undefined && known.errorCode === 0 && !isGone) return
    const same = known !== undefined && known.id === id
    const partitions = new Map(
      topic.partitions.map((told): [number, KnownPartition] => {
        const old = same ? known.partitions.get(told.partitionIndex) : undefined
        // KIP-320: a broker that is behind must not take back what another has told.
        if (old !== undefined && told.leaderEpoch >= 0 && told.leaderEpoch < old.leaderEpoch)
          return [old.partition, old]
        const { partitionIndex: partition, leaderId, leaderEpoch, errorCode: code } = told
        const [replicas, inSyncReplicas] = [told.replicaNodes, told.isrNodes]
        const { offlineReplicas } = told
        return [
          partition,
          { partition, errorCode: code, leaderId, leaderEpoch, replicas, inSyncReplicas, offlineReplicas },
        ]
      }),
    )
    if (!same) this.forget(name)
    if (id !== undefined) this.names.set(id, name)
    this.topics.set(name, described({ name, id, isInternal, errorCode, partitions }))
  }
}

function described(topic: Omit<KnownTopic, 'all' | 'writable'>): KnownTopic {
  const all = [...topic.partitions.keys()].sort((a, b) => a - b)
  const writable = all.filter((partition) => (topic.partitions.get(partition)?.leaderId ?? -1) >= 0)
  return { ...topic, all, writable }
}

/** The error of a code, in Kafka's words, with what it is about. */
export function aboutPartition(code: number, topic: string, partition?: number): Error {
  const what = partition === undefined ? topic : `${topic}/${partition}`
  return kafkaError(code, `kafka: ${what}: ${errorMessage(errorName(code))}`)
}
