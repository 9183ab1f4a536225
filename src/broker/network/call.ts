import type { Struct } from '../../intercept/entity-layout.ts'
import type { InterceptedRequest } from '../../intercept/handler.ts'
import type { Names } from '../../intercept/request-entries.ts'
import type { AnyApi } from '../../protocol/message.ts'
import type { Clock } from '../clock.ts'
import type { WaitQueue } from '../wait-queue.ts'

/** A decoded request as handlers of `use` are offered it, whoever would serve it: a broker, or the one behind a proxy. */
export interface Call {
  readonly api: AnyApi
  readonly version: number
  readonly body: unknown
  readonly client: InterceptedRequest['client']
  /** The node that the request reached. */
  readonly nodeId: number
  readonly clock: Clock
  /** Whose turn it is when a handler has been waited for. */
  readonly queue: WaitQueue
  /** What is known of topics and fetch sessions where the request arrived. */
  readonly names: Names
  /** An answer in which a handler has put errors, with what is told beside such errors (KIP-951). Left out: nothing is. */
  hinted?(answer: Struct, names: Names): Struct
}
