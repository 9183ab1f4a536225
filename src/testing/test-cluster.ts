import type {
  CommitToWaitFor,
  CommittedPartition,
  GroupDescription,
  PartitionLag,
  StableOptions,
} from '../broker/handles/groups/group-description.ts'
import type { AppendedRecord, AppendOptions, RecordToAppend } from '../broker/handles/records/record-to-append.ts'
import type { KeyOf, RecordsAsText, RecordsOptions, ValueOf } from '../broker/handles/records/records-options.ts'
import type { TestRecord } from '../broker/handles/records/test-record.ts'
import type { PartitionOffsets } from '../broker/handles/topics/partition-handle.ts'
import type {
  TransactionDescription,
  TransactionStateName,
} from '../broker/handles/transactions/transaction-description.ts'
import type { WaitOptions } from '../broker/handles/waits/limited-waits.ts'

export type { PartitionOffsets }

/**
 * What a test can ask of any cluster, be it memkafka or Kafka itself: all of it is asynchronous, and none of it is known to the emulator alone.
 * `KafkaCluster` is one; what it says of its handles holds here.
 */
export interface TestCluster {
  /** `host:port` each. */
  readonly bootstrapServers: readonly string[]
  /** What a topic, a group or a transactional id is called there: just that on memkafka, and one that nobody else uses on a cluster that others use too. */
  name(name: string): string
  /** A topic by its name, whether it is there or not yet. */
  topic(name: string): TestTopic
  /** A partition by its topic and index, whether it is there or not yet. */
  partition(topic: string, index: number): TestPartition
  /** A consumer group by its id, whether it is there or not yet. */
  group(id: string): TestGroup
  /** A transactional id, whether it is known or not yet. */
  transaction(id: string): TestTransaction
}

/** The records of a topic or of a partition. */
export interface TestRecords {
  /** Puts records into the log. */
  append(
    records: RecordToAppend | readonly RecordToAppend[],
    options?: AppendOptions,
  ): Promise<readonly AppendedRecord[]>
  /** The records that consumers see, by partition and then by offset. */
  records<const O extends RecordsOptions<unknown, unknown> = RecordsAsText>(
    options?: O,
  ): Promise<readonly TestRecord<KeyOf<O>, ValueOf<O>>[]>
  records<K = string, V = string>(options?: RecordsOptions<K, V>): Promise<readonly TestRecord<K, V>[]>
  /** Waits until there are at least so many records. */
  waitFor<const O extends RecordsOptions<unknown, unknown> = RecordsAsText>(
    count: number,
    options?: O & WaitOptions,
  ): Promise<readonly TestRecord<KeyOf<O>, ValueOf<O>>[]>
  waitFor<K = string, V = string>(
    count: number,
    options?: RecordsOptions<K, V> & WaitOptions,
  ): Promise<readonly TestRecord<K, V>[]>
  /** Waits for a record, which may be there already. */
  waitFor<const O extends RecordsOptions<unknown, unknown> = RecordsAsText>(
    predicate: (record: TestRecord<KeyOf<O>, ValueOf<O>>) => boolean,
    options?: O & WaitOptions,
  ): Promise<TestRecord<KeyOf<O>, ValueOf<O>>>
  waitFor<K = string, V = string>(
    predicate: (record: TestRecord<K, V>) => boolean,
    options?: RecordsOptions<K, V> & WaitOptions,
  ): Promise<TestRecord<K, V>>
  /** Deletes every record that is there. */
  clear(): Promise<void>
}

/** A topic, as a test holds it. */
export interface TestTopic extends TestRecords {
  readonly name: string
}

/** A partition, as a test holds it. */
export interface TestPartition extends TestRecords {
  readonly topic: string
  readonly index: number
  offsets(): Promise<PartitionOffsets>
}

/** A consumer group, as a test holds it. */
export interface TestGroup {
  readonly id: string
  describe(): Promise<GroupDescription>
  /** All that it has committed. */
  offsets(): Promise<readonly CommittedPartition[]>
  /** How far it is behind, in all or in one topic. */
  lag(topic?: string): Promise<number>
  /** How far it is behind in each partition that it has committed in, or that is assigned. */
  lags(topic?: string): Promise<readonly PartitionLag[]>
  waitUntilStable(options?: WaitOptions & StableOptions): Promise<GroupDescription>
  waitUntilCaughtUp(options?: WaitOptions & { readonly topic?: string }): Promise<void>
  waitForCommit(expected: CommitToWaitFor, options?: WaitOptions): Promise<CommittedPartition>
  rebalance(): Promise<void>
  evict(member: string | { readonly memberId: string }): Promise<void>
  setOffset(topic: string, partition: number, offset: number): Promise<void>
}

/** A transactional id, as a test holds it. */
export interface TestTransaction {
  readonly id: string
  describe(): Promise<TransactionDescription>
  waitFor(state: TransactionStateName, options?: WaitOptions): Promise<TransactionDescription>
}
