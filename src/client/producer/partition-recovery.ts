import { backoffOf } from '../backoff.ts'
import { isRetriable } from '../retrying.ts'
import { sleep } from '../time.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ProducerContext } from './producer-context.ts'

/** What a partition's messages wait for before they can go out: a back-off, its leader, another epoch, its place in a transaction. */
export class PartitionRecovery {
  private readonly context: ProducerContext
  private readonly queue: PartitionQueue
  private busy = false
  private reason: Error | null = null
  private restarts = false
  private postponed = false

  constructor(context: ProducerContext, queue: PartitionQueue) {
    this.context = context
    this.queue = queue
  }

  get isBusy(): boolean {
    return this.busy
  }

  /** Whether the sequence numbers begin anew as soon as no batch is in doubt: until then those alone go out, by the numbers that they have. */
  get isPostponed(): boolean {
    return this.postponed
  }

  /**
   * Notes why the partition failed, for {@link start}.
   * @param error what a back-off may cure; null: there is nothing to wait for
   * @param restarts whether its sequence numbers must begin anew
   */
  because(error: Error | null, restarts: boolean): void {
    this.reason ??= error
    this.restarts ||= restarts
  }

  /** Does what the noted reasons ask for. Nothing of the partition is in flight. */
  start(): void {
    this.run(() => this.recover())
  }

  /** Has the partition's leader found. */
  findLeader(): void {
    this.run(() => this.find())
  }

  /** Makes the partition a part of the transaction. */
  publish(): void {
    const { topic, partition } = this.queue
    this.run(() => this.context.publish({ topic, partition }))
  }

  private run(work: () => Promise<void>): void {
    this.busy = true
    work()
      .catch((error: unknown) => this.queue.drop(() => true, error as Error))
      .then(() => {
        this.busy = false
        if (this.restarts) this.start()
        else if (!this.queue.isIdle) this.queue.relocate()
      })
  }

  private async recover(): Promise<void> {
    const { reason } = this
    const restarts = this.restarts || this.postponed
    this.reason = null
    this.restarts = false
    this.postponed = restarts && this.queue.isInDoubt
    if (restarts && !this.postponed) await this.restart()
    if (reason === null || this.queue.hasOtherLeader) return
    await this.pause()
    await this.refresh()
  }

  private async restart(): Promise<void> {
    const { transactions, signal } = this.context
    // Others may have got another epoch since: then that one does.
    if (!transactions.isTransactional && this.queue.isCurrent) await transactions.bumpEpoch({ signal })
    this.queue.restartSequence()
    this.context.wakeAll()
  }

  private async find(): Promise<void> {
    const { client, config, signal } = this.context
    const { topic, partition } = this.queue
    for (;;) {
      try {
        await client.leader(topic, partition, { signal })
        return
      } catch (error) {
        signal.throwIfAborted()
        for (const batch of this.queue.waiting) batch.attempts++
        this.queue.drop(({ attempts }) => !isRetriable(error) || attempts > config.producer.retry.max, error as Error)
        if (this.queue.isIdle) return
      }
      await this.pause()
    }
  }

  private pause(): Promise<void> {
    const { config, signal } = this.context
    const { retry } = config.producer
    const retries = this.queue.waiting.reduce((most, { attempts }) => Math.max(most, attempts), 1)
    return sleep(config.clock, backoffOf(retry, retries, config.random), signal)
  }

  /** What cannot be learnt now is asked for again when the leader is not found. */
  private async refresh(): Promise<void> {
    const { client, signal } = this.context
    await client.refreshMetadata([this.queue.topic], { signal }).catch(() => signal.throwIfAborted())
  }
}
