import { type Client, newClient } from '../../../src/client/client.ts'
import { type ConfigOptions, newConfig } from '../../../src/client/config/config.ts'
import { type ConsumerGroup, newConsumerGroupFromClient } from '../../../src/client/group/consumer-group.ts'
import type {
  ConsumerGroupClaim,
  ConsumerGroupHandler,
  ConsumerGroupSession,
} from '../../../src/client/group/handler.ts'
import type { KafkaCluster } from '../../../src/index.ts'

/** A session as its handler saw it. */
export interface SeenSession {
  readonly session: ConsumerGroupSession
  /** What it held at first, and why it ended. */
  readonly memberId: string
  readonly claims: string[]
  cleaned: boolean
}

/** A member of a group that consumes in a loop, and remembers what it saw. */
export class TestMember implements AsyncDisposable {
  readonly client: Client
  readonly group: ConsumerGroup
  readonly sessions: SeenSession[] = []
  /** `topic/partition@offset`, in the order in which they were read. */
  readonly read: string[] = []
  /** What it holds now: `topic/partition`. */
  readonly holds = new Set<string>()
  readonly errors: unknown[] = []
  private readonly stopping = new AbortController()
  private loop: Promise<void> = Promise.resolve()

  private constructor(client: Client, group: ConsumerGroup) {
    this.client = client
    this.group = group
  }

  static async start(
    cluster: KafkaCluster,
    groupId: string,
    options: ConfigOptions = {},
    topics: readonly string[] = ['orders'],
    handler: Partial<ConsumerGroupHandler> = {},
  ): Promise<TestMember> {
    const client = await newClient(cluster.bootstrapServers, newConfig({ ...cluster.clientConfig(), ...options }))
    const member = new TestMember(client, newConsumerGroupFromClient(groupId, client))
    member.loop = member.consume(topics, handler)
    return member
  }

  get session(): ConsumerGroupSession | undefined {
    return this.sessions.at(-1)?.session
  }

  /** Ends the loop, the group and the client. */
  async stop(): Promise<void> {
    this.stopping.abort()
    await this.group.close()
    await this.loop
    await this.client.close()
  }

  /** Goes as one that has crashed: nobody is told. */
  async die(): Promise<void> {
    this.stopping.abort()
    await this.client.close()
    await this.group.close().catch(() => {})
    await this.loop
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  private async consume(topics: readonly string[], handler: Partial<ConsumerGroupHandler>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.group.consume(topics, this.handler(handler), { signal: this.stopping.signal })
      } catch (error) {
        if (this.stopping.signal.aborted) return
        this.errors.push(error)
        if (this.errors.length > 50) return
      }
    }
  }

  private handler(own: Partial<ConsumerGroupHandler>): ConsumerGroupHandler {
    return {
      setup: async (session) => {
        this.sessions.push({ session, memberId: session.memberId, claims: namesOf(session), cleaned: false })
        await own.setup?.(session)
      },
      cleanup: async (session) => {
        await own.cleanup?.(session)
        for (const seen of this.sessions) if (seen.session === session) seen.cleaned = true
      },
      consumeClaim: async (session, claim) => {
        const name = `${claim.topic}/${claim.partition}`
        this.holds.add(name)
        try {
          if (own.consumeClaim !== undefined) await own.consumeClaim(session, claim)
          else await this.readAll(session, claim)
        } finally {
          this.holds.delete(name)
        }
      },
    }
  }

  private async readAll(session: ConsumerGroupSession, claim: ConsumerGroupClaim): Promise<void> {
    for await (const message of claim.messages) {
      this.read.push(`${message.topic}/${message.partition}@${message.offset}`)
      session.markMessage(message)
    }
  }
}

export function namesOf({ claims }: ConsumerGroupSession): string[] {
  return Object.entries(claims)
    .flatMap(([topic, partitions]) => partitions.map((partition) => `${topic}/${partition}`))
    .sort()
}

/** All that members hold, sorted. */
export function heldBy(...members: readonly TestMember[]): string[] {
  return members.flatMap(({ holds }) => [...holds]).sort()
}
