import type { CallOptions, ReceiveChannel } from '../channel.ts'
import type { Client } from '../client.ts'
import type { ConsumerMessage } from '../consumer/consumer-message.ts'
import { withOwnClient } from '../own-client.ts'
import { type ClusterConfigOptions, groupConfigOf, newClusterConfig } from './cluster-config.ts'
import { GroupClusterConsumer } from './group-cluster-consumer.ts'
import type { Notification, Subscriptions } from './notification.ts'
import type { OffsetStash } from './offset-stash.ts'
import type { ClusterPartitionConsumer } from './partition-claim.ts'

/**
 * A member of a consumer group in the shape of bsm/sarama-cluster: the messages of all its partitions come by one channel, whatever the
 * group does meanwhile. Offsets are those of messages: what is committed is the one after.
 */
export interface ClusterConsumer extends AsyncDisposable {
  /** The messages of all partitions, with ConsumerModeMultiplex. */
  readonly messages: ReceiveChannel<ConsumerMessage>
  /** Each partition as it is claimed, with ConsumerModePartitions; to be read as long as the consumer lives. */
  readonly partitions: ReceiveChannel<ClusterPartitionConsumer>
  /** What goes wrong, where `consumer.return.errors` asks for it; then it must be read. */
  readonly errors: ReceiveChannel<Error>
  /** Rebalances, where `group.return.notifications` asks for them; then they must be read. */
  readonly notifications: ReceiveChannel<Notification>
  /** Of each partition that is held, the offset of the message that will be produced next. */
  highWaterMarks(): ReadonlyMap<string, ReadonlyMap<number, number>>
  /** Marks that this message and all before it are done. Does nothing when its partition is no longer held. */
  markOffset(message: ConsumerMessage, metadata?: string): void
  /** The same, by the message's offset. */
  markPartitionOffset(topic: string, partition: number, offset: number, metadata?: string): void
  /** Marks what was stashed, and empties the stash. */
  markOffsets(stash: OffsetStash): void
  /** Goes back: this message is the last that is done. */
  resetOffset(message: ConsumerMessage, metadata?: string): void
  resetPartitionOffset(topic: string, partition: number, offset: number, metadata?: string): void
  resetOffsets(stash: OffsetStash): void
  /** Commits what is marked. What fails is told by `errors`, and stays marked. */
  commitOffsets(options?: CallOptions): Promise<void>
  /** The partitions that are held. */
  subscriptions(): Subscriptions
  /** Commits what is marked, leaves the group and ends all channels. */
  close(options?: CallOptions): Promise<void>
}

/**
 * Makes a client, and a consumer of it that joins a group.
 * @param addrs `host:port` of some of the brokers
 * @param topics to read; more by `group.topics.whitelist`
 * @throws ConfigurationError before any connection, ErrOutOfBrokers
 */
export async function newClusterConsumer(
  addrs: readonly string[],
  groupId: string,
  topics: readonly string[],
  options: ClusterConfigOptions = {},
  call: CallOptions = {},
): Promise<ClusterConsumer> {
  const config = newClusterConfig(options)
  const make = (client: Client): ClusterConsumer => new GroupClusterConsumer(client, groupId, topics, config)
  return withOwnClient(addrs, groupConfigOf(config), call, make)
}
