import { backoffOf } from '../backoff.ts'
import type { Client } from '../client.ts'
import { ErrConsumerRetriesExhausted } from '../errors/client-errors.ts'
import { sleep } from '../time.ts'

/** A partition that nobody serves for now. */
export interface Unserved {
  readonly topic: string
  readonly partition: number
  /** Of the leader that is known to it. */
  readonly leaderEpoch: number
  /** Tells its reader; resolves when that was heard. */
  report(error: Error): Promise<void>
  /** Has it fetched from a broker, its leader in that epoch. */
  join(brokerId: number, leaderEpoch: number): void
}

/** Why a partition is not served. */
interface Loss {
  readonly error: Error
  /** Whether it is no news to the reader. */
  readonly isSilent: boolean
  /** The broker that it was fetched from. */
  readonly from: number | undefined
  /** Whether to wait before the leader is asked for, whoever that is. */
  readonly waits: boolean
}

/** Looks for the leader of a partition whose fetches fail. */
export class LeaderSearch {
  private readonly client: Client
  private readonly unserved: Unserved
  private readonly signal: AbortSignal
  private failures = 0

  /** @param signal ends a search */
  constructor(client: Client, unserved: Unserved, signal: AbortSignal) {
    this.client = client
    this.unserved = unserved
    this.signal = signal
  }

  /** What was fetched is of use: from now on `consumer.retry` counts anew. */
  succeeded(): void {
    this.failures = 0
  }

  /** Resolves when the partition is fetched again, after a wait unless there is a new leader. @throws what ends the partition */
  async after({ error, isSilent, from, waits }: Loss): Promise<void> {
    const { clock, consumer, random } = this.client.config
    let reason = error
    let isReported = !isSilent
    for (;;) {
      if (isReported) await this.unserved.report(reason)
      const { max } = consumer.retry
      if (max > 0 && this.failures >= max) throw new ErrConsumerRetriesExhausted(reason)
      const isFirst = this.failures++ === 0
      // A leader that moved needs no wait.
      if (isFirst && !waits && (await this.find(from).catch(() => false))) return
      try {
        await sleep(clock, backoffOf(consumer.retry, this.failures, random), this.signal)
        if (await this.find()) return
      } catch (failure) {
        if (this.signal.aborted) return
        if (this.client.closed) throw failure
        reason = failure as Error
        isReported = true
      }
    }
  }

  /**
   * Asks who leads, and has the partition fetched from there.
   * @param notFrom the broker that is of no use as long as its epoch is the same
   */
  private async find(notFrom?: number): Promise<boolean> {
    const { client, signal } = this
    const { topic, partition } = this.unserved
    await client.refreshMetadata([topic], { signal })
    const { leader, epoch } = await client.leaderAndEpoch(topic, partition, { signal })
    if (signal.aborted) return true
    if (leader.id === notFrom && epoch <= this.unserved.leaderEpoch) return false
    this.unserved.join(leader.id, epoch)
    return true
  }
}
