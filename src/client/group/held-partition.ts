import { type ClaimSource, openClaim } from './claim.ts'
import type { ConsumerGroupHandler, ConsumerGroupSession } from './handler.ts'
import { ErrSessionConsumeClaimExited } from './session-end.ts'

/** What a partition that is held needs of its session. */
export interface Holder {
  readonly session: ConsumerGroupSession
  readonly source: ClaimSource
  readonly handler: ConsumerGroupHandler
  nextOffset(topic: string, partition: number): number
  /** Something went wrong with a partition. */
  failed(error: unknown, topic: string, partition: number): void
  /** Its handler has thrown. */
  threw(error: unknown, topic: string, partition: number): void
  /** Its handler has returned though the partition was not given up. */
  exited(cause: Error): void
}

/** A partition that a session holds, from the moment in which it is assigned until its handler has returned. */
export class HeldPartition {
  readonly topic: string
  readonly partition: number
  private readonly holder: Holder
  private readonly ending = new AbortController()
  private running: Promise<void> | undefined

  constructor(holder: Holder, topic: string, partition: number) {
    this.holder = holder
    this.topic = topic
    this.partition = partition
  }

  /** Has the handler read it. */
  start(): void {
    if (this.ending.signal.aborted) return
    this.running ??= this.run()
  }

  /** Gives it up, and resolves when its handler has returned. */
  giveUp(cause: unknown): Promise<void> {
    this.ending.abort(cause)
    return this.running ?? Promise.resolve()
  }

  private async run(): Promise<void> {
    const { holder, topic, partition } = this
    const { signal } = this.ending
    try {
      await this.consume(signal)
    } catch (error) {
      if (!signal.aborted) holder.failed(error, topic, partition)
    }
    if (!signal.aborted) holder.exited(new ErrSessionConsumeClaimExited(topic, partition))
  }

  private async consume(signal: AbortSignal): Promise<void> {
    const { holder, topic, partition } = this
    const claim = await openClaim(holder.source, topic, partition, holder.nextOffset(topic, partition), signal)
    const { reader } = claim
    const end = (): void => reader.asyncClose()
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    const told = this.tell(reader.errors)
    try {
      await holder.handler.consumeClaim(holder.session, claim)
    } catch (error) {
      // Who waits with the claim's signal is told of its end so.
      if (!signal.aborted || error !== signal.reason) holder.threw(error, topic, partition)
    } finally {
      signal.removeEventListener('abort', end)
      end()
      await told
    }
  }

  private async tell(errors: AsyncIterable<unknown>): Promise<void> {
    for await (const error of errors) this.holder.failed(error, this.topic, this.partition)
  }
}
