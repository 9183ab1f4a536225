import type { Broker } from '../broker.ts'
import { coordinatorPartition } from '../coordinator/locate.ts'
import type { Transaction } from '../coordinator/transactions/transaction.ts'
import { TRANSACTION_STATE_TOPIC } from '../replication/internal-topics.ts'
import type { BrokerHandle } from './broker-handle.ts'
import { type ClusterView, coordinatorOf, moveCoordinator, whenReady } from './cluster-view.ts'
import { Handle } from './handle.ts'

/** A transactional id, whether it is known or not yet. */
export class TransactionHandle extends Handle {
  /** Kafka's `transactional.id`. */
  readonly id: string
  readonly #view: ClusterView

  /** @internal */
  constructor(view: ClusterView, id: string) {
    super()
    this.#view = view
    this.id = id
  }

  /** The node id of its coordinator; undefined before `__transaction_state` is there. */
  get coordinator(): number | undefined {
    return this.#broker?.nodeId
  }

  /**
   * `Empty`, `Ongoing`, `PrepareCommit`, `PrepareAbort`, `CompleteCommit`, `CompleteAbort` or `PrepareEpochFence`, as far as it is committed; undefined
   * while nobody has used the id, and while its coordinator does not know yet that it is. What it tells otherwise: -1, and no partitions.
   */
  get state(): string | undefined {
    return this.#transaction?.state
  }

  /** Of the producer that has it. */
  get producerId(): number {
    return this.#transaction?.producerId ?? -1
  }

  /** Whoever has an older one is fenced. */
  get producerEpoch(): number {
    return this.#transaction?.producerEpoch ?? -1
  }

  /** Where the transaction that is under way has written, in the order in which the partitions were added. */
  get partitions(): readonly { readonly topic: string; readonly partition: number }[] {
    return [...(this.#transaction?.partitions ?? [])].map(([topic, partition]) => ({ topic, partition }))
  }

  /**
   * Has another broker coordinate its transactions, as when its partition of `__transaction_state` gets another leader.
   * @throws Error before `__transaction_state` is there; KafkaError INELIGIBLE_REPLICA when the broker is not in sync
   */
  moveCoordinator(broker: BrokerHandle): void {
    moveCoordinator(this.#view, TRANSACTION_STATE_TOPIC, this.#index ?? 0, broker.nodeId)
  }

  get #transaction(): Transaction | undefined {
    const broker = this.#broker
    return broker === undefined ? undefined : whenReady(() => broker.transactions.describe(this.id))
  }

  get #broker(): Broker | undefined {
    const index = this.#index
    return index === undefined ? undefined : coordinatorOf(this.#view, TRANSACTION_STATE_TOPIC, index)
  }

  get #index(): number | undefined {
    const partitions = this.#view.image.topic(TRANSACTION_STATE_TOPIC)?.partitions.length
    return partitions === undefined ? undefined : coordinatorPartition(this.id, partitions)
  }
}
