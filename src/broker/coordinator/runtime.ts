import { KafkaError } from '../../protocol/errors.ts'
import type { CompressionType } from '../../protocol/records/batch-layout.ts'
import type { MetadataChange } from '../controller/metadata-image.ts'
import type { Gate } from '../gate.ts'
import type { TransactionMarker } from '../log/transactions.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { Reply } from '../waiting.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import { RunningShard, type TransactionalProducer } from './running-shard.ts'
import type { CoordinatorShard, Decision, ShardContext } from './shard.ts'

/** What a runtime is made with. */
export interface RuntimeOptions<R, S extends CoordinatorShard<R>> {
  readonly queue: WaitQueue
  /** The log of a partition of the internal topic, if this broker leads it. */
  log(index: number): CoordinatorLog | undefined
  createShard(context: ShardContext<R>, index: number): S
  /** How long an operation waits for its records to be committed, in ms; undefined: as long as the shard is here. */
  commitTimeoutMs(): number | undefined
  /** How many bytes of a log are read at once when a shard loads; a batch that is longer is read whole. */
  loadBufferBytes(): number
  /** Loads wait while it is closed; left out: nothing keeps them. */
  readonly loads?: Gate
  /** The codec of the batches; left out: none. */
  compression?(): CompressionType
  /** What stands in the batches as their first sequence number; left out: 0, as Kafka's group coordinator has it. */
  readonly baseSequence?: number
}

/**
 * Runs the shards of a coordinator, one for each partition of its internal topic that this broker leads, as Kafka's
 * `CoordinatorRuntime`. An operation decides on records and an answer; the records are appended as one batch; replaying
 * them changes what is remembered; the answer is given when the high watermark has passed them. An append that fails
 * leaves no trace. A shard loads itself from its log, which takes no time here unless a test holds it back.
 */
export class CoordinatorRuntime<R, S extends CoordinatorShard<R>> {
  private readonly options: RuntimeOptions<R, S>
  private readonly shards = new Map<number, RunningShard<R, S>>()
  /** The shards that are to be loaded. */
  private readonly loading = new Set<number>()

  constructor(options: RuntimeOptions<R, S>) {
    this.options = options
    if (options.loads !== undefined) options.queue.whenever([options.loads.opened], () => this.loadAll())
  }

  /** Carries out an operation that may write. Throws NOT_COORDINATOR when the shard is not here. */
  write<T>(index: number, operation: (shard: S) => Decision<R, T>): Reply<T> {
    const running = this.running(index)
    return running.carryOut(operation(running.shard))
  }

  /**
   * Carries out an operation whose records are part of a producer's transaction: they are replayed as its own, and stand in one
   * batch. Throws NOT_COORDINATOR when the shard is not here.
   */
  writeTransactional<T>(
    index: number,
    producer: TransactionalProducer,
    operation: (shard: S) => Decision<R, T>,
  ): Reply<T> {
    const running = this.running(index)
    return running.carryOut(operation(running.shard), producer)
  }

  /**
   * Writes the marker that ends a producer's transaction, and replays it; answers when it is committed.
   * @throws KafkaError NOT_COORDINATOR when the shard is not here; what the log says of the append, or of the wait, as it is
   */
  completeTransaction(index: number, marker: TransactionMarker): Reply<void> {
    return this.running(index).completeTransaction(marker)
  }

  /** Asks a shard for what is committed. Throws NOT_COORDINATOR when the shard is not here. */
  read<T>(index: number, query: (shard: S, committed: number) => T): T {
    const { shard, log } = this.running(index)
    return query(shard, log.highWatermark)
  }

  /** Asks every shard that is here. Throws COORDINATOR_LOAD_IN_PROGRESS while one of them is not loaded. */
  readAll<T>(query: (shard: S, committed: number) => T): T[] {
    if (this.loading.size > 0) throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS')
    return [...this.shards.values()].map(({ shard, log }) => query(shard, log.highWatermark))
  }

  /** Carries out an operation on every shard that is here; where a log refuses it, nobody is told. */
  writeAll(operation: (shard: S) => Decision<R, unknown>): void {
    for (const running of [...this.shards.values()]) running.carryOutAlone(operation(running.shard))
  }

  /** Loads and lets go of shards after a change in the image; `topic` is the internal topic that they are kept in. */
  metadataChanged(topic: string, { deletedTopics, createdTopics, changedPartitions }: MetadataChange): void {
    for (const { name, partitions } of [...deletedTopics, ...createdTopics]) {
      if (name === topic) for (const { index } of partitions) this.leadershipChanged(index)
    }
    for (const changed of changedPartitions) {
      if (changed.topic.name === topic) this.leadershipChanged(changed.after.index)
    }
  }

  /** Loads or lets go of a shard, after a change of who leads its partition. */
  leadershipChanged(index: number): void {
    const log = this.options.log(index)
    const running = this.shards.get(index)
    if (running !== undefined && running.log !== log) {
      this.shards.delete(index)
      running.unload()
    }
    if (log === undefined) this.loading.delete(index)
    // A shard with nothing to remember is made when someone asks for it.
    if (log === undefined || log.logEndOffset === log.logStartOffset || this.shards.has(index)) return
    this.loading.add(index)
    this.loadAll()
  }

  private loadAll(): void {
    if (this.options.loads?.isClosed) return
    for (const index of [...this.loading]) this.running(index)
  }

  private running(index: number): RunningShard<R, S> {
    const known = this.shards.get(index)
    if (known !== undefined) return known
    const log = this.options.log(index)
    if (log === undefined) throw new KafkaError('NOT_COORDINATOR')
    if (this.options.loads?.isClosed) {
      this.loading.add(index)
      throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS')
    }
    this.loading.delete(index)
    const running = new RunningShard(this.options, log, index)
    this.shards.set(index, running)
    running.load()
    return running
  }
}
