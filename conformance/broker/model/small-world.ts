import type { AnyApi, Api, Input } from '../../../src/protocol/message.ts'
import type { Client, World } from '../world.ts'

/** Every version of these is told apart from one that both sides reject: 4.0 removed the older ones, and advertises Produce's. */
const LOWEST: Readonly<Record<string, number>> = { Produce: 3, Fetch: 4 }

/** Ids that no topic has. */
const UNKNOWN_IDS = ['AAAAAAAAAAAAAAAAAAAAQQ', 'AAAAAAAAAAAAAAAAAAAAQg', 'AAAAAAAAAAAAAAAAAAAAQw'] as const

/** One side of a run of the model: the world, and what it has learnt there. */
export class SmallWorld {
  readonly world: World
  private readonly topicIds = new Map<number, string>()

  constructor(world: World) {
    this.world = world
  }

  topicName(topic: number): string {
    return this.world.name(`t${topic}`)
  }

  /** Of the topic as it was when it was last created; that of no topic before. Not zero: Kafka's fetch sessions trip over it. */
  topicId(topic: number): string {
    return this.topicIds.get(topic) ?? (UNKNOWN_IDS[topic] as string)
  }

  learnTopicId(topic: number, topicId: string): void {
    this.topicIds.set(topic, topicId)
  }

  /** Asks in the version that the number stands for among those that both sides have. */
  ask<Request, Response>(
    api: Api<Request, Response>,
    v: number,
    body: Input<Request>,
    from?: Client,
  ): Promise<Response | undefined> {
    return this.world.ask(api, body, { version: this.versionOf(api, v), ...(from !== undefined && { from }) })
  }

  versionOf(api: Pick<AnyApi, 'key' | 'name' | 'versions'>, v: number): number {
    const { min, max } = this.world.versions(api)
    const lowest = Math.max(min, LOWEST[api.name] ?? 0)
    return lowest + (v % (max - lowest + 1))
  }
}
