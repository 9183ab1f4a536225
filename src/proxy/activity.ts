import type { WaitQueue } from '../broker/wait-queue.ts'
import type { RequestHead } from './request-head.ts'

/** What a proxy keeps its {@link ProxyActivity} under, in every copy of this package and in every realm. */
export const ACTIVITY: unique symbol = Symbol.for('memkafka.proxy.activity') as typeof ACTIVITY

/** A connection, as far as it is asked what is under way. */
export interface ActiveConnection {
  /** What upstream owes. */
  readonly expected: readonly Pick<RequestHead, 'apiKey' | 'version'>[]
  readonly place: { readonly endpoint: { readonly nodeId: number } }
  /**
   * Whether a request or an answer is on its way. What a handler holds is not, nor an answer that the client does not take, nor what stands behind these.
   * @param counts which of the requests that upstream is asked, by API
   */
  isUnderWay(counts: (apiKey: number) => boolean): boolean
}

/** What those know of a proxy who wait for something to happen there. */
export interface ProxyActivity {
  /** Whatever handlers do and a timeline keeps is a turn of it; what just goes through is none. */
  readonly queue: WaitQueue
  readonly connections: Iterable<ActiveConnection>
  /** For how long is waited, ms. */
  readonly waitTimeout: number
  /** After how long what upstream may keep back is taken to have come, ms. */
  readonly settleTime: number
  /** Aborted when it is stopped. */
  readonly stopped: AbortSignal
}
