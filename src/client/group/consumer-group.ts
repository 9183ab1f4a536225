import type { CallOptions, ReceiveChannel } from '../channel.ts'
import type { Client } from '../client.ts'
import { type ConfigOptions, newConfig } from '../config/config.ts'
import type { TopicPartitions } from '../consumer/consumer.ts'
import { withOwnClient } from '../own-client.ts'
import type { ConsumerGroupHandler } from './handler.ts'
import { demandGroups, KafkaConsumerGroup } from './kafka-consumer-group.ts'

/**
 * A member of a consumer group, which shares out the partitions of topics among its members.
 *
 * ```ts
 * while (!stop.aborted) {
 *   await group.consume(['orders'], {
 *     async consumeClaim(session, claim) {
 *       for await (const message of claim.messages) session.markMessage(message)
 *     },
 *   }, { signal: stop })
 * }
 * ```
 */
export interface ConsumerGroup extends AsyncDisposable {
  /**
   * Joins the group and has the handler read what this member is given, for one session: it resolves when the session has ended, be it that the group rebalances, a
   * handler has returned, the signal was aborted or the group closed. To be called in a loop. With cooperative strategies a session outlives rebalances: claims that
   * stay go on, others end or begin.
   *
   * One call at a time: another waits for the first.
   * @throws ErrClosedConsumerGroup; ErrUnknownTopicOrPartition, ErrGroupAuthorizationFailed, ErrFencedInstancedId and whatever else stood in the way of joining; the
   * signal's reason, when it was aborted before there was a session; what the handler's `setup` or `cleanup` has thrown
   */
  consume(topics: readonly string[], handler: ConsumerGroupHandler, options?: CallOptions): Promise<void>
  /**
   * What goes wrong, where `consumer.return.errors` asks for it, as ConsumerError where it is about a partition; ends when the group is closed. What finds no room in it is
   * dropped.
   */
  readonly errors: ReceiveChannel<Error>
  /** Fetches nothing of these partitions until they are resumed, in later sessions neither. The group does not rebalance for it. */
  pause(partitions: TopicPartitions): void
  resume(partitions: TopicPartitions): void
  /** The same for all that is held. */
  pauseAll(): void
  resumeAll(): void
  /**
   * Ends the session, if there is one, leaves the group (but for a static member) and lets go of all it holds. It waits for handlers to return, and so is not to be awaited in one.
   * @throws when the group could not be left: the coordinator finds out after `consumer.group.session.timeout`
   */
  close(options?: CallOptions): Promise<void>
}

/**
 * Makes a member of a group, and a client of its own for it.
 * @param addrs `host:port` of some of the brokers
 * @throws ConfigurationError, ErrOutOfBrokers when none of them answers
 */
export async function newConsumerGroup(
  addrs: readonly string[],
  groupId: string,
  options: ConfigOptions = {},
  call: CallOptions = {},
): Promise<ConsumerGroup> {
  demandGroups(newConfig(options))
  return withOwnClient(addrs, options, call, (client) => new KafkaConsumerGroup(groupId, client, true))
}

/**
 * Makes a member of a group. The client is to be closed after it; it may be used for other things beside it.
 * @throws ConfigurationError, ErrClosedClient
 */
export function newConsumerGroupFromClient(groupId: string, client: Client): ConsumerGroup {
  return new KafkaConsumerGroup(groupId, client, false)
}
