import type { Broker } from '../broker.ts'
import type { CallOptions } from '../channel.ts'
import type { Client } from '../client.ts'
import type { Config } from '../config/config.ts'
import { CompressionLevelDefault } from '../config/options.ts'
import { ErrClosedClient, ErrShuttingDown, ErrTransactionNotReady } from '../errors/client-errors.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { Gate } from './back-pressure.ts'
import { BrokerSender } from './broker-sender.ts'
import { type Encoded, encoded, MessageCheck } from './message-check.ts'
import type { BatchFormat, ProducerBatch } from './producer-batch.ts'
import type { ProducerContext } from './producer-context.ts'
import type { ProducerMessage } from './producer-message.ts'
import { TopicRouter } from './topic-router.ts'
import { newTransactionManager, type TransactionManager } from './transaction-manager.ts'
import { ProducerTxnFlagInTransaction } from './transactions/txn-status.ts'
import { TxnPublisher } from './txn-publisher.ts'

/** Where messages go when it is known what became of them: each to one of both, once. */
export interface Outcomes {
  /** null: nobody wants to know. */
  readonly succeeded: ((message: ProducerMessage) => void) | null
  readonly failed: (message: ProducerMessage, error: Error) => void
  /** Whether more outcomes may come up. */
  readonly hasRoom: () => boolean
  /** Resolves when they may again, rejects when they never will. */
  readonly whenRoom: () => Promise<void>
}

/** How many bytes of messages a producer holds that are not settled yet, before it lets in no more. */
const MAX_UNSETTLED_BYTES = 32 * 1024 * 1024

/**
 * Begins a producer of a client: gets the producer id that it needs, if any.
 * @throws ErrClosedClient, why there is no producer id
 */
export async function startCore(client: Client, outcomes: Outcomes, call: CallOptions): Promise<ProducerCore> {
  if (client.closed) throw new ErrClosedClient()
  call.signal?.throwIfAborted()
  const transactions = newTransactionManager(client)
  await transactions.init(call)
  return new ProducerCore(client, transactions, outcomes)
}

/** The producer behind both kinds: messages go in, and come out when they are written or have failed. */
export class ProducerCore implements ProducerContext {
  readonly client: Client
  readonly config: Config
  readonly transactions: TransactionManager
  readonly format: BatchFormat
  readonly isSequenced: boolean
  readonly maxInFlightPerPartition: number
  private readonly outcomes: Outcomes
  private readonly check: MessageCheck
  private readonly gate: Gate
  private readonly publisher: TxnPublisher
  private readonly topics = new Map<string, TopicRouter>()
  private readonly senders = new Map<Broker, BrokerSender>()
  private readonly holdsBack: boolean
  private readonly giveUp = new AbortController()
  /** Messages that were taken and are not settled. */
  private unsettled = 0
  private flushing: (() => void)[] = []
  private time: number | undefined

  constructor(client: Client, transactions: TransactionManager, outcomes: Outcomes) {
    const { config } = client
    const { producer, net } = config
    this.client = client
    this.config = config
    this.transactions = transactions
    this.outcomes = outcomes
    this.check = new MessageCheck(config)
    this.publisher = new TxnPublisher(transactions)
    this.isSequenced = producer.idempotent
    this.maxInFlightPerPartition = producer.idempotent ? net.maxOpenRequests : 1
    this.holdsBack = producer.flush.frequency > 0 || producer.flush.bytes > 0 || producer.flush.messages > 0
    this.format = formatOf(config)
    this.gate = new Gate({
      maxBytes: MAX_UNSETTLED_BYTES,
      hasRoom: outcomes.hasRoom,
      whenRoom: outcomes.whenRoom,
      onFull: () => {
        if (this.holdsBack) this.flushAll()
      },
      closedError: () => new ErrShuttingDown(),
    })
  }

  get isEager(): boolean {
    return !this.holdsBack || this.flushing.length > 0
  }

  get signal(): AbortSignal {
    return this.giveUp.signal
  }

  /** Takes a message when there is room for it. What becomes of it the outcomes tell. */
  send(message: ProducerMessage, options: CallOptions = {}): Promise<void> {
    if (typeof message !== 'object' || message === null) {
      return Promise.reject(
        new TypeError(`A message must be an object, and is ${message === null ? 'null' : typeof message}`),
      )
    }
    return this.gate.enter(() => this.take(message), options)
  }

  /** Resolves when everything that was taken is settled. What is held back goes out. */
  flush(): Promise<void> {
    if (this.unsettled === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.flushing.push(resolve)
      this.flushAll()
    })
  }

  /** Takes no more messages, and flushes. With the signal what is left fails. */
  async close({ signal }: CallOptions = {}): Promise<void> {
    this.gate.close()
    const abort = (): void => this.abandon()
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    await this.flush()
    signal?.removeEventListener('abort', abort)
    this.giveUp.abort(new ErrShuttingDown())
  }

  senderOf(broker: Broker): BrokerSender {
    let sender = this.senders.get(broker)
    if (sender === undefined) {
      sender = new BrokerSender(this, broker)
      this.senders.set(broker, sender)
    }
    return sender
  }

  retire(sender: BrokerSender): void {
    if (this.senders.get(sender.broker) === sender) this.senders.delete(sender.broker)
  }

  publish(partition: TopicPartition): Promise<void> {
    return this.publisher.publish(partition, this.signal)
  }

  wakeAll(): void {
    for (const { queues } of this.topics.values()) for (const queue of queues.values()) queue.goOn()
  }

  succeeded(batch: ProducerBatch, partition: number, baseOffset: number, logAppendTimeMs: number): void {
    const { succeeded } = this.outcomes
    if (succeeded !== null) {
      const { messages } = batch
      for (let i = 0; i < messages.length; i++) {
        const message = messages[i] as ProducerMessage
        message.partition = partition
        message.offset = baseOffset < 0 ? -1 : baseOffset + i
        if (logAppendTimeMs >= 0) message.timestamp = logAppendTimeMs
        succeeded(message)
      }
    }
    this.settled(batch.count, batch.weight)
  }

  failed(batch: ProducerBatch, partition: number, errorOf: (index: number) => Error): void {
    for (const [i, message] of batch.messages.entries()) {
      message.partition = partition
      this.fail(message, errorOf(i))
    }
    this.settled(batch.count, batch.weight)
  }

  refused(message: ProducerMessage, weight: number, error: Error): void {
    this.fail(message, error)
    this.settled(1, weight)
  }

  private take(message: ProducerMessage): void {
    this.unsettled++
    let weight = 0
    try {
      const { transactions } = this
      if (transactions.isTransactional && (transactions.status & ProducerTxnFlagInTransaction) === 0) {
        throw transactions.lastError ?? new ErrTransactionNotReady()
      }
      this.intercept(message)
      const key: Encoded = encoded(message.key, 'key')
      const value: Encoded = encoded(message.value, 'value')
      const size = this.check.weigh(message, key, value)
      const router = this.routerOf(message.topic)
      const timestamp = message.timestamp ?? this.now()
      if (this.outcomes.succeeded !== null) message.timestamp = timestamp
      weight = size
      this.gate.took(weight)
      router.route(message, key, value, timestamp, weight)
    } catch (error) {
      this.refused(message, weight, error as Error)
    }
  }

  /** The time, which is asked for once in a turn. */
  private now(): number {
    if (this.time === undefined) {
      this.time = this.config.clock.now()
      process.nextTick(this.forgetTime)
    }
    return this.time
  }

  private readonly forgetTime = (): void => {
    this.time = undefined
  }

  private intercept(message: ProducerMessage): void {
    for (const interceptor of this.config.producer.interceptors) {
      try {
        interceptor.onSend(message)
      } catch {
        // Sarama's: an interceptor that fails has no say.
      }
    }
  }

  private routerOf(topic: string): TopicRouter {
    let router = this.topics.get(topic)
    if (router === undefined) {
      router = new TopicRouter(this, topic)
      this.topics.set(topic, router)
    }
    return router
  }

  private fail(message: ProducerMessage, error: Error): void {
    const { transactions } = this
    // What came at the wrong time is not a part of the transaction.
    if (transactions.isTransactional && !(error instanceof ErrTransactionNotReady)) transactions.fail(error)
    this.outcomes.failed(message, error)
  }

  private settled(messages: number, weight: number): void {
    this.unsettled -= messages
    this.gate.gave(weight)
    if (this.unsettled > 0) return
    const flushed = this.flushing
    this.flushing = []
    for (const resolve of flushed) resolve()
  }

  private flushAll(): void {
    for (const sender of this.senders.values()) sender.flush()
    for (const { queues } of this.topics.values()) for (const queue of queues.values()) queue.flush()
  }

  /** Lets go of everything that is not settled: it fails, and nothing more is sent. */
  private abandon(): void {
    this.giveUp.abort(new ErrShuttingDown())
    for (const router of this.topics.values()) router.abandon(new ErrShuttingDown())
  }
}

function formatOf({ producer }: Config): BatchFormat {
  const { compression, compressionLevel, transaction } = producer
  return {
    compression,
    compressionLevel: compressionLevel === CompressionLevelDefault ? undefined : compressionLevel,
    isTransactional: transaction.id !== '',
  }
}
