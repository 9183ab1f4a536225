import type { CallOptions } from '../channel.ts'
import type { Client } from '../client.ts'
import { OffsetNewest, OffsetOldest } from '../config/options.ts'
import { ConfigurationError, ErrClosedClient } from '../errors/client-errors.ts'
import { ErrOffsetOutOfRange } from '../errors/kafka-errors.ts'
import { put } from '../maps.ts'
import { BrokerFetcher } from './broker-fetcher.ts'
import type { Consumer, TopicPartitions } from './consumer.ts'
import { KafkaPartitionConsumer, type PartitionOwner } from './kafka-partition-consumer.ts'
import type { PartitionConsumer } from './partition-consumer.ts'

/** The one {@link Consumer} there is. */
export class KafkaConsumer implements Consumer, PartitionOwner {
  readonly client: Client
  private readonly ownsClient: boolean
  private readonly children = new Map<string, KafkaPartitionConsumer>()
  private readonly fetchers = new Map<number, BrokerFetcher>()
  /** Partitions that were paused, whether they are read now or not. */
  private readonly paused = new Set<string>()
  private readonly closing = new AbortController()
  /** Of its connections to brokers. Consumers of one client have each their own: where one waits for messages the others need not. */
  private readonly purpose: string
  private closed: Promise<void> | undefined

  /** @throws ErrClosedClient */
  constructor(client: Client, ownsClient: boolean) {
    if (client.closed) throw new ErrClosedClient()
    this.client = client
    this.ownsClient = ownsClient
    this.purpose = ownsClient ? 'fetch' : `fetch-${Buffer.from(client.config.random.bytes(8)).toString('hex')}`
  }

  topics(options?: CallOptions): Promise<string[]> {
    return this.client.topics(options)
  }

  partitions(topic: string, options?: CallOptions): Promise<number[]> {
    return this.client.partitions(topic, options)
  }

  async consumePartition(
    topic: string,
    partition: number,
    offset: number,
    options: CallOptions = {},
  ): Promise<PartitionConsumer> {
    this.checkFree(topic, partition)
    const signals = options.signal === undefined ? [] : [options.signal]
    const signal = AbortSignal.any([this.closing.signal, ...signals])
    const [newest, oldest] = await Promise.all([
      this.client.getOffset(topic, partition, OffsetNewest, { signal }),
      this.client.getOffset(topic, partition, OffsetOldest, { signal }),
    ])
    const start = startingOffset(offset, oldest, newest)
    const { leader, epoch } = await this.client.leaderAndEpoch(topic, partition, { signal })
    signal.throwIfAborted()
    this.checkFree(topic, partition)
    const child = new KafkaPartitionConsumer(this, topic, partition, start, newest)
    const key = keyOf(topic, partition)
    this.children.set(key, child)
    if (this.paused.has(key)) child.pause()
    child.join(leader.id, epoch)
    return child
  }

  highWaterMarks(): Map<string, Map<number, number>> {
    const marks = new Map<string, Map<number, number>>()
    for (const child of this.children.values()) put(marks, child.topic, child.partition, child.highWaterMarkOffset())
    return marks
  }

  pause(partitions: TopicPartitions): void {
    for (const key of keysOf(partitions)) {
      const child = this.children.get(key)
      if (child === undefined) continue
      this.paused.add(key)
      child.pause()
    }
  }

  resume(partitions: TopicPartitions): void {
    for (const key of keysOf(partitions)) {
      this.paused.delete(key)
      this.children.get(key)?.resume()
    }
  }

  pauseAll(): void {
    for (const [key, child] of this.children) {
      this.paused.add(key)
      child.pause()
    }
  }

  resumeAll(): void {
    this.paused.clear()
    for (const child of this.children.values()) child.resume()
  }

  close(): Promise<void> {
    this.closed ??= this.closeOnce()
    return this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  fetcher(brokerId: number): BrokerFetcher {
    let fetcher = this.fetchers.get(brokerId)
    if (fetcher === undefined) {
      fetcher = new BrokerFetcher(this.client, brokerId, this.purpose)
      this.fetchers.set(brokerId, fetcher)
    }
    return fetcher
  }

  forget({ topic, partition }: KafkaPartitionConsumer): void {
    this.children.delete(keyOf(topic, partition))
  }

  private async closeOnce(): Promise<void> {
    this.closing.abort(new ErrClosedClient())
    for (const child of [...this.children.values()]) child.asyncClose()
    await Promise.all([...this.fetchers.values()].map((fetcher) => fetcher.close()))
    this.client.releaseConnections(this.purpose)
    if (this.ownsClient) await this.client.close()
  }

  private checkFree(topic: string, partition: number): void {
    this.closing.signal.throwIfAborted()
    if (this.children.has(keyOf(topic, partition))) {
      throw new ConfigurationError('That topic/partition is already being consumed')
    }
  }
}

function startingOffset(offset: number, oldest: number, newest: number): number {
  if (offset === OffsetNewest) return newest
  if (offset === OffsetOldest) return oldest
  if (Number.isInteger(offset) && offset >= oldest && offset <= newest) return offset
  throw new ErrOffsetOutOfRange(`${offset} is no offset of the partition, which has those from ${oldest} to ${newest}`)
}

function keyOf(topic: string, partition: number): string {
  return `${partition} ${topic}`
}

function keysOf(partitions: TopicPartitions): string[] {
  return Object.entries(partitions).flatMap(([topic, list]) => list.map((partition) => keyOf(topic, partition)))
}
