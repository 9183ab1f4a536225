import {
  type Client,
  type ConsumerGroup,
  type ConsumerGroupSession,
  newConsumerGroupFromClient,
} from '../../../../client/index.ts'
import type { TopicPartition } from './committed-offsets.ts'

/** Who is told what a member holds. */
export interface MembershipEvents {
  /** These partitions are held from now on, and no others. */
  assigned(partitions: readonly TopicPartition[]): void
  /** The partitions are given up: the time to commit. */
  revoked(session: ConsumerGroupSession): Promise<void>
}

/** A consumer's place in its group, from the first request for records on. What it holds is read elsewhere: here nothing is fetched. */
export class Membership {
  readonly topics: readonly string[]
  readonly #group: ConsumerGroup
  readonly #events: MembershipEvents
  #session: ConsumerGroupSession | undefined
  #running: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  #left = false

  constructor(client: Client, group: string, topics: readonly string[], events: MembershipEvents) {
    this.#group = newConsumerGroupFromClient(group, client)
    this.topics = topics
    this.#events = events
  }

  /** The session under way, if there is one. */
  get session(): ConsumerGroupSession | undefined {
    return this.#session
  }

  /**
   * Joins the group, unless this is done.
   * @throws once, what has stood in the way since it was asked last
   */
  ensure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (!this.#left) this.#running ??= this.#run()
    if (failure !== undefined) throw failure.error
  }

  async leave(): Promise<void> {
    this.#left = true
    await this.#group.close()
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      while (!this.#left) await this.#live()
    } catch (error) {
      if (!this.#left) this.#failure = { error }
    } finally {
      this.#running = undefined
    }
  }

  async #live(): Promise<void> {
    const events = this.#events
    await this.#group.consume(this.topics, {
      setup: (session) => {
        // What is fetched is fetched by those who can seek.
        this.#group.pause(session.claims)
        this.#session = session
        events.assigned(
          Object.entries(session.claims).flatMap(([topic, all]) => all.map((partition) => ({ topic, partition }))),
        )
      },
      consumeClaim: (_, { signal }) =>
        new Promise((resolve) => {
          if (signal.aborted) resolve()
          signal.addEventListener('abort', () => resolve(), { once: true })
        }),
      cleanup: async (session) => {
        await events.revoked(session)
        this.#session = undefined
        events.assigned([])
      },
    })
  }
}
