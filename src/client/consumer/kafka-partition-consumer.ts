import { ErrorCode, type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { PartitionData } from '../../protocol/messages/fetch.ts'
import { RecordsError } from '../../protocol/records/records-error.ts'
import { Channel } from '../channel.ts'
import type { Client } from '../client.ts'
import { ClientError, ConsumerError, ConsumerErrors, ErrMessageTooLarge } from '../errors/client-errors.ts'
import { kafkaError } from '../errors/kafka-error.ts'
import { ErrInvalidMessage, ErrLeaderNotAvailable, ErrOffsetOutOfRange } from '../errors/kafka-errors.ts'
import type { BrokerFetcher, FetchAnswer, FetchablePartition } from './broker-fetcher.ts'
import type { ConsumerInterceptor } from './consumer-message.ts'
import { FetchPosition } from './fetch-position.ts'
import type { FetchedPartition, WantedPartition } from './fetch-session.ts'
import { LeaderSearch, type Unserved } from './leader-search.ts'
import { Messages, type MessagesOwner } from './messages.ts'
import type { PartitionConsumer } from './partition-consumer.ts'
import { PreferredReplica } from './preferred-replica.ts'

/** What a partition consumer asks of the consumer that it belongs to. */
export interface PartitionOwner {
  readonly client: Client
  /** The fetcher of a broker. */
  fetcher(brokerId: number): BrokerFetcher
  /** The partition is consumed no more. */
  forget(partition: KafkaPartitionConsumer): void
}

/** How many answers may wait to be read, the one that is being read included: with two, the next is fetched while one is read. */
const MAX_UNREAD_ANSWERS = 2

/** Errors of a fetch that are no news to the reader: the partition is elsewhere, or will be. */
const REDISPATCHED: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
])

/** The one {@link PartitionConsumer} there is. */
export class KafkaPartitionConsumer implements PartitionConsumer, FetchablePartition, MessagesOwner, Unserved {
  readonly topic: string
  readonly partition: number
  readonly initialOffset: number
  readonly messages: Messages
  readonly errors: Channel<ConsumerError>
  readonly ended: Promise<ConsumerError | undefined>
  readonly interceptors: readonly ConsumerInterceptor[]
  private readonly owner: PartitionOwner
  private readonly client: Client
  private readonly position: FetchPosition
  private readonly replica: PreferredReplica
  private readonly closing = new AbortController()
  private readonly search: LeaderSearch
  private readonly resolveEnded: (error: ConsumerError | undefined) => void
  private fetcher: BrokerFetcher | undefined
  private highWaterMark: number
  private paused = false
  private isOver = false
  /** Whether a batch could not be read, and what was fetched in its place is not read yet. */
  private isSuspect = false

  constructor(owner: PartitionOwner, topic: string, partition: number, offset: number, highWaterMark: number) {
    const { client } = owner
    this.owner = owner
    this.client = client
    this.topic = topic
    this.partition = partition
    this.initialOffset = offset
    this.highWaterMark = highWaterMark
    this.interceptors = client.config.consumer.interceptors
    this.position = new FetchPosition(this, offset, client.config)
    this.replica = new PreferredReplica(client.config)
    this.search = new LeaderSearch(client, this, this.closing.signal)
    this.messages = new Messages(this)
    this.errors = new Channel(client.config.channelBufferSize)
    const { promise, resolve } = Promise.withResolvers<ConsumerError | undefined>()
    this.ended = promise
    this.resolveEnded = resolve
  }

  highWaterMarkOffset(): number {
    return this.highWaterMark
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.fetcher?.wake()
  }

  isPaused(): boolean {
    return this.paused
  }

  asyncClose(): void {
    this.over(undefined)
    this.messages.clear()
    this.messages.finish()
  }

  close(): Promise<void> {
    this.asyncClose()
    const unread = this.errors.drain()
    return unread.length === 0 ? Promise.resolve() : Promise.reject(new ConsumerErrors(unread))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get leaderEpoch(): number {
    return this.position.leaderEpoch
  }

  join(brokerId: number, leaderEpoch: number): void {
    this.leave()
    this.position.leaderEpoch = leaderEpoch
    this.fetcher = this.owner.fetcher(brokerId)
    this.fetcher.add(this)
  }

  get isHungry(): boolean {
    return !this.paused && !this.position.isBlocked && this.messages.depth < MAX_UNREAD_ANSWERS
  }

  wanted(): WantedPartition {
    return this.position.wanted(this.client.topicId(this.topic))
  }

  beforeFetch(): void {
    if (this.replica.isDue) this.backToLeader()
  }

  take({ wanted, data }: FetchedPartition, answer: FetchAnswer, from: BrokerFetcher): void {
    // What was asked for before something changed is not wanted any more.
    if (from !== this.fetcher || wanted.fetchOffset !== this.position.offset) return
    if (data.errorCode !== ErrorCode.NONE) {
      this.refused(data, answer)
      return
    }
    this.replica.served()
    if (!this.isSuspect) this.search.succeeded()
    if (data.highWatermark >= 0) this.highWaterMark = data.highWatermark
    if (data.divergingEpoch.endOffset >= 0) this.truncated(data)
    else if (data.preferredReadReplica >= 0 && data.preferredReadReplica !== from.id) {
      this.goToReplica(data.preferredReadReplica)
    } else this.accept(data, answer.version)
  }

  deliver(): void {
    this.messages.deliver()
  }

  fail(error: Error): void {
    if (this.isOver) return
    const isSilent = error instanceof KafkaError && REDISPATCHED.has(error.error)
    const loss = { error, isSilent, from: this.fetcher?.id, waits: this.replica.isUntried }
    this.replica.forget()
    this.leave()
    this.search.after(loss).catch((reason: Error) => this.end(reason))
  }

  onRead(): void {
    this.isSuspect = false
    this.fetcher?.wake()
  }

  onFault(error: unknown, offset: number): void {
    this.isSuspect = true
    this.position.moveTo(offset)
    const { message } = error as Error
    const what = `${message} (reading ${this.topic}/${this.partition} at offset ${offset})`
    const fault = error instanceof RecordsError ? kafkaError(ErrorCode[error.error], what) : new ErrInvalidMessage(what)
    fault.cause = error
    this.fail(fault)
  }

  private accept(data: PartitionData, version: number): void {
    let records: ReturnType<FetchPosition['take']>
    try {
      records = this.position.take(data, version)
    } catch (error) {
      this.fail(error as Error)
      return
    }
    if (records === 'too large') this.passOver().catch((reason: Error) => this.end(reason))
    else if (records !== undefined) this.messages.push(records)
  }

  private refused(data: PartitionData, { nodeEndpoints }: FetchAnswer): void {
    const error = kafkaError(data.errorCode)
    const { currentLeader } = data
    if (currentLeader.leaderId >= 0) {
      // KIP-951: whoever is not the leader any more tells who is.
      this.client.updateLeader(this.topic, this.partition, currentLeader, nodeEndpoints)
      const known = this.client.knownLeader(this.topic, this.partition)
      if (known !== undefined && known.epoch > this.leaderEpoch) {
        this.replica.forget()
        this.join(known.leader.id, known.epoch)
        return
      }
    }
    if (error.error !== 'OFFSET_OUT_OF_RANGE') this.fail(error)
    // KIP-392: the leader may have what a follower has not got yet, or not any more.
    else if (this.replica.isNamed) this.backToLeader()
    else this.end(error)
  }

  /** KIP-320: the leader's log has lost what was read; what comes now at these offsets is something else. */
  private truncated({ divergingEpoch }: PartitionData): void {
    const { offset } = this.position
    this.end(
      new ErrOffsetOutOfRange(
        `the log was truncated: it agrees with what was read up to offset ${offset} only before offset ${divergingEpoch.endOffset}`,
      ),
    )
  }

  private goToReplica(replicaId: number): void {
    this.replica.named()
    this.join(replicaId, this.leaderEpoch)
  }

  private backToLeader(): void {
    this.replica.forget()
    const known = this.client.knownLeader(this.topic, this.partition)
    if (known === undefined) this.fail(new ErrLeaderNotAvailable())
    else this.join(known.leader.id, known.epoch)
  }

  /** A message is larger than `consumer.fetch.max`. As in Sarama its offset is passed over; here only when that was heard. */
  private async passOver(): Promise<void> {
    const { fetcher } = this
    this.leave()
    await this.report(new ErrMessageTooLarge())
    if (this.isOver || fetcher === undefined) return
    this.fetcher = fetcher
    fetcher.add(this)
  }

  /** Waits for room where nobody reads the errors. */
  async report(error: Error): Promise<void> {
    if (!this.client.config.consumer.return.errors) return
    await this.errors.send(new ConsumerError(this.topic, this.partition, error), { signal: this.closing.signal })
  }

  private leave(): void {
    this.fetcher?.remove(this)
    this.fetcher = undefined
  }

  /** Ends it for a reason of its own. */
  private end(reason: Error): void {
    if (this.isOver) return
    const error = new ConsumerError(this.topic, this.partition, reason)
    if (this.client.config.consumer.return.errors) this.errors.push(error)
    this.over(error)
    this.messages.finish()
  }

  private over(error: ConsumerError | undefined): void {
    if (this.isOver) return
    this.isOver = true
    this.leave()
    this.closing.abort(error ?? new ClientError('kafka: the partition consumer was closed'))
    this.errors.close()
    this.owner.forget(this)
    this.resolveEnded(error)
  }
}
