import type { ConnectionEvent } from '../events.ts'
import type { Node } from '../node.ts'

/** The network between a cluster and its clients. */
export class NetworkHandle {
  readonly #nodes: readonly Node[]

  /** @internal */
  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes
  }

  /** The connections that are open, by broker and then in the order in which they were opened. */
  get connections(): readonly ConnectionEvent[] {
    return this.#nodes.flatMap(({ server }) => server?.openConnections ?? [])
  }
}
