import { abortable } from '../abortable.ts'
import { type CallOptions, Channel } from '../channel.ts'
import type { Client } from '../client.ts'
import type { ConsumerMessage } from '../consumer/consumer-message.ts'
import { ClientError } from '../errors/client-errors.ts'
import { type ConsumerGroup, newConsumerGroupFromClient } from '../group/consumer-group.ts'
import type { ConsumerGroupClaim, ConsumerGroupHandler, ConsumerGroupSession } from '../group/handler.ts'
import { put } from '../maps.ts'
import { sleep } from '../time.ts'
import { type ClusterConfig, ConsumerModePartitions } from './cluster-config.ts'
import type { ClusterConsumer } from './cluster-consumer.ts'
import {
  type Notification,
  rebalanceFails,
  rebalanceStarts,
  rebalanceSucceeds,
  type Subscriptions,
} from './notification.ts'
import type { OffsetStash } from './offset-stash.ts'
import { ClaimedPartition, type ClusterPartitionConsumer } from './partition-claim.ts'
import { SubscribedTopics } from './subscribed-topics.ts'

/** The one {@link ClusterConsumer} there is, a handler of a consumer group. */
export class GroupClusterConsumer implements ClusterConsumer, ConsumerGroupHandler {
  readonly messages: Channel<ConsumerMessage> = new Channel(1)
  readonly partitions: Channel<ClusterPartitionConsumer> = new Channel(1)
  readonly notifications: Channel<Notification> = new Channel(1)
  readonly errors: Channel<Error>
  private readonly config: ClusterConfig
  private readonly client: Client
  private readonly group: ConsumerGroup
  private readonly topics: SubscribedTopics
  private readonly claims = new Map<string, ConsumerGroupClaim>()
  private readonly closing = new AbortController()
  private readonly loops: Promise<unknown>
  private session: ConsumerGroupSession | undefined
  /** What it had in the session before. */
  private before: Subscriptions = {}
  private closed: Promise<void> | undefined

  constructor(client: Client, groupId: string, topics: readonly string[], config: ClusterConfig) {
    this.config = config
    this.client = client
    this.errors = new Channel(config.channelBufferSize)
    this.group = newConsumerGroupFromClient(groupId, client)
    this.topics = new SubscribedTopics(client, topics, config.group.topics)
    this.loops = Promise.all([this.consume(), this.tellErrors()].map((loop) => loop.catch((error) => this.tell(error))))
  }

  async setup(session: ConsumerGroupSession): Promise<void> {
    this.session = session
    await this.notify(rebalanceSucceeds(this.before, this.subscriptions()))
  }

  /** What was read is given a moment to be marked, as in sarama-cluster; then the session commits it. */
  async cleanup(session: ConsumerGroupSession): Promise<void> {
    const { dwellTime } = this.config.group.offsets.synchronization
    await sleep(this.config.clock, dwellTime, this.closing.signal).catch(() => {})
    this.before = this.subscriptions()
    if (this.session === session) this.session = undefined
    this.claims.clear()
  }

  async consumeClaim(_session: ConsumerGroupSession, claim: ConsumerGroupClaim): Promise<void> {
    this.claims.set(`${claim.topic}/${claim.partition}`, claim)
    if (this.config.group.mode !== ConsumerModePartitions) return pump(claim, this.messages)
    const partition = new ClaimedPartition(claim, this)
    try {
      await this.partitions.send(partition, { signal: claim.signal })
      await pump(claim, partition.messages)
    } catch (error) {
      if (!claim.signal.aborted && !this.closing.signal.aborted) throw error
    } finally {
      await partition.close()
    }
  }

  highWaterMarks(): ReadonlyMap<string, ReadonlyMap<number, number>> {
    const marks = new Map<string, Map<number, number>>()
    for (const claim of this.claims.values()) put(marks, claim.topic, claim.partition, claim.highWaterMarkOffset())
    return marks
  }

  markOffset({ topic, partition, offset }: ConsumerMessage, metadata = ''): void {
    this.markPartitionOffset(topic, partition, offset, metadata)
  }

  markPartitionOffset(topic: string, partition: number, offset: number, metadata = ''): void {
    this.session?.markOffset(topic, partition, offset + 1, metadata)
  }

  markOffsets(stash: OffsetStash): void {
    for (const { topic, partition, offset, metadata } of stash.take()) {
      this.markPartitionOffset(topic, partition, offset, metadata)
    }
  }

  resetOffset({ topic, partition, offset }: ConsumerMessage, metadata = ''): void {
    this.resetPartitionOffset(topic, partition, offset, metadata)
  }

  resetPartitionOffset(topic: string, partition: number, offset: number, metadata = ''): void {
    this.session?.resetOffset(topic, partition, offset + 1, metadata)
  }

  resetOffsets(stash: OffsetStash): void {
    for (const { topic, partition, offset, metadata } of stash.take()) {
      this.resetPartitionOffset(topic, partition, offset, metadata)
    }
  }

  async commitOffsets({ signal }: CallOptions = {}): Promise<void> {
    if (this.session !== undefined) await abortable(this.session.commit(), signal)
  }

  subscriptions(): Subscriptions {
    const claims = Object.entries(this.session?.claims ?? {})
    return Object.fromEntries(claims.map(([topic, partitions]) => [topic, [...partitions]]))
  }

  async close(options: CallOptions = {}): Promise<void> {
    this.closed ??= this.closeOnce(options)
    await abortable(this.closed, options.signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private async closeOnce(options: CallOptions): Promise<void> {
    this.closing.abort(new ClientError('kafka: the consumer is closed'))
    // Nobody needs to read any more: who waits for room gives up.
    for (const channel of [this.messages, this.partitions, this.notifications]) channel.close()
    try {
      await this.group.close(options)
    } finally {
      this.errors.close()
      await this.loops
      await this.client.close()
    }
  }

  /** One session after the other, until it is closed. */
  private async consume(): Promise<void> {
    const { signal } = this.closing
    while (!signal.aborted) {
      await this.notify(rebalanceStarts(this.before))
      const ended = new AbortController()
      const end = (): void => ended.abort(signal.reason)
      signal.addEventListener('abort', end)
      try {
        const topics = await this.topics.now(ended.signal)
        this.topics.watch(topics, ended)
        await this.group.consume(topics, this, { signal: ended.signal })
      } catch (error) {
        if (!ended.signal.aborted) await this.failed(error as Error)
      } finally {
        ended.abort()
        signal.removeEventListener('abort', end)
      }
    }
  }

  private async failed(error: Error): Promise<void> {
    await this.notify(rebalanceFails(this.before))
    await this.tell(error)
    await sleep(this.config.clock, this.config.metadata.retry.backoff, this.closing.signal).catch(() => {})
  }

  private async tellErrors(): Promise<void> {
    for await (const error of this.group.errors) await this.tell(error)
  }

  private async tell(error: Error): Promise<void> {
    if (!this.config.consumer.return.errors) return
    await this.errors.send(error, { signal: this.closing.signal }).catch(() => {})
  }

  private async notify(notification: Notification): Promise<void> {
    if (!this.config.group.return.notifications) return
    await this.notifications.send(notification, { signal: this.closing.signal }).catch(() => {})
  }
}

/** Hands messages on as fast as they are taken, until the claim ends. When the other end is closed before, the rest stays unread. */
async function pump({ messages, signal }: ConsumerGroupClaim, to: Channel<ConsumerMessage>): Promise<void> {
  try {
    for await (const message of messages) {
      if (to.hasRoom && !to.closed) to.push(message)
      else await to.send(message, { signal })
      if (to.closed) break
    }
  } catch (error) {
    if (!signal.aborted && !to.closed) throw error
  }
  // To return before would end the session.
  await aborted(signal)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
