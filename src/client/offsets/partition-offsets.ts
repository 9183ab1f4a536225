import { abortable } from '../abortable.ts'
import { type CallOptions, Channel } from '../channel.ts'
import type { Config } from '../config/config.ts'
import { ConsumerError, ConsumerErrors } from '../errors/client-errors.ts'
import type { CommittedOffset, OffsetToCommit } from './offset-requests.ts'
import type { PartitionOffsetManager } from './partition-offset-manager.ts'

/** What a partition's offsets need of the manager of all. */
export interface Committing {
  readonly config: Config
  /** A partition is to be let go as soon as nothing of it waits to be committed. */
  partitionCloses(partition: PartitionOffsets, drop: boolean): void
}

/** The one {@link PartitionOffsetManager} there is. */
export class PartitionOffsets implements PartitionOffsetManager {
  readonly topic: string
  readonly partition: number
  readonly errors: Channel<ConsumerError>
  private readonly parent: Committing
  private readonly released: Promise<void>
  private release!: () => void
  private offset: number
  private metadata: string
  private isDirty = false
  private isDone = false

  constructor(parent: Committing, topic: string, partition: number, committed: CommittedOffset) {
    this.parent = parent
    this.topic = topic
    this.partition = partition
    this.offset = committed.offset
    this.metadata = committed.metadata
    this.errors = new Channel(parent.config.channelBufferSize)
    this.released = new Promise((resolve) => {
      this.release = resolve
    })
  }

  /** Whether something is marked that is not committed. */
  get dirty(): boolean {
    return this.isDirty
  }

  /** Whether its user has closed it. */
  get done(): boolean {
    return this.isDone
  }

  nextOffset(): CommittedOffset {
    if (this.offset >= 0) return { offset: this.offset, metadata: this.metadata }
    return { offset: this.parent.config.consumer.offsets.initial, metadata: '' }
  }

  markOffset(offset: number, metadata = ''): void {
    if (checked(offset) > this.offset) this.set(offset, metadata)
  }

  resetOffset(offset: number, metadata = ''): void {
    if (checked(offset) <= this.offset) this.set(offset, metadata)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What is to be committed; undefined when nothing is. */
  toCommit(): OffsetToCommit | undefined {
    const { topic, partition, offset, metadata } = this
    return this.isDirty ? { topic, partition, offset, metadata } : undefined
  }

  /** This was committed; what was marked meanwhile still is to be. */
  committed({ offset, metadata }: CommittedOffset): void {
    if (this.offset === offset && this.metadata === metadata) this.isDirty = false
  }

  failed(error: Error): void {
    if (!this.parent.config.consumer.return.errors || this.errors.closed || !this.errors.hasRoom) return
    this.errors.push(error instanceof ConsumerError ? error : new ConsumerError(this.topic, this.partition, error))
  }

  asyncClose(): void {
    this.end(false)
  }

  async close({ signal }: CallOptions = {}): Promise<void> {
    this.end(!this.parent.config.consumer.offsets.autoCommit.enable)
    await abortable(this.released, signal)
    const unread = this.errors.drain()
    if (unread.length > 0) throw new ConsumerErrors(unread)
  }

  /** Nothing is committed of it any more. */
  letGo(): void {
    this.isDone = true
    this.isDirty = false
    this.errors.close()
    this.release()
  }

  private end(drop: boolean): void {
    if (this.errors.closed) return
    this.isDone = true
    this.parent.partitionCloses(this, drop)
  }

  private set(offset: number, metadata: string): void {
    if (this.errors.closed) return
    this.offset = offset
    this.metadata = metadata
    this.isDirty = true
  }
}

function checked(offset: number): number {
  if (!Number.isSafeInteger(offset)) throw new RangeError(`an offset is a whole number, and not ${offset}`)
  return offset
}
