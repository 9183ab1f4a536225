import { provide } from '../../broker/handles/handle.ts'
import type {
  TransactionDescription,
  TransactionStateName,
} from '../../broker/handles/transactions/transaction-description.ts'
import { transactionTold, transactionWait } from '../../broker/handles/transactions/transaction-waits.ts'
import type { WaitOptions } from '../../broker/handles/waits/limited-waits.ts'
import { WAITS } from '../../broker/handles/waits/waits.ts'
import type { TestTransaction } from '../test-cluster.ts'
import { type RealView, since } from './connection.ts'

/** A transactional id of a real cluster. */
export class RealTransaction implements TestTransaction {
  readonly id: string
  readonly #view: RealView

  static {
    provide(RealTransaction.prototype, WAITS, (handle) => handle.#view.waits)
  }

  constructor(view: RealView, id: string) {
    this.#view = view
    this.id = id
  }

  /** @throws Error where the cluster is older than Kafka 3.0 (KIP-664) */
  describe(): Promise<TransactionDescription> {
    const what = `the coordinator of the transactional id ${this.id} to answer`
    return this.#view.waits.answer(what, () => this.#describe())
  }

  async #describe(): Promise<TransactionDescription> {
    const { admin, client } = this.#view
    const { id } = this
    const told = await since('transaction.describe', '3.0', () => admin.describeTransactions([id]))
    const coordinator = (await client.transactionCoordinator(id)).id
    const state = told.get(id)
    if (state === undefined || state.err?.error === 'TRANSACTIONAL_ID_NOT_FOUND') {
      return { transactionalId: id, state: undefined, coordinator, producerId: -1, producerEpoch: -1, partitions: [] }
    }
    if (state.err !== null) throw state.err
    return {
      transactionalId: id,
      state: state.transactionState as TransactionStateName,
      coordinator,
      producerId: state.producerID,
      producerEpoch: state.producerEpoch,
      partitions: [...state.topics].flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      ),
    }
  }

  async waitFor(state: TransactionStateName, options: WaitOptions = {}): Promise<TransactionDescription> {
    const { what, find } = transactionWait(this.id, state, options)
    let last: TransactionDescription | undefined
    const look = async (): Promise<TransactionDescription | undefined> => {
      last = await this.describe()
      return find(last)
    }
    const seen = (): string => (last === undefined ? 'Nothing was heard of it.' : transactionTold(last))
    return this.#view.waits.eventually({ what, look, seen }, options)
  }
}
