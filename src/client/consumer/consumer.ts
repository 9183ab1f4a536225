import type { CallOptions } from '../channel.ts'
import { type Client, newClient } from '../client.ts'
import type { ConfigOptions } from '../config/config.ts'
import { KafkaConsumer } from './kafka-consumer.ts'
import type { PartitionConsumer } from './partition-consumer.ts'

/** Partitions by their topics: `{ orders: [0, 1] }`. */
export type TopicPartitions = Readonly<Record<string, readonly number[]>>

/** Reads partitions, each by its own {@link PartitionConsumer}; those of one broker are fetched together. */
export interface Consumer extends AsyncDisposable {
  /** The topics that metadata names. */
  topics(options?: CallOptions): Promise<string[]>
  /** The partitions of a topic, sorted. @throws ErrUnknownTopicOrPartition, … */
  partitions(topic: string, options?: CallOptions): Promise<number[]>
  /**
   * Begins to read a partition.
   * @param offset of the first message, or OffsetNewest: what is produced from now on, or OffsetOldest: all that is there
   * @throws ErrOffsetOutOfRange for an offset that the partition does not have, ConfigurationError for a partition that this consumer reads already,
   * ErrUnknownTopicOrPartition, ErrLeaderNotAvailable, ErrClosedClient
   */
  consumePartition(topic: string, partition: number, offset: number, options?: CallOptions): Promise<PartitionConsumer>
  /** Of each partition that is read the offset that its next message will have, as its leader told it last: by topic, by partition. */
  highWaterMarks(): ReadonlyMap<string, ReadonlyMap<number, number>>
  /** Fetches no more of these partitions, as far as they are read, until they are resumed. One that is read anew stays paused. */
  pause(partitions: TopicPartitions): void
  resume(partitions: TopicPartitions): void
  /** Pauses all partitions that are read. */
  pauseAll(): void
  /** Resumes all partitions, those too that are not read now. */
  resumeAll(): void
  /** Closes all its partition consumers, whose errors are lost if they were not read. The client that {@link newConsumer} made is closed too. */
  close(): Promise<void>
}

/**
 * Makes a consumer with a client of its own.
 *
 * @param addrs `host:port` of some of the brokers
 * @throws ConfigurationError before any connection, ErrOutOfBrokers when none of them answers
 */
export async function newConsumer(
  addrs: readonly string[],
  options: ConfigOptions = {},
  call: CallOptions = {},
): Promise<Consumer> {
  return new KafkaConsumer(await newClient(addrs, options, call), true)
}

/**
 * Makes a consumer of a client, which is to be closed after it.
 * @throws ErrClosedClient
 */
export function newConsumerFromClient(client: Client): Consumer {
  return new KafkaConsumer(client, false)
}
