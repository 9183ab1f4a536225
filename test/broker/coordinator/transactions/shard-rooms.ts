import { BrokerConfig } from '../../../../src/broker/config/broker-config.ts'
import { CoordinatorRuntime } from '../../../../src/broker/coordinator/runtime.ts'
import { addPartitions } from '../../../../src/broker/coordinator/transactions/add-partitions.ts'
import type { Completion } from '../../../../src/broker/coordinator/transactions/completion.ts'
import { endTransaction } from '../../../../src/broker/coordinator/transactions/end-transaction.ts'
import {
  initProducerId,
  type ProducerIdAndEpoch,
} from '../../../../src/broker/coordinator/transactions/init-producer-id.ts'
import type { Transaction } from '../../../../src/broker/coordinator/transactions/transaction.ts'
import type { TransactionRecord } from '../../../../src/broker/coordinator/transactions/transaction-record.ts'
import {
  type TransactionDecision,
  TransactionShard,
} from '../../../../src/broker/coordinator/transactions/transaction-shard.ts'
import { WaitQueue } from '../../../../src/broker/wait-queue.ts'
import { type Reply, Waiting } from '../../../../src/broker/waiting.ts'
import { type ErrorName, KafkaError } from '../../../../src/protocol/errors.ts'
import { everything, type Release } from '../../../../src/protocol/release.ts'
import { ManualClock } from '../../manual-clock.ts'
import { TestLog } from '../test-log.ts'

export const TX = 'tx'

/** What an operation came to: its answer, or the name of its error. */
export type Outcome<T> = { value: T } | { error: ErrorName } | 'waits'

/** The transactions of one partition, on a log whose followers keep up only when told; markers are written when told. */
export class ShardRooms {
  readonly clock: ManualClock = new ManualClock()
  readonly queue: WaitQueue = new WaitQueue(this.clock)
  log: TestLog = new TestLog()
  /** Whose markers are to be written. */
  readonly completions: Completion[] = []
  /** Whether markers are written at once. */
  marksAtOnce = true
  version: 0 | 2
  nextProducerId = 100
  private runtime: CoordinatorRuntime<TransactionRecord, TransactionShard>
  private readonly config: Readonly<Record<string, string>>
  private readonly release: Release

  constructor(version: 0 | 2, config: Readonly<Record<string, string>> = {}, release: Release = everything) {
    this.version = version
    this.config = config
    this.release = release
    this.runtime = this.start()
  }

  /** Another coordinator takes the log over. */
  move(): void {
    this.completions.length = 0
    const { log } = this
    this.log = new TestLog()
    this.queue.turn(() => this.runtime.leadershipChanged(0))
    this.log = log
    this.runtime = this.start()
    this.queue.turn(() => this.runtime.leadershipChanged(0))
  }

  init(expected?: ProducerIdAndEpoch, timeoutMs = 60_000): Outcome<string> {
    const options = { transactionalId: TX, timeoutMs, ...(expected === undefined ? {} : { expected }) }
    return this.carryOut((shard) => initProducerId(shard, options), told)
  }

  add(producer: ProducerIdAndEpoch, ...partitions: number[]): Outcome<undefined> {
    const topics = [{ topic: 'orders', partitions }]
    const operation = (shard: TransactionShard) =>
      addPartitions(shard, { transactionalId: TX, ...producer, topics }, this.version)
    return this.carryOut(operation, () => undefined)
  }

  end(producer: ProducerIdAndEpoch, committed: boolean): Outcome<string> {
    const request = { transactionalId: TX, ...producer, committed, clientTransactionVersion: this.version }
    return this.carryOut((shard) => endTransaction(shard, request), told)
  }

  /** What is committed. */
  describe(): Transaction | undefined {
    return this.runtime.read(0, (shard, committed) => shard.findAsOf(TX, committed))
  }

  get state(): string | undefined {
    return this.describe()?.state
  }

  get producer(): ProducerIdAndEpoch {
    const { producerId = -1, producerEpoch = -1 } = this.describe() ?? {}
    return { producerId, producerEpoch }
  }

  /** Puts what it looks like into the log, as a coordinator before this one would have. */
  remember(transaction: Partial<Transaction>): void {
    const before = this.describe()
    if (before === undefined) throw new Error('there is no transaction')
    this.carryOut(
      (shard) => shard.transit({ ...before, ...transaction }, () => undefined),
      () => undefined,
    )
    this.move()
  }

  /** The markers of a transaction are written. */
  mark(): void {
    for (const completion of this.completions.splice(0)) this.markOf(completion)
  }

  carryOut<T, U>(operation: (shard: TransactionShard) => TransactionDecision<T>, tell: (answer: T) => U): Outcome<U> {
    let outcome: Outcome<U> = 'waits'
    const failed = (error: unknown): void => {
      if (!(error instanceof KafkaError)) throw error
      outcome = { error: error.error }
    }
    const done = (answer: T): void => {
      outcome = { value: tell(answer) }
    }
    this.queue.turn(() => {
      try {
        const reply: Reply<T> = this.runtime.write(0, operation)
        if (reply instanceof Waiting) this.queue.await(reply, { done, failed })
        else done(reply)
      } catch (error) {
        failed(error)
      }
    })
    return outcome
  }

  private start(): CoordinatorRuntime<TransactionRecord, TransactionShard> {
    const { queue, clock, release } = this
    const surroundings = {
      config: new BrokerConfig(this.config, 1),
      clock,
      release,
      startedMs: clock.now(),
      transactionVersion: () => this.version,
      generateProducerId: () => this.nextProducerId++,
      sendMarkers: (completion: Completion): void => {
        if (this.marksAtOnce) queue.post(() => this.markOf(completion))
        else this.completions.push(completion)
      },
    }
    return new CoordinatorRuntime<TransactionRecord, TransactionShard>({
      queue,
      log: () => this.log,
      createShard: (context, index) => new TransactionShard(context, index, surroundings),
      commitTimeoutMs: () => undefined,
      loadBufferBytes: () => 1_000_000,
      baseSequence: -1,
    })
  }

  private markOf(completion: Completion): void {
    if (!completion.isCancelled)
      this.carryOut(
        (shard) => shard.writeCompletion(completion),
        () => undefined,
      )
  }
}

function told({ producerId, producerEpoch }: ProducerIdAndEpoch): string {
  return `${producerId}/${producerEpoch}`
}
