import { abortable } from '../abortable.ts'
import { type CallOptions, Channel } from '../channel.ts'
import type { Client } from '../client.ts'
import type { Config } from '../config/config.ts'
import { isAtLeast, V0_10_2_0 } from '../config/versions.ts'
import { type Consumer, newConsumerFromClient, type TopicPartitions } from '../consumer/consumer.ts'
import {
  ClientError,
  ConfigurationError,
  ConsumerError,
  ErrClosedClient,
  ErrClosedConsumerGroup,
} from '../errors/client-errors.ts'
import { nextTurn } from '../time.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { GroupMember } from './group-member.ts'
import type { ConsumerGroupHandler } from './handler.ts'
import { Session } from './session.ts'
import { RebalanceProtocolCooperative, selectRebalanceProtocol } from './strategies/index.ts'

/** @throws ConfigurationError below the version that Sarama asks for, too */
export function demandGroups({ version }: Config): void {
  if (isAtLeast(version, V0_10_2_0)) return
  throw new ConfigurationError(`consumer groups need version ${V0_10_2_0} or later, and not ${version}`)
}

/** The one {@link ConsumerGroup} there is. */
export class KafkaConsumerGroup implements ConsumerGroup {
  readonly errors: Channel<Error>
  private readonly client: Client
  private readonly config: Config
  private readonly group: string
  private readonly ownsClient: boolean
  private readonly consumer: Consumer
  private readonly member: GroupMember
  private readonly cooperative: boolean
  private readonly closing = new AbortController()
  private closed: Promise<void> | undefined
  /** One session at a time. */
  private tail: Promise<unknown> = Promise.resolve()

  constructor(group: string, client: Client, ownsClient: boolean) {
    const { config } = client
    if (client.closed) throw new ErrClosedClient()
    demandGroups(config)
    this.cooperative =
      selectRebalanceProtocol(config.consumer.group.rebalance.groupStrategies) === RebalanceProtocolCooperative
    this.client = client
    this.config = config
    this.group = group
    this.ownsClient = ownsClient
    this.errors = new Channel(config.channelBufferSize)
    this.consumer = newConsumerFromClient(client)
    this.member = new GroupMember(client, group)
  }

  consume(topics: readonly string[], handler: ConsumerGroupHandler, { signal }: CallOptions = {}): Promise<void> {
    if (this.closing.signal.aborted) return Promise.reject(new ErrClosedConsumerGroup())
    const before = this.tail
    const turn = abortable(before, signal).then(() => this.consumeOnce([...topics], handler, signal))
    // Who gives up waiting does not let the next one in before its time.
    this.tail = Promise.allSettled([before, turn])
    return turn
  }

  pause(partitions: TopicPartitions): void {
    this.consumer.pause(partitions)
  }

  resume(partitions: TopicPartitions): void {
    this.consumer.resume(partitions)
  }

  pauseAll(): void {
    this.consumer.pauseAll()
  }

  resumeAll(): void {
    this.consumer.resumeAll()
  }

  close({ signal }: CallOptions = {}): Promise<void> {
    this.closed ??= this.closeOnce(signal)
    return abortable(this.closed, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private async consumeOnce(
    topics: readonly string[],
    handler: ConsumerGroupHandler,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { client, consumer, group, member, cooperative } = this
    const ended = signal === undefined ? this.closing.signal : AbortSignal.any([this.closing.signal, signal])
    // A handler that returns at once, called in a loop on a cluster in this process, would end in no turn of the event loop.
    await nextTurn()
    ended.throwIfAborted()
    if (topics.length === 0) throw new ClientError('kafka: no topics were given to consume')
    try {
      await client.refreshMetadata(topics, { signal: ended })
      const joined = await member.join(topics, undefined, ended)
      const failed = (error: unknown, topic?: string, partition?: number): void => this.tell(error, topic, partition)
      const parts = { client, source: { client, consumer }, group, member, topics, handler, cooperative, failed }
      const session = new Session(parts, joined)
      const end = (): void => session.end(ended.reason)
      if (ended.aborted) end()
      ended.addEventListener('abort', end, { once: true })
      try {
        await session.run()
      } finally {
        ended.removeEventListener('abort', end)
        if (!ended.aborted) member.ended(session.signal.reason)
      }
    } catch (error) {
      throw error instanceof ErrClosedClient ? new ErrClosedConsumerGroup() : error
    }
  }

  private tell(error: unknown, topic = '', partition = -1): void {
    if (!this.config.consumer.return.errors || this.errors.closed || !this.errors.hasRoom) return
    const thrown = error instanceof Error ? error : new ClientError(String(error))
    const isAboutPartition = topic !== '' && !(thrown instanceof ConsumerError)
    this.errors.push(isAboutPartition ? new ConsumerError(topic, partition, thrown) : thrown)
  }

  private async closeOnce(signal: AbortSignal | undefined): Promise<void> {
    this.closing.abort(new ErrClosedConsumerGroup())
    await this.tail
    try {
      if (!this.client.closed) await this.member.leave(signal ?? new AbortController().signal)
    } finally {
      await this.consumer.close()
      this.member.disconnect()
      this.errors.close()
      if (this.ownsClient) await this.client.close()
    }
  }
}
