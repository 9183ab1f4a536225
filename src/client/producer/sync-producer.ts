import { abortable } from '../abortable.ts'
import type { CallOptions } from '../channel.ts'
import type { Client } from '../client.ts'
import type { ConfigOptions } from '../config/config.ts'
import { ProducerError, ProducerErrors } from '../errors/client-errors.ts'
import { withOwnClient } from '../own-client.ts'
import { ADMITTED } from './back-pressure.ts'
import { CoreTransactions } from './core-transactions.ts'
import { type ProducerCore, startCore } from './producer-core.ts'
import type { ProducerMessage } from './producer-message.ts'
import type { ProducerTransactions } from './producer-transactions.ts'
import { type Caller, WaitingCallers } from './waiting-callers.ts'

/** Where a message was written. */
export interface SentMessage {
  readonly partition: number
  /** -1 with NoResponse, and where a broker knew of a message no more than that it has it (KIP-98). */
  readonly offset: number
}

/**
 * A producer whose calls wait until the messages are written. Calls that are made before earlier ones have ended go out together.
 *
 * `producer.return.successes` and `producer.return.errors`, which Sarama demands for it, are of no consequence here.
 */
export interface SyncProducer extends ProducerTransactions, AsyncDisposable {
  /**
   * Sends a message; its `partition`, `offset` and `timestamp` are filled in.
   * @param options with an aborted signal the wait ends; whether the message is written is not known then
   * @throws why it was not written; ErrShuttingDown when the producer is closed
   */
  sendMessage(message: ProducerMessage, options?: CallOptions): Promise<SentMessage>
  /**
   * Sends messages, and waits for all of them.
   * @throws ProducerErrors of those that were not written; the others were
   */
  sendMessages(messages: Iterable<ProducerMessage>, options?: CallOptions): Promise<void>
  /** Takes no more messages, waits until those it has are settled, and aborts a transaction that is open. */
  close(options?: CallOptions): Promise<void>
}

/**
 * Makes a client and a producer of it; to close the producer closes both.
 * @param addrs `host:port` of some of the brokers
 * @throws ConfigurationError before any connection, ErrOutOfBrokers when no broker answers, why there is no producer id for an idempotent one
 */
export function newSyncProducer(
  addrs: readonly string[],
  options: ConfigOptions = {},
  call: CallOptions = {},
): Promise<SyncProducer> {
  return withOwnClient(addrs, options, call, (client) => start(client, call, () => client.close()))
}

/**
 * Makes a producer of a client, which is still to be closed after it.
 * @throws ErrClosedClient, why there is no producer id for an idempotent producer
 */
export function newSyncProducerFromClient(client: Client, call: CallOptions = {}): Promise<SyncProducer> {
  return start(client, call, () => Promise.resolve())
}

async function start(client: Client, call: CallOptions, closeClient: () => Promise<void>): Promise<SyncProducer> {
  const waiting = new WaitingCallers()
  return new CoreSyncProducer(await startCore(client, waiting, call), waiting, closeClient)
}

class CoreSyncProducer extends CoreTransactions implements SyncProducer {
  private readonly waiting: WaitingCallers
  private readonly closeClient: () => Promise<void>

  constructor(core: ProducerCore, waiting: WaitingCallers, closeClient: () => Promise<void>) {
    super(core)
    this.waiting = waiting
    this.closeClient = closeClient
  }

  sendMessage(message: ProducerMessage, { signal }: CallOptions = {}): Promise<SentMessage> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const sent = new Promise<SentMessage>((resolve, reject) => {
      const caller: Caller = {
        succeeded: ({ partition = -1, offset = -1 }) => resolve({ partition, offset }),
        failed: (_message, error) => reject(error),
      }
      this.send(message, caller, signal)
    })
    return abortable(sent, signal)
  }

  async sendMessages(messages: Iterable<ProducerMessage>, { signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    const all = [...messages]
    const errors: ProducerError[] = []
    // One promise for all of them: one for each would take longer than to send them.
    const settled = new Promise<void>((resolve) => {
      let left = all.length
      if (left === 0) resolve()
      const caller: Caller = {
        succeeded: () => {
          if (--left === 0) resolve()
        },
        failed: (message, error) => {
          errors.push(new ProducerError(message, error as Error))
          if (--left === 0) resolve()
        },
      }
      for (const message of all) this.send(message, caller, signal)
    })
    await abortable(settled, signal)
    if (errors.length > 0) throw new ProducerErrors(errors)
  }

  close(options: CallOptions = {}): Promise<void> {
    return this.closeOnce(options, this.closeClient)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private send(message: ProducerMessage, caller: Caller, signal: AbortSignal | undefined): void {
    this.waiting.add(message, caller)
    const admitted = this.core.send(message, { signal })
    if (admitted === ADMITTED) return
    admitted.catch((error: unknown) => {
      if (this.waiting.remove(message, caller)) caller.failed(message, error)
    })
  }
}
