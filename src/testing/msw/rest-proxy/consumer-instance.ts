import type { KafkaCluster } from '../../../broker/cluster.ts'
import {
  type ConsumerGroup,
  type ConsumerGroupSession,
  type ConsumerMessage,
  newConfig,
  newConsumerGroup,
  OffsetNewest,
  OffsetOldest,
} from '../../../client/index.ts'
import type { EmbeddedFormat } from './embedded-format.ts'

/** So many records wait at most to be asked for. */
const READ_AHEAD = 500

/** How a consumer of the proxy is made. */
export interface InstanceOptions {
  readonly group: string
  readonly name: string
  readonly format: EmbeddedFormat
  /** Where to begin without a committed offset. */
  readonly reset: 'earliest' | 'latest'
  readonly autoCommit: boolean
}

/** A consumer that the proxy keeps for whoever asks it over HTTP: a member of its group for as long as it is subscribed. */
export class ConsumerInstance {
  readonly options: InstanceOptions
  readonly #cluster: KafkaCluster
  #topics: readonly string[] = []
  #member: Promise<ConsumerGroup> | undefined
  #session: ConsumerGroupSession | undefined
  /** What was fetched and nobody has asked for. */
  readonly #waiting: ConsumerMessage[] = []
  #room = Promise.withResolvers<void>()
  #arrived = Promise.withResolvers<void>()
  #running: Promise<void> = Promise.resolve()
  readonly #end = new AbortController()

  constructor(cluster: KafkaCluster, options: InstanceOptions) {
    this.#cluster = cluster
    this.options = options
  }

  get topics(): readonly string[] {
    return this.#topics
  }

  /** What it holds now. */
  get assignments(): readonly { readonly topic: string; readonly partition: number }[] {
    const claims = Object.entries(this.#session?.claims ?? {})
    return claims.flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })))
  }

  /** Joins the group for these topics; for none, leaves it. */
  async subscribe(topics: readonly string[]): Promise<void> {
    await this.#leave()
    this.#topics = topics
    if (topics.length === 0) return
    const { group, reset, autoCommit } = this.options
    const offsets = { initial: reset === 'earliest' ? OffsetOldest : OffsetNewest, autoCommit: { enable: autoCommit } }
    const config = newConfig(this.#cluster.clientConfig(), { clientID: this.options.name, consumer: { offsets } })
    const member = newConsumerGroup(this.#cluster.bootstrapServers, group, config)
    this.#member = member
    this.#running = member.then((joined) => this.#run(joined, topics))
    // What goes wrong is told to whoever asks for records next.
    this.#running.catch(() => {})
    await member
  }

  /**
   * The records that are there, at most so many bytes of them; those that come first, where none are there.
   * @param timeoutMs how long they are waited for
   */
  async take(maxBytes: number, timeoutMs: number): Promise<readonly ConsumerMessage[]> {
    if (this.#waiting.length === 0 && timeoutMs > 0) await this.#wait(timeoutMs)
    const taken: ConsumerMessage[] = []
    let bytes = 0
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      bytes += (next.key?.length ?? 0) + (next.value?.length ?? 0)
      if (taken.length > 0 && bytes > maxBytes) break
      this.#waiting.shift()
      taken.push(next)
    }
    this.#room.resolve()
    this.#room = Promise.withResolvers()
    for (const message of taken) this.#session?.markMessage(message)
    return taken
  }

  /** Commits what was taken, or what is named. */
  async commit(
    offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
  ): Promise<void> {
    for (const { topic, partition, offset } of offsets) this.#session?.markOffset(topic, partition, offset + 1)
    await this.#session?.commit()
  }

  async close(): Promise<void> {
    this.#end.abort()
    await this.#leave()
  }

  async #leave(): Promise<void> {
    const member = await this.#member
    this.#member = undefined
    await member?.close()
    await this.#running.catch(() => {})
    this.#session = undefined
    this.#waiting.length = 0
  }

  async #run(member: ConsumerGroup, topics: readonly string[]): Promise<void> {
    while (!this.#end.signal.aborted && this.#member !== undefined && (await this.#member) === member) {
      await member.consume(topics, {
        setup: (session) => {
          this.#session = session
        },
        consumeClaim: async (_, claim) => {
          const givenUp = Promise.withResolvers<void>()
          claim.signal.addEventListener('abort', () => givenUp.resolve(), { once: true })
          for await (const message of claim.messages) {
            this.#waiting.push(message)
            this.#arrived.resolve()
            this.#arrived = Promise.withResolvers()
            while (this.#waiting.length >= READ_AHEAD && !claim.signal.aborted) {
              await Promise.race([this.#room.promise, givenUp.promise])
            }
          }
        },
      })
      this.#waiting.length = 0
    }
  }

  async #wait(timeoutMs: number): Promise<void> {
    const arrived = this.#arrived.promise
    const late = Promise.withResolvers<void>()
    const timer = this.#cluster.clock.setTimer(timeoutMs, () => late.resolve())
    const failed = this.#running.then(() => {})
    try {
      await Promise.race([arrived, late.promise, failed])
    } finally {
      timer.cancel()
    }
  }
}
