import { coordinatorPartition } from '../coordinator/java-hash.ts'
import { TRANSACTION_STATE_TOPIC } from '../replication/internal-topics.ts'
import { type ClusterView, coordinatorOf } from './cluster-view.ts'

/** A transactional id, whether it is known or not yet. */
export class TransactionHandle {
  readonly id: string
  readonly #view: ClusterView

  /** @internal */
  constructor(view: ClusterView, id: string) {
    this.#view = view
    this.id = id
  }

  /** The node id of its coordinator; undefined before `__transaction_state` is there. */
  get coordinator(): number | undefined {
    const partitions = this.#view.image.topic(TRANSACTION_STATE_TOPIC)?.partitions.length
    if (partitions === undefined) return undefined
    return coordinatorOf(this.#view, TRANSACTION_STATE_TOPIC, coordinatorPartition(this.id, partitions))?.nodeId
  }
}
