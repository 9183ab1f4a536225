import type { ClusterOptions } from '../../broker/options.ts'

/** What a cluster that is explored is started with: its seed comes from the schedule. */
export type ExploredCluster = Omit<ClusterOptions, 'clock' | 'host' | 'port' | 'timeline' | 'seed' | 'handlers'>

/** An API that a handler of a schedule is about, by its word of `kafka`. */
export type HandledApi =
  | 'produce'
  | 'fetch'
  | 'metadata'
  | 'findCoordinator'
  | 'joinGroup'
  | 'syncGroup'
  | 'heartbeat'
  | 'offsetCommit'
  | 'offsetFetch'
  | 'initProducerId'

/** What a handler does: gives an error by Kafka's name, closes the connection, loses the request (or, `after`, the answer), or has it take longer. */
export type HandlerAnswer =
  | { readonly error: string }
  | { readonly disconnect: 'before' | 'after' }
  | { readonly drop: 'before' | 'after' }
  /** ms */
  | { readonly delay: number }

/** A handler as data: `kafka.produce({ topic }, () => KafkaResponse.error('…'), { times })`. */
export interface FaultHandler {
  readonly api: HandledApi
  readonly topic?: string
  readonly group?: string
  readonly answer: HandlerAnswer
  /** How many requests. Default: 1. */
  readonly times?: number
  /** How many go their way before. Default: 0. */
  readonly skip?: number
}

/** One thing that is done to a cluster. */
export type FaultAction =
  | { readonly do: 'kill' | 'stop' | 'start' | 'pause' | 'resume'; readonly broker: number }
  /** These brokers, with or without the clients, from all others. */
  | { readonly do: 'split'; readonly brokers: readonly number[]; readonly clients?: boolean }
  | { readonly do: 'heal' }
  /** Between a broker and another, the controller or the clients. `delay` in ms, `drop` from 0 to 1. */
  | {
      readonly do: 'link'
      readonly broker: number
      readonly to: number | 'controller' | 'clients'
      readonly delay?: number
      readonly drop?: number
    }
  | { readonly do: 'elect'; readonly topic: string; readonly partition: number; readonly broker: number }
  | { readonly do: 'moveCoordinator'; readonly group: string; readonly broker: number }
  | { readonly do: 'rebalance'; readonly group: string }
  /** The n-th of its members, counted from 0 on and around. */
  | { readonly do: 'evict'; readonly group: string; readonly member: number }
  | { readonly do: 'use'; readonly handler: FaultHandler }
  | { readonly do: 'resetHandlers' }

/** One step of a schedule. */
export type FaultStep = {
  /** ms of the cluster's time since the step before, or the start. */
  readonly after: number
} & FaultAction

/** What something may be, by what is done. */
export type FaultKind = FaultAction['do']

/** A cluster and all that befalls it: plain data, which JSON can hold. */
export interface FaultSchedule {
  readonly cluster: ExploredCluster
  /** The cluster's seed, and that of all chance in the process. */
  readonly seed: number
  /** What the order of arrivals follows from; 0: as they were sent. */
  readonly order: number
  readonly steps: readonly FaultStep[]
  /** How long it stays so after the last step, ms, until all is healed. */
  readonly rest: number
}
