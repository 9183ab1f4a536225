import type { Broker } from '../broker.ts'
import type { Client } from '../client.ts'
import type { Config } from '../config/config.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { BrokerSender } from './broker-sender.ts'
import type { BatchFormat, ProducerBatch } from './producer-batch.ts'
import type { ProducerMessage } from './producer-message.ts'
import type { TransactionManager } from './transaction-manager.ts'

/** What the parts of one producer share. */
export interface ProducerContext {
  readonly client: Client
  readonly config: Config
  readonly transactions: TransactionManager
  readonly format: BatchFormat
  /** Whether batches have sequence numbers. */
  readonly isSequenced: boolean
  /** How many batches of one partition may be in flight. */
  readonly maxInFlightPerPartition: number
  /** Whether what is there goes out at once: always without `producer.flush`, else while somebody waits for it. */
  readonly isEager: boolean
  /** Aborted when the producer gives up what it has. */
  readonly signal: AbortSignal
  senderOf(broker: Broker): BrokerSender
  /** Nothing is attached to it any more. */
  retire(sender: BrokerSender): void
  /** Makes a partition a part of the transaction, together with others that ask in the same turn. */
  publish(partition: TopicPartition): Promise<void>
  /** The producer's id or epoch has changed. */
  wakeAll(): void
  /** The messages of a batch were written; `baseOffset` is -1 where it is not known, `logAppendTimeMs` -1 where the time is the producer's. */
  succeeded(batch: ProducerBatch, partition: number, baseOffset: number, logAppendTimeMs: number): void
  /** They were not. */
  failed(batch: ProducerBatch, partition: number, errorOf: (index: number) => Error): void
  /** A message that was taken never came into a batch. */
  refused(message: ProducerMessage, weight: number, error: Error): void
}
