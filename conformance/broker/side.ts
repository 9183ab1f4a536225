/** The two sides of a comparison, as a script sees them: a cluster that can be connected to, and its time. */
import type { Duplex } from 'node:stream'

/** How an answer was waited for. */
export interface Waited<T> {
  /** undefined: it did not come within the limit. */
  readonly answer: T | undefined
  /** Whether time had to pass before it came. */
  readonly waited: boolean
}

export interface Side {
  readonly name: string
  /** How many brokers there are; their node ids begin at 1. */
  readonly brokers: number
  /** Its time, ms since the epoch. */
  now(): number
  connect(nodeId: number): Promise<Duplex>
  /** Waits for an answer, at most so many ms of the side's time. Virtual time does not run on before it is wanted. */
  await<T>(answer: Promise<T>, limitMs: number, wanted: Promise<void>): Promise<Waited<T>>
  /** Lets so many ms pass. */
  pass(ms: number): Promise<void>
  /** Waits until all is done that is under way and needs no time. */
  quiet(): Promise<void>
  /** Waits until every broker knows what the metadata log has. */
  settled(): Promise<void>
  /** Shuts a broker down in order. Done when all others know that it has gone. */
  stopBroker(nodeId: number): Promise<void>
  /** Ends a broker as a crash would. Done when it is held for dead, and all others know that. */
  killBroker(nodeId: number): Promise<void>
  /** Has a broker stand still, as in a long garbage collection. */
  pauseBroker(nodeId: number): Promise<void>
  /** Done when one that stands still is held for dead, and all others know that. */
  heldForDead(nodeId: number): Promise<void>
  /** Has it go on, if it stands still. Done when all that run know of each other. */
  resumeBroker(nodeId: number): Promise<void>
  /** Starts a broker, unless it runs, with what it had. Done when all that run know of each other. */
  startBroker(nodeId: number): Promise<void>
  stop(): Promise<void>
}

/** What both sides are started with, so that no case has to wait for long or to bring many members. */
export const BROKER_CONFIGS: Readonly<Record<string, string>> = {
  'group.min.session.timeout.ms': '1000',
  'group.max.size': '4',
  // An empty group is not taken away in the middle of a case.
  'offsets.retention.check.interval.ms': '86400000',
  // A transaction that has timed out is aborted soon.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
}
