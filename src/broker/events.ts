import { inspect } from 'node:util'
import type { RequestMatcher } from '../intercept/handler.ts'
import { meant } from '../intercept/nearest.ts'
import type { Endpoint } from './link-conditions.ts'

/** A request as the events tell of it. */
export interface RequestEvent {
  /** The same in every event of one request; unique in the cluster. */
  readonly requestId: number
  /** Of the broker that was asked. */
  readonly nodeId: number
  readonly connectionId: string
  /** `Produce`, `Fetch`, … */
  readonly api: string
  readonly version: number
  readonly clientId: string | null
}

/** A connection as the events tell of it. */
export interface ConnectionEvent {
  /** Of the broker that the client is connected to. */
  readonly nodeId: number
  /** The same in every event of one connection, and of no other that is open. */
  readonly connectionId: string
  /** The client's address with its port, or `in-memory client`. */
  readonly remote: string
}

/** What happens in a cluster, by name; the names are msw's where it has them. */
export interface ClusterEvents {
  'connection:open': ConnectionEvent
  /** With a reason where the broker ended it. */
  'connection:close': ConnectionEvent & { readonly reason?: string }
  'request:start': RequestEvent
  /** A handler of `use` is about this request. */
  'request:match': RequestEvent
  /** No handler of `use` answers this request, though there are some: the broker does. */
  'request:unhandled': RequestEvent
  /** The answer is on its way, or it is known that there is none; `durationMs` counts from the frame's arrival. */
  'request:end': RequestEvent & { readonly durationMs: number }
  /** A handler of `use` gave the answer. */
  'response:mocked': RequestEvent
  /** The broker gave the answer. */
  'response:bypass': RequestEvent
  /**
   * Something threw that should not have. A bug in memkafka is answered with UNKNOWN_SERVER_ERROR, as Kafka answers its
   * own; a handler of `use` that throws ends its connection.
   */
  unhandledException: {
    readonly error: unknown
    readonly request: Omit<RequestEvent, 'requestId'>
    /** Whose the error is, where it is not memkafka's own: how it is listed, and where it was made. */
    readonly handler?: RequestMatcher
  }
  /** A topic is there, in the controller's image; brokers hear of it then. */
  'topic:create': { readonly name: string; readonly topicId: string; readonly partitions: number }
  /** A topic is gone, in the controller's image. */
  'topic:delete': { readonly name: string; readonly topicId: string }
  /** A classic group is in another state than before. */
  'group:state': {
    readonly groupId: string
    /** `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable` or `Dead`. */
    readonly state: string
    readonly generationId: number
    readonly members: number
  }
  /** A broker runs, and is about to join: `broker:unfence` tells when it has. */
  'broker:start': { readonly nodeId: number }
  /** A broker runs no more, be it shut down or killed. */
  'broker:stop': { readonly nodeId: number }
  /** A broker stands still: it takes requests, and answers none. */
  'broker:pause': { readonly nodeId: number }
  /** A broker goes on. */
  'broker:resume': { readonly nodeId: number }
  /** The controller holds a broker for dead, or shuts it down: it leads nothing, and is in sync nowhere. */
  'broker:fence': { readonly nodeId: number }
  /** The controller holds a broker for alive. */
  'broker:unfence': { readonly nodeId: number }
  /** Another replica leads, or the same one in a new epoch; -1: none. */
  'partition:leader': {
    readonly topic: string
    readonly partition: number
    readonly leader: number
    readonly leaderEpoch: number
  }
  /** Other replicas are in sync than before. */
  'partition:isr': { readonly topic: string; readonly partition: number; readonly isr: readonly number[] }
  /** The network is cut: nothing passes between its sides. Brokers are told by node id; who is on no side is alone. */
  'network:split': { readonly sides: readonly (readonly Endpoint[])[] }
  /** The network is whole, and every link healthy. */
  'network:heal': Readonly<Record<string, never>>
  /** What is sent between two ends takes so many ms (`delay`), and so much of it is lost (`drop`, from 0 to 1). */
  'network:link': {
    readonly ends: readonly [one: Endpoint, other: Endpoint]
    readonly delay: number
    readonly drop: number
  }
}

/** Every event there is. */
const EVENTS: Readonly<Record<keyof ClusterEvents, true>> = {
  'connection:open': true,
  'connection:close': true,
  'request:start': true,
  'request:match': true,
  'request:unhandled': true,
  'request:end': true,
  'response:mocked': true,
  'response:bypass': true,
  unhandledException: true,
  'topic:create': true,
  'topic:delete': true,
  'group:state': true,
  'broker:start': true,
  'broker:stop': true,
  'broker:pause': true,
  'broker:resume': true,
  'broker:fence': true,
  'broker:unfence': true,
  'partition:leader': true,
  'partition:isr': true,
  'network:split': true,
  'network:heal': true,
  'network:link': true,
}

/** How long a listener is to hear. */
export interface ListenOptions {
  /** Only the next event. */
  readonly once?: boolean
  /** Until this is aborted. */
  readonly signal?: AbortSignal
}

type Listener<E> = (event: E) => void

/** Hears what happens in a cluster. When nobody listens to a type, its events are not even made. */
export class Events {
  private readonly listeners = new Map<keyof ClusterEvents, Set<Listener<never>>>()

  /**
   * Has `listener` called for each event of that type; the function returned ends it.
   * @throws TypeError for an event that there is not
   */
  on<T extends keyof ClusterEvents>(
    type: T,
    listener: (event: ClusterEvents[T]) => void,
    { once = false, signal }: ListenOptions = {},
  ): () => void {
    checkType(type)
    if (signal?.aborted) return () => {}
    const hear = (event: ClusterEvents[T]): void => {
      if (once) end()
      listener(event)
    }
    const end = (): void => {
      this.listeners.get(type)?.delete(hear)
      signal?.removeEventListener('abort', end)
    }
    let listeners = this.listeners.get(type)
    if (listeners === undefined) {
      listeners = new Set()
      this.listeners.set(type, listeners)
    }
    listeners.add(hear)
    signal?.addEventListener('abort', end)
    return end
  }

  /** @internal Whether anybody listens to this type. */
  heard(type: keyof ClusterEvents): boolean {
    const listeners = this.listeners.get(type)
    return listeners !== undefined && listeners.size > 0
  }

  /** @internal Tells the event that `make` makes, if someone listens. */
  emit<T extends keyof ClusterEvents>(type: T, make: () => ClusterEvents[T]): void {
    const listeners = this.listeners.get(type)
    if (listeners === undefined || listeners.size === 0) return
    const event = make()
    for (const listener of [...listeners]) hear(listener as Listener<ClusterEvents[T]>, event)
  }
}

/** A listener that throws is its owner's bug, and not the cluster's: it is seen, and the cluster goes on. */
function hear<E>(listener: Listener<E>, event: E): void {
  try {
    listener(event)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

function checkType(type: unknown): void {
  if (typeof type === 'string' && Object.hasOwn(EVENTS, type)) return
  const known = Object.keys(EVENTS)
  const hint = typeof type === 'string' ? meant(type, known) : ''
  throw new TypeError(`a cluster has no event ${inspect(type)}${hint || `: there are ${known.join(', ')}`}`)
}
