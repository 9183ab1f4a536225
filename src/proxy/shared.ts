import type { Clock } from '../broker/clock.ts'
import type { Events } from '../broker/events.ts'
import type { Interception } from '../broker/network/interception.ts'
import type { WaitQueue } from '../broker/wait-queue.ts'
import type { HostPort } from '../protocol/host-port.ts'
import type { Frames, Unheard } from './answers.ts'
import type { KnownLeaders } from './known-leaders.ts'
import type { UnknownApis } from './served-versions.ts'
import type { TopicNames } from './topic-names.ts'

/** What the connections of a proxy share. */
export interface Shared {
  readonly clock: Clock
  readonly queue: WaitQueue
  readonly events: Events
  readonly interception: Interception
  readonly frames: Frames
  readonly topics: TopicNames
  readonly leaders: KnownLeaders
  readonly unknown: UnknownApis
  /** Where a client that came in by an address of this machine finds a node; undefined where nobody listens in front of it yet. */
  find(nodeId: number, upstream: HostPort, localHost: string): HostPort | undefined
  /** Whether what such a client is told of nodes fits where upstream tells of them, in no more bytes. */
  fits(localHost: string): boolean
  /** Has someone listen in front of a node. */
  listen(unheard: readonly Unheard[]): Promise<unknown>
}
