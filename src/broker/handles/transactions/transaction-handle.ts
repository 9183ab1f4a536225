import type { Broker } from '../../broker.ts'
import type { Transaction } from '../../coordinator/transactions/transaction.ts'
import { TRANSACTION_STATE_TOPIC } from '../../replication/internal-topics.ts'
import { nodeIdOf } from '../brokers/broker-argument.ts'
import type { BrokerHandle } from '../brokers/broker-handle.ts'
import { type ClusterView, whenReady } from '../cluster-view.ts'
import { coordinatorOf, moveCoordinator, whyUntold } from '../coordinators.ts'
import { Handle, provide } from '../handle.ts'
import { surroundingsSeen } from '../seen.ts'
import type { WaitOptions } from '../waits/limited-waits.ts'
import { WAITS } from '../waits/waits.ts'
import type { TransactionDescription, TransactionStateName } from './transaction-description.ts'
import { transactionTold, transactionWait } from './transaction-waits.ts'

/** A transactional id, whether it is known or not yet. */
export class TransactionHandle extends Handle {
  /** Kafka's `transactional.id`. */
  readonly id: string
  readonly #view: ClusterView

  static {
    provide(TransactionHandle.prototype, WAITS, (handle) => handle.#view.waits)
  }

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
  get state(): TransactionStateName | undefined {
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
   * The transactional id as its coordinator tells of it now; where it does not know yet what there is, as soon as it does.
   * @throws UnmetWaitError when nobody can tell in time
   */
  async describe(): Promise<TransactionDescription> {
    const isTold = (): true | undefined => (this.#untold === undefined ? true : undefined)
    if (isTold() === undefined && !this.#view.queue.isStopped) {
      const what = `the coordinator of the transactional id ${this.id}`
      await this.#view.waits.until({ what, look: isTold, seen: () => this.#untold ?? '' })
    }
    return this.#description
  }

  /**
   * Waits until it is in a state, as `CompleteCommit`. One that it only passes through may have been left again by the time that it is looked at: no test should
   * wait for `PrepareCommit` where nothing holds it there.
   * @throws UnmetWaitError that says what state it is in; TypeError for a state that there is not
   */
  async waitFor(state: TransactionStateName, options: WaitOptions = {}): Promise<TransactionDescription> {
    const { what, find } = transactionWait(this.id, state, options)
    const look = (): TransactionDescription | undefined => find(this.#description)
    const seen = (): string =>
      `${this.#untold ?? transactionTold(this.#description)}\n${surroundingsSeen(this.#view, {})}`
    return this.#view.waits.until({ what, look, seen }, options)
  }

  /**
   * Has another broker coordinate its transactions, as when its partition of `__transaction_state` gets another leader.
   * @throws Error before `__transaction_state` is there; KafkaError INELIGIBLE_REPLICA when the broker is not in sync; TypeError for what is no broker
   */
  moveCoordinator(broker: BrokerHandle): void {
    const nodeId = nodeIdOf('moveCoordinator', broker)
    moveCoordinator(this.#view, TRANSACTION_STATE_TOPIC, this.id, nodeId)
  }

  /** Why nobody can tell of it now, in words. */
  get #untold(): string | undefined {
    const named = ['transactional id', this.id] as const
    return whyUntold(this.#view, TRANSACTION_STATE_TOPIC, named, ({ transactions }) => transactions.describe(this.id))
  }

  get #description(): TransactionDescription {
    const { id: transactionalId, coordinator, partitions } = this
    const { state, producerId = -1, producerEpoch = -1 } = this.#transaction ?? {}
    return { transactionalId, state, coordinator, producerId, producerEpoch, partitions }
  }

  get #transaction(): Transaction | undefined {
    const broker = this.#broker
    return broker === undefined ? undefined : whenReady(() => broker.transactions.describe(this.id))
  }

  get #broker(): Broker | undefined {
    return coordinatorOf(this.#view, TRANSACTION_STATE_TOPIC, this.id)
  }
}
