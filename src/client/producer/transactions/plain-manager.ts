import { ErrNonTransactedProducer } from '../../errors/client-errors.ts'
import type { TransactionManager } from '../transaction-manager.ts'
import { NO_PRODUCER } from './producer-identity.ts'
import { ProducerTxnFlagUninitialized, type ProducerTxnStatusFlag } from './txn-status.ts'

/** Of a producer with neither id nor transactions. */
export class PlainManager implements TransactionManager {
  readonly isTransactional = false
  readonly transactionalId: null = null
  readonly isTransactionV2 = false
  readonly lastError: Error | null = null

  get producerId(): number {
    return NO_PRODUCER.producerId
  }

  get producerEpoch(): number {
    return NO_PRODUCER.producerEpoch
  }

  get status(): ProducerTxnStatusFlag {
    return ProducerTxnFlagUninitialized
  }

  init(): Promise<void> {
    return Promise.resolve()
  }

  bumpEpoch(): Promise<void> {
    return Promise.resolve()
  }

  fail(): void {
    // There is no transaction whose end it could change.
  }

  needsPublishing(): boolean {
    return false
  }

  publishTxnPartitions(): Promise<void> {
    return Promise.reject(new ErrNonTransactedProducer())
  }

  begin(): void {
    throw new ErrNonTransactedProducer()
  }

  addOffsets(): void {
    throw new ErrNonTransactedProducer()
  }

  end(): Promise<void> {
    return Promise.reject(new ErrNonTransactedProducer())
  }

  close(): void {
    // Nobody was asked for anything.
  }
}
