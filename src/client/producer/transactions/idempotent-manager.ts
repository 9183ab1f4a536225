import type { CallOptions } from '../../channel.ts'
import type { Client } from '../../client.ts'
import type { TransactionManager } from '../transaction-manager.ts'
import { Closing } from './closing.ts'
import { initIdempotentProducer } from './init-producer-id.ts'
import { PlainManager } from './plain-manager.ts'
import { LAST_EPOCH, NO_PRODUCER, type ProducerIdentity } from './producer-identity.ts'
import {
  ProducerTxnFlagInitializing,
  ProducerTxnFlagReady,
  ProducerTxnFlagUninitialized,
  type ProducerTxnStatusFlag,
} from './txn-status.ts'

/** Of an idempotent producer without transactions: it has an id, and moves its epoch on by itself (KIP-360). */
export class IdempotentManager extends PlainManager implements TransactionManager {
  private readonly client: Client
  private identity: ProducerIdentity = NO_PRODUCER
  private asking: Promise<void> | undefined
  private readonly closing = new Closing()

  constructor(client: Client) {
    super()
    this.client = client
  }

  override get producerId(): number {
    return this.identity.producerId
  }

  override get producerEpoch(): number {
    return this.identity.producerEpoch
  }

  override get status(): ProducerTxnStatusFlag {
    if (this.asking !== undefined) return ProducerTxnFlagInitializing
    return this.identity === NO_PRODUCER ? ProducerTxnFlagUninitialized : ProducerTxnFlagReady
  }

  override init(options: CallOptions = {}): Promise<void> {
    this.asking ??= this.ask(options)
    return this.asking
  }

  override bumpEpoch(options: CallOptions = {}): Promise<void> {
    const { producerId, producerEpoch } = this.identity
    // No broker has to know: the first batch of a later epoch tells it.
    if (producerId === -1 || producerEpoch >= LAST_EPOCH) return this.init(options)
    this.identity = { producerId, producerEpoch: producerEpoch + 1 }
    return Promise.resolve()
  }

  override close(): void {
    this.closing.close()
  }

  private async ask(options: CallOptions): Promise<void> {
    try {
      this.identity = await initIdempotentProducer(this.client, this.closing.with(options))
    } finally {
      this.asking = undefined
    }
  }
}
