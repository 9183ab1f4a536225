/** What every entry of a timeline has. */
interface EntryBase {
  /** When it happened, in ms of the cluster's time since the cluster was started. Of a request: when it arrived. */
  readonly at: number
}

/** What became of a request. */
export type RequestOutcome =
  /** Answered, without an error. */
  | 'ok'
  /** Answered, with errors: `errors` tells which. */
  | 'error'
  /** Nothing is answered: a Produce with acks=0, or a handler dropped the answer. */
  | 'no answer'
  /** The connection ended before the answer, or in its place; `worked` tells whether the broker has had the request. */
  | 'disconnected'
  /** A handler or a gate has it, and has not said yet what becomes of it. */
  | 'held'
  /** The broker has it, and has not answered yet. */
  | 'waiting'

/** An error of an answer, and what of the request it is about. */
export interface RequestError {
  /** Kafka's name of it. */
  readonly error: string
  /** Of `entities` of the request, those that have it; none: the request as a whole. */
  readonly entities: readonly string[]
}

/** A handler, as it is told of. */
export interface ToldHandler {
  /** How it is listed: `kafka.produce({ topic: 'orders' })`, … */
  readonly description: string
  /** Where it was made: file, line and column. */
  readonly madeAt: string
}

/** What a handler did to a request. */
export interface HandlerAct extends ToldHandler {
  /**
   * `holds`: it has not said yet; `passes`: it let the request go its way, at once or after a while; `threw`: what is no answer. The rest is
   * what it answered with.
   */
  readonly did:
    | 'holds'
    | 'passes'
    | 'threw'
    | 'error'
    | 'response'
    | 'disconnect'
    | 'drop'
    | 'throttle'
    | 'corrupt'
    | 'trickle'
}

/** A request; several of one connection that are the same in everything but when, one after the other, are one entry. */
export interface RequestEntry extends EntryBase {
  readonly kind: 'request'
  /** As in the events; of the first, where it stands for several. */
  readonly requestId: number
  readonly connectionId: string
  /** The node that the request reached. */
  readonly nodeId: number
  readonly clientId: string | null
  /** `Produce`, `Fetch`, … */
  readonly api: string
  readonly version: number
  /** What it is about: `orders/0` (a partition), `orders` (a topic), `group billing`, `transaction tx-1`, … */
  readonly entities: readonly string[]
  /**
   * By partition, the offset that the request or its answer is about: where it was written, is read from, was committed. Where the entry
   * stands for several requests: of the last one.
   */
  readonly offsets: Readonly<Record<string, number>>
  readonly outcome: RequestOutcome
  readonly errors: readonly RequestError[]
  /** The answer to a Fetch brought no records. */
  readonly isEmpty: boolean
  /** Whether the broker has done the work, or begun it. */
  readonly worked: boolean
  /** Who gave the answer: the `broker`, or the handler with this description. */
  readonly by: string
  /** The handlers that acted on it, those among them that let it pass; in the order in which they did. */
  readonly handlers: readonly HandlerAct[]
  /** From its arrival to its answer, ms of the cluster's time; undefined as long as there is none. Where it stands for several: the longest. */
  readonly durationMs: number | undefined
  /** How many requests it stands for. */
  readonly count: number
  /** When the last of them arrived. */
  readonly lastAt: number
}

/** A connection was opened or is over. */
export interface ConnectionEntry extends EntryBase {
  readonly kind: 'connection'
  readonly change: 'open' | 'close'
  readonly connectionId: string
  readonly nodeId: number
  /** The client's address with its port, or `in-memory client`. */
  readonly remote: string
  /** As its requests say; undefined as long as there was none. */
  readonly clientId: string | null | undefined
  /** Why the broker ended it, where it did. */
  readonly reason: string | undefined
}

/** A classic group is in another state. */
export interface GroupEntry extends EntryBase {
  readonly kind: 'group'
  readonly groupId: string
  /** `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable` or `Dead`. */
  readonly state: string
  readonly generationId: number
  readonly members: number
}

/** Partitions of a topic have another leader, or others are in sync; those that change together, and alike, are one entry. */
export type PartitionEntry = EntryBase & {
  readonly kind: 'partition'
  readonly topic: string
  readonly partitions: readonly number[]
} & (
    | {
        readonly change: 'leader'
        /** -1: none. */
        readonly leader: number
        readonly leaderEpoch: number
      }
    | { readonly change: 'isr'; readonly isr: readonly number[] }
  )

/** Something became of a broker. */
export interface BrokerEntry extends EntryBase {
  readonly kind: 'broker'
  readonly nodeId: number
  /** `fence` and `unfence`: the controller holds it for dead, or for alive. */
  readonly change: 'start' | 'stop' | 'pause' | 'resume' | 'fence' | 'unfence'
}

/** A topic is there, or gone. */
export type TopicEntry = EntryBase & { readonly kind: 'topic'; readonly topic: string } & (
    | { readonly change: 'create'; readonly partitions: number }
    | { readonly change: 'delete' }
  )

/** A handler threw what is no answer; the connection ends. */
export interface HandlerEntry extends EntryBase {
  readonly kind: 'handler'
  readonly handler: ToldHandler
  readonly requestId: number
  readonly api: string
  readonly clientId: string | null
  readonly nodeId: number
  /** In words. */
  readonly error: string
}

/** The network between brokers, controller and clients is another one. */
export type NetworkEntry = EntryBase & { readonly kind: 'network' } & (
    | {
        readonly change: 'split'
        /** Who can reach each other: `broker 1`, `controller`, `clients`. */
        readonly sides: readonly (readonly string[])[]
      }
    | { readonly change: 'heal' }
    | {
        readonly change: 'link'
        readonly ends: readonly [string, string]
        /** ms each way. */
        readonly delay: number
        /** From 0 to 1. */
        readonly drop: number
      }
  )

/** Something that happened in a cluster: plain data, which `JSON.stringify` takes. */
export type TimelineEntry =
  | RequestEntry
  | ConnectionEntry
  | GroupEntry
  | PartitionEntry
  | BrokerEntry
  | TopicEntry
  | HandlerEntry
  | NetworkEntry
