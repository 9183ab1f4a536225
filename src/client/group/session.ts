import { backoffOf } from '../backoff.ts'
import type { CallOptions } from '../channel.ts'
import type { Client } from '../client.ts'
import type { TopicPartitions } from '../consumer/consumer.ts'
import type { ConsumerMessage } from '../consumer/consumer-message.ts'
import { ClientError, ConsumerError } from '../errors/client-errors.ts'
import { ErrRebalanceInProgress } from '../errors/kafka-errors.ts'
import { KafkaOffsetManager } from '../offsets/kafka-offset-manager.ts'
import { isRetriable } from '../retrying.ts'
import { sleep } from '../time.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { currentPartitions } from './balance.ts'
import type { ClaimSource } from './claim.ts'
import type { Assignment } from './consumer-protocol.ts'
import { type GroupMember, isLost, type Joined } from './group-member.ts'
import type { ConsumerGroupHandler, ConsumerGroupSession } from './handler.ts'
import { HeldPartition, type Holder } from './held-partition.ts'
import { ErrSessionHeartbeatFailed, ErrSessionPartitionCountChanged } from './session-end.ts'

/** What a session needs of its group. */
interface SessionParts {
  readonly client: Client
  readonly source: ClaimSource
  readonly group: string
  readonly member: GroupMember
  readonly topics: readonly string[]
  readonly handler: ConsumerGroupHandler
  /** Whether the session outlives rebalances (KIP-429). */
  readonly cooperative: boolean
  failed(error: unknown, topic?: string, partition?: number): void
}

/** The one {@link ConsumerGroupSession} there is. */
export class Session implements ConsumerGroupSession, Holder {
  readonly session: ConsumerGroupSession = this
  readonly source: ClaimSource
  readonly handler: ConsumerGroupHandler
  readonly memberId: string
  private readonly parts: SessionParts
  private readonly offsets: KafkaOffsetManager
  private readonly ending = new AbortController()
  /** Heartbeats go on until the session is over, slow handlers or not. */
  private readonly over = new AbortController()
  private readonly held = new Map<string, HeldPartition>()
  private joined: Joined
  /** While it joins again nobody expects heartbeats. */
  private isRejoining = false
  private due = Promise.withResolvers<void>()
  private watching: AbortController | undefined
  /** What a handler has thrown, where the group's errors are not read. */
  private thrown: ConsumerError | undefined

  constructor(parts: SessionParts, joined: Joined) {
    const { client, group, member, source, handler } = parts
    const { memberId, generationId } = joined
    this.parts = parts
    this.source = source
    this.handler = handler
    this.memberId = memberId
    this.joined = joined
    const { groupInstanceId } = member
    this.offsets = new KafkaOffsetManager(client, { group, memberId, groupInstanceId, generationId }, (error) =>
      this.end(error),
    )
  }

  get signal(): AbortSignal {
    return this.ending.signal
  }

  get generationId(): number {
    return this.joined.generationId
  }

  get claims(): TopicPartitions {
    return Object.fromEntries(this.joined.assigned)
  }

  markOffset(topic: string, partition: number, offset: number, metadata = ''): void {
    this.offsets.find(topic, partition)?.markOffset(offset, metadata)
  }

  resetOffset(topic: string, partition: number, offset: number, metadata = ''): void {
    this.offsets.find(topic, partition)?.resetOffset(offset, metadata)
  }

  markMessage({ topic, partition, offset }: ConsumerMessage, metadata = ''): void {
    this.markOffset(topic, partition, offset + 1, metadata)
  }

  commit(options: CallOptions = {}): Promise<void> {
    return this.offsets.commit(options)
  }

  nextOffset(topic: string, partition: number): number {
    const { initial } = this.parts.client.config.consumer.offsets
    return this.offsets.find(topic, partition)?.nextOffset().offset ?? initial
  }

  failed(error: unknown, topic: string, partition: number): void {
    this.parts.failed(error, topic, partition)
  }

  /** Goes to the group's errors where they are read, and else comes out of `consume`: it is nothing to be silent of. */
  threw(error: unknown, topic: string, partition: number): void {
    if (this.parts.client.config.consumer.return.errors) {
      this.failed(error, topic, partition)
      return
    }
    const cause = error instanceof Error ? error : new ClientError(String(error))
    this.thrown ??= cause instanceof ConsumerError ? cause : new ConsumerError(topic, partition, cause)
    this.end(this.thrown)
  }

  exited(cause: Error): void {
    this.end(cause)
  }

  /** Ends it: the first cause counts. */
  end(cause: unknown): void {
    this.ending.abort(cause)
    this.due.resolve()
  }

  /**
   * Lives until it is ended, and resolves when all is given up and committed.
   * @throws what stood in the way of its beginning; what `setup` or `cleanup` has thrown, and `consumeClaim` where the group's errors are not read
   */
  async run(): Promise<void> {
    await this.liveOnce()
    if (this.thrown !== undefined) throw this.thrown
  }

  private async liveOnce(): Promise<void> {
    const heartbeats = this.sendHeartbeats()
    let begun = false
    try {
      await this.take(partitionsIn(this.joined.assigned))
      begun = true
      await this.handler.setup?.(this)
      this.startAll()
      this.watchPartitions()
      await this.live()
    } catch (error) {
      // Ended while it began: there is nothing wrong with that.
      if (begun || !this.signal.aborted) {
        this.end(error)
        throw error
      }
    } finally {
      await this.release(begun, heartbeats)
    }
  }

  private async live(): Promise<void> {
    while (!this.signal.aborted) {
      await this.due.promise
      if (this.signal.aborted) return
      this.due = Promise.withResolvers()
      try {
        await this.rejoin()
      } catch (error) {
        if (!this.signal.aborted && !isLost(error)) this.parts.failed(error)
        this.end(error)
      }
    }
  }

  /** Takes part in a rebalance without giving up what it holds, and then gives up what it has to (KIP-429). */
  private async rejoin(): Promise<void> {
    const { member, topics } = this.parts
    const { assigned, generationId } = this.joined
    this.watching?.abort()
    this.isRejoining = true
    const next = await member.join(topics, { assigned, generationId }, this.signal)
    await this.offsets.setGeneration(next.generationId)
    const before = partitionsIn(assigned)
    const after = partitionsIn(next.assigned)
    this.joined = next
    this.isRejoining = false
    this.watchPartitions()
    const added = without(after, before)
    const revoked = without(before, after)
    const cause = new ErrRebalanceInProgress()
    const leaving = Promise.all(revoked.map((one) => this.held.get(keyOf(one))?.giveUp(cause)))
    await this.take(added)
    this.startAll()
    await leaving
    await this.offsets.removePartitions(revoked)
    for (const one of revoked) this.held.delete(keyOf(one))
    // What was given up is shared out in another round.
    if (revoked.length > 0) this.due.resolve()
  }

  private async take(partitions: readonly TopicPartition[]): Promise<void> {
    const managed = await this.offsets.managePartitions(partitions, { signal: this.signal })
    for (const { topic, partition, errors } of managed) {
      this.held.set(keyOf({ topic, partition }), new HeldPartition(this, topic, partition))
      void this.tell(errors, topic, partition)
    }
  }

  private async tell(errors: AsyncIterable<unknown>, topic: string, partition: number): Promise<void> {
    for await (const error of errors) this.failed(error, topic, partition)
  }

  private startAll(): void {
    if (this.signal.aborted) return
    for (const partition of this.held.values()) partition.start()
  }

  private async release(withCleanup: boolean, heartbeats: Promise<void>): Promise<void> {
    this.watching?.abort()
    await Promise.all([...this.held.values()].map((partition) => partition.giveUp(this.signal.reason)))
    try {
      if (withCleanup) await this.handler.cleanup?.(this)
    } catch (error) {
      this.parts.failed(error)
      throw error
    } finally {
      await this.offsets.close()
      this.over.abort()
      await heartbeats
    }
  }

  /** A rebalance is due. */
  private rebalance(cause: unknown): void {
    if (this.parts.cooperative) this.due.resolve()
    else this.end(cause)
  }

  private async sendHeartbeats(): Promise<void> {
    const { clock, random, metadata, consumer } = this.parts.client.config
    const { signal } = this.over
    for (let retries = 0; !signal.aborted; ) {
      const { generationId } = this
      let pause = consumer.group.heartbeat.interval
      try {
        if (!this.isRejoining) await this.parts.member.heartbeat(generationId, signal)
        retries = 0
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof ErrRebalanceInProgress) {
          retries = 0
          this.rebalance(error)
        } else if (this.isRejoining || generationId !== this.generationId) {
          // It was about a generation that is over.
          retries = 0
        } else if (isRetriable(error) && retries < metadata.retry.max) {
          retries++
          pause = backoffOf(metadata.retry, retries, random)
        } else {
          this.heartbeatFailed(error as Error)
          return
        }
      }
      await sleep(clock, pause, signal).catch(() => {})
    }
  }

  private heartbeatFailed(error: Error): void {
    if (!isLost(error)) this.parts.failed(error)
    this.end(isRetriable(error) ? new ErrSessionHeartbeatFailed(error) : error)
  }

  /** Whoever leads the group looks whether topics have got partitions: nobody else would. */
  private watchPartitions(): void {
    const { partitionCounts } = this.joined
    const { refreshFrequency } = this.parts.client.config.metadata
    if (partitionCounts === undefined || refreshFrequency === 0 || this.signal.aborted) return
    this.watching = new AbortController()
    this.watch(partitionCounts, refreshFrequency, this.watching.signal).catch(() => {})
  }

  private async watch(counts: ReadonlyMap<string, number>, intervalMs: number, signal: AbortSignal): Promise<void> {
    const { client } = this.parts
    for (;;) {
      await sleep(client.config.clock, intervalMs, signal)
      // When the cluster cannot be asked now, it is asked next time.
      const now = await currentPartitions(client, [...counts.keys()], signal).catch(() => undefined)
      signal.throwIfAborted()
      for (const [topic, partitions] of now ?? []) {
        const before = counts.get(topic) ?? 0
        if (partitions.length === before) continue
        this.rebalance(new ErrSessionPartitionCountChanged(topic, before, partitions.length))
        return
      }
    }
  }
}

function partitionsIn(assigned: Assignment): TopicPartition[] {
  return [...assigned].flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })))
}

function without(list: readonly TopicPartition[], others: readonly TopicPartition[]): TopicPartition[] {
  const known = new Set(others.map(keyOf))
  return list.filter((one) => !known.has(keyOf(one)))
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
