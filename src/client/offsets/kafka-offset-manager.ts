import { ErrorCode } from '../../protocol/errors.ts'
import { abortable } from '../abortable.ts'
import { backoffOf } from '../backoff.ts'
import type { CallOptions } from '../channel.ts'
import type { Client } from '../client.ts'
import type { Config } from '../config/config.ts'
import { ClientError, ConfigurationError, ErrClosedClient, ErrIncompleteResponse } from '../errors/client-errors.ts'
import { kafkaError } from '../errors/kafka-error.ts'
import { ErrOffsetMetadataTooLarge } from '../errors/kafka-errors.ts'
import { put } from '../maps.ts'
import { isRetriable, noTryAfter } from '../retrying.ts'
import { elapsed, sleep, type Timer } from '../time.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { OffsetCoordinator } from './offset-coordinator.ts'
import type { OffsetManager } from './offset-manager.ts'
import type { CommittedOffset, Committer, OffsetToCommit } from './offset-requests.ts'
import type { PartitionOffsetManager } from './partition-offset-manager.ts'
import { type Committing, PartitionOffsets } from './partition-offsets.ts'

/** What a string of the protocol has room for, in bytes; brokers take less (`offset.metadata.max.bytes`), but they can say so. */
const LONGEST_METADATA = 32_767

/** A partition whose offset was not committed, and why. */
interface Failure {
  readonly partition: PartitionOffsets
  readonly error: Error
  /** Whether it is worth no word while it is tried again by itself. */
  readonly passing: boolean
}

/** Errors that say no more than that the coordinator is not there, or not ready. */
const PASSING: ReadonlySet<number> = new Set([
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.LEADER_NOT_AVAILABLE,
])

/** The one {@link OffsetManager} there is; a consumer group has one for each of its sessions. */
export class KafkaOffsetManager implements OffsetManager, Committing {
  readonly config: Config
  private readonly coordinator: OffsetCoordinator
  private committer: Committer
  private readonly onFenced: (error: Error) => void
  private readonly partitions = new Map<string, Map<number, PartitionOffsets>>()
  private readonly closing = new AbortController()
  /** No commit is waited for any more. */
  private readonly abandoned = new AbortController()
  private closed: Promise<void> | undefined
  /** Those who close it and have not given up. */
  private closers = 0
  private timer: Timer | undefined
  /** One request to commit is under way at a time, so that none overtakes another. */
  private tail: Promise<unknown> = Promise.resolve()
  private turns = 0
  /** The commit of everything that waits for its turn: who asks for another before it begins gets this one. */
  private waiting: Promise<void> | undefined

  /** @param onFenced is told when another has taken the place of this static member (KIP-345) */
  constructor(client: Client, committer: Committer, onFenced: (error: Error) => void = () => {}) {
    if (client.closed) throw new ErrClosedClient()
    this.config = client.config
    this.coordinator = new OffsetCoordinator(client, committer.group)
    this.committer = committer
    this.onFenced = onFenced
    this.planCommit()
  }

  async managePartition(topic: string, partition: number, options: CallOptions = {}): Promise<PartitionOffsetManager> {
    const [managed] = await this.managePartitions([{ topic, partition }], options)
    return managed as PartitionOffsetManager
  }

  /** The same for several at once, in one request. */
  async managePartitions(
    list: readonly TopicPartition[],
    { signal }: CallOptions = {},
  ): Promise<readonly PartitionOffsets[]> {
    for (const one of list) this.checkFree(one)
    if (list.length === 0) return []
    const ended = signal === undefined ? this.closing.signal : AbortSignal.any([this.closing.signal, signal])
    const committed = await this.coordinator.fetch(list, ended)
    ended.throwIfAborted()
    for (const one of list) this.checkFree(one)
    return list.map(({ topic, partition }, i) => {
      const managed = new PartitionOffsets(this, topic, partition, committed[i] as CommittedOffset)
      put(this.partitions, topic, partition, managed)
      return managed
    })
  }

  find(topic: string, partition: number): PartitionOffsets | undefined {
    return this.partitions.get(topic)?.get(partition)
  }

  commit({ signal }: CallOptions = {}): Promise<void> {
    this.waiting ??= this.commitAll()
    return abortable(this.waiting, signal)
  }

  close({ signal }: CallOptions = {}): Promise<void> {
    this.closed ??= this.closeOnce()
    this.closers++
    const giveUp = (): void => {
      // Whoever else closes it may want to wait for longer.
      if (--this.closers === 0) this.abandoned.abort(signal?.reason)
    }
    if (signal?.aborted) giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
    return abortable(this.closed, signal).finally(() => signal?.removeEventListener('abort', giveUp))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Goes on in another generation: no commit is under way when it changes. */
  setGeneration(generationId: number): Promise<void> {
    return this.inTurn(async () => {
      this.committer = { ...this.committer, generationId }
    })
  }

  /** Lets partitions go, and commits what is marked of them before, unless that is left to the user. */
  async removePartitions(list: readonly TopicPartition[]): Promise<void> {
    await this.letGo(list.flatMap(({ topic, partition }) => this.find(topic, partition) ?? []))
  }

  partitionCloses(partition: PartitionOffsets, drop: boolean): void {
    if (drop || !partition.dirty) this.remove(partition)
    else if (this.config.consumer.offsets.autoCommit.enable) this.commitInBackground()
  }

  private checkFree({ topic, partition }: TopicPartition): void {
    if (this.closing.signal.aborted) throw closedError()
    if (this.find(topic, partition) !== undefined) {
      throw new ConfigurationError(`that topic/partition is already being managed: ${topic}/${partition}`)
    }
  }

  private get all(): PartitionOffsets[] {
    return [...this.partitions.values()].flatMap((ofTopic) => [...ofTopic.values()])
  }

  private async closeOnce(): Promise<void> {
    this.closing.abort(closedError())
    this.timer?.cancel()
    try {
      await this.letGo(this.all)
    } finally {
      this.abandoned.abort(closedError())
    }
  }

  private async letGo(leaving: readonly PartitionOffsets[]): Promise<void> {
    try {
      if (this.config.consumer.offsets.autoCommit.enable) await this.commitWithRetries(() => leaving)
      // What the user has asked to be committed is committed, though nobody waits for it.
      else await abortable(this.tail, this.abandoned.signal)
    } finally {
      for (const partition of leaving) this.remove(partition)
    }
  }

  private planCommit(): void {
    const { commitInterval, autoCommit } = this.config.consumer.offsets
    if (!autoCommit.enable) return
    const interval = commitInterval > 0 ? commitInterval : autoCommit.interval
    this.timer = this.config.clock.setTimer(interval, () => {
      this.planCommit()
      // A commit that takes longer than the interval is not followed by a crowd of others.
      if (this.turns === 0) this.commitInBackground()
    })
  }

  private commitInBackground(): void {
    this.inTurn(() => this.commitOnce(this.all)).then(
      (failures) => {
        for (const { partition, error, passing } of failures) if (!passing) partition.failed(error)
      },
      // Nobody waits for commits any more.
      () => {},
    )
  }

  private async commitAll(): Promise<void> {
    const everything = (): PartitionOffsets[] => {
      this.waiting = undefined
      return this.all
    }
    try {
      await this.commitWithRetries(everything)
    } catch (error) {
      // What is marked was committed by `close`, or has told why not.
      if (!this.abandoned.signal.aborted) throw error
    }
  }

  /** Tells partitions why they were not committed in the end. Rejects when commits are abandoned. */
  private async commitWithRetries(partitions: () => readonly PartitionOffsets[]): Promise<void> {
    const { clock, random, metadata, consumer } = this.config
    const { max } = consumer.offsets.retry
    const until = noTryAfter(this.config, max)
    for (let retries = 0; ; retries++) {
      const failures = await this.inTurn(() => this.commitOnce(partitions()))
      if (failures.length === 0) return
      const isLast = retries >= max || elapsed(clock) >= until
      if (isLast || !failures.some(({ error }) => isRetriable(error))) {
        for (const { partition, error } of failures) partition.failed(error)
        return
      }
      await sleep(clock, backoffOf(metadata.retry, retries + 1, random), this.abandoned.signal)
    }
  }

  /** Rejects when commits are abandoned. */
  private async commitOnce(partitions: readonly PartitionOffsets[]): Promise<Failure[]> {
    const { signal } = this.abandoned
    signal.throwIfAborted()
    const offsets = new Map<PartitionOffsets, OffsetToCommit>()
    const failures: Failure[] = []
    for (const partition of partitions) {
      const offset = partition.toCommit()
      if (offset === undefined) continue
      if (Buffer.byteLength(offset.metadata) <= LONGEST_METADATA) offsets.set(partition, offset)
      else failures.push({ partition, error: new ErrOffsetMetadataTooLarge(), passing: false })
    }
    if (offsets.size === 0) return failures
    try {
      const answers = await this.coordinator.commit(this.committer, [...offsets.values()], signal)
      for (const [partition, offset] of offsets) {
        const errorCode = answers(offset.topic, offset.partition)?.errorCode
        if (errorCode === ErrorCode.NONE) partition.committed(offset)
        else failures.push(await this.refused(partition, errorCode))
      }
      return failures
    } catch (error) {
      signal.throwIfAborted()
      for (const partition of offsets.keys()) failures.push({ partition, error: error as Error, passing: false })
      return failures
    } finally {
      for (const partition of partitions) if (partition.done && !partition.dirty) this.remove(partition)
    }
  }

  private async refused(partition: PartitionOffsets, errorCode: number | undefined): Promise<Failure> {
    const { topic, partition: index } = partition
    if (errorCode === undefined) {
      return { partition, error: new ErrIncompleteResponse(`${topic}/${index}`), passing: false }
    }
    const error = kafkaError(errorCode)
    await this.coordinator.heed(errorCode, topic, this.abandoned.signal)
    if (errorCode === ErrorCode.FENCED_INSTANCE_ID) this.onFenced(error)
    return { partition, error, passing: PASSING.has(errorCode) }
  }

  private remove(partition: PartitionOffsets): void {
    const ofTopic = this.partitions.get(partition.topic)
    if (ofTopic?.get(partition.partition) === partition) {
      ofTopic.delete(partition.partition)
      if (ofTopic.size === 0) this.partitions.delete(partition.topic)
    }
    partition.letGo()
  }

  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    this.turns++
    const turn = this.tail.then(act).finally(() => {
      this.turns--
    })
    this.tail = turn.catch(() => {})
    return turn
  }
}

function closedError(): Error {
  return new ClientError('kafka: tried to use an offset manager that was closed')
}
