import type { CallOptions, ReceiveChannel } from '../channel.ts'
import type { ConsumerError } from '../errors/client-errors.ts'
import type { CommittedOffset } from './offset-requests.ts'

/** Keeps the offset of a partition that a group has read up to. To be closed when it is no longer needed. */
export interface PartitionOffsetManager extends AsyncDisposable {
  readonly topic: string
  readonly partition: number
  /**
   * The offset to read next, as it was committed or marked since, and the metadata beside it: `consumer.offsets.initial` and no metadata when
   * nothing was committed.
   */
  nextOffset(): CommittedOffset
  /**
   * Marks that everything below this offset is done: it is that of the next record to be read, the last one's plus 1. An offset that is not above the
   * one that is marked changes nothing. It is committed some time later, and never when the program crashes before: what was read since the last commit
   * is read again then.
   */
  markOffset(offset: number, metadata?: string): void
  /** Goes back to this offset, at most to the one that is marked: what `markOffset` does not do. */
  resetOffset(offset: number, metadata?: string): void
  /** What went wrong in committing, when `consumer.return.errors` says so; ends when this is closed. What finds no room in it is dropped. */
  readonly errors: ReceiveChannel<ConsumerError>
  /** Begins to close this, and returns at once: what is marked is committed at the next commit, and then `errors` ends. */
  asyncClose(): void
  /**
   * Closes this. Resolves when what is marked is committed, or the manager of all gives up. Without `consumer.offsets.autoCommit.enable` what was not
   * committed is dropped: call the manager's `commit` before.
   * @throws ConsumerErrors with those that nobody has read
   */
  close(options?: CallOptions): Promise<void>
}
