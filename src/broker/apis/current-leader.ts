import type { Endpoint, RequestContext } from './handler.ts'

/** Where a client that asked the wrong broker should go (KIP-951). */
export interface CurrentLeader {
  /** -1: it is not known. */
  readonly leaderId: number
  readonly leaderEpoch: number
}

/** Collects the hints of one answer: the leaders of its partitions, and their addresses once each. */
export class LeaderHints {
  private readonly context: RequestContext
  private readonly endpoints = new Map<number, Endpoint>()

  constructor(context: RequestContext) {
    this.context = context
  }

  currentLeader(topic: string, partition: number): CurrentLeader {
    const known = this.context.broker.image.partition(topic, partition)
    if (known === undefined) return { leaderId: -1, leaderEpoch: -1 }
    const endpoint = this.context.endpointOf(known.leader)
    if (endpoint !== undefined) this.endpoints.set(known.leader, endpoint)
    return { leaderId: known.leader, leaderEpoch: known.leaderEpoch }
  }

  get nodeEndpoints(): Endpoint[] {
    return [...this.endpoints.values()]
  }
}
