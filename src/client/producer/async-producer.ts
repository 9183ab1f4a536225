import type { CallOptions, ReceiveChannel, SendChannel } from '../channel.ts'
import type { Client } from '../client.ts'
import type { ConfigOptions } from '../config/config.ts'
import { type ProducerError, ProducerErrors } from '../errors/client-errors.ts'
import { withOwnClient } from '../own-client.ts'
import { CoreTransactions } from './core-transactions.ts'
import { type ProducerCore, startCore } from './producer-core.ts'
import type { ProducerMessage } from './producer-message.ts'
import { ProducerResults } from './producer-results.ts'
import type { ProducerTransactions } from './producer-transactions.ts'

/**
 * A producer that messages go into by one channel and come out of by two.
 *
 * With `producer.return.errors` (the default) `errors` must be read, with `producer.return.successes` `successes` too: when more results are unread than
 * `channelBufferSize`, `input` takes no more.
 */
export interface AsyncProducer extends ProducerTransactions, AsyncDisposable {
  /**
   * Takes messages: `send` resolves when there is room for one, and rejects with ErrShuttingDown once the producer is closing. There is no room while 32 MiB of
   * messages are not settled, or too many results are not read.
   */
  readonly input: SendChannel<ProducerMessage>
  /** Messages that were written, with their partition, their offset and their time. */
  readonly successes: ReceiveChannel<ProducerMessage>
  /** Messages that were not, each with its reason. */
  readonly errors: ReceiveChannel<ProducerError>
  /** Begins to close; when all messages are settled `successes` and `errors` are closed. */
  asyncClose(): void
  /**
   * Takes no more messages, waits until those it has are settled, and aborts a transaction that is open. What is in `successes` can still be read.
   * @param options with an aborted signal what is not settled fails with ErrShuttingDown
   * @throws ProducerErrors of what was not read from `errors`: of what a loop over it has not come to, too. `asyncClose` leaves all of it to the loop
   */
  close(options?: CallOptions): Promise<void>
}

/**
 * Makes a client and a producer of it; to close the producer closes both.
 * @param addrs `host:port` of some of the brokers
 * @throws ConfigurationError before any connection, ErrOutOfBrokers when no broker answers, why there is no producer id for an idempotent one
 */
export function newAsyncProducer(
  addrs: readonly string[],
  options: ConfigOptions = {},
  call: CallOptions = {},
): Promise<AsyncProducer> {
  return withOwnClient(addrs, options, call, (client) => start(client, call, () => client.close()))
}

/**
 * Makes a producer of a client, which is still to be closed after it.
 * @throws ErrClosedClient, why there is no producer id for an idempotent producer
 */
export function newAsyncProducerFromClient(client: Client, call: CallOptions = {}): Promise<AsyncProducer> {
  return start(client, call, () => Promise.resolve())
}

async function start(client: Client, call: CallOptions, closeClient: () => Promise<void>): Promise<AsyncProducer> {
  const results = new ProducerResults(client.config)
  return new CoreAsyncProducer(await startCore(client, results, call), results, closeClient)
}

class CoreAsyncProducer extends CoreTransactions implements AsyncProducer {
  readonly input: SendChannel<ProducerMessage>
  private readonly results: ProducerResults
  private readonly closeClient: () => Promise<void>

  constructor(core: ProducerCore, results: ProducerResults, closeClient: () => Promise<void>) {
    super(core)
    this.results = results
    this.closeClient = closeClient
    this.input = { send: (message, options) => core.send(message, options) }
  }

  get successes(): ReceiveChannel<ProducerMessage> {
    return this.results.successes
  }

  get errors(): ReceiveChannel<ProducerError> {
    return this.results.errors
  }

  asyncClose(): void {
    this.closing({}).catch(() => {})
  }

  async close(options: CallOptions = {}): Promise<void> {
    await this.closing(options)
    const unread = this.results.errors.drain()
    if (unread.length > 0) throw new ProducerErrors(unread)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private closing(options: CallOptions): Promise<void> {
    return this.closeOnce(options, () => this.closeClient().finally(() => this.results.close()))
  }
}
