import type { Random } from '../../../src/broker/random.ts'
import { AddOffsetsToTxn } from '../../../src/protocol/messages/add-offsets-to-txn.ts'
import { AddPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { TxnOffsetCommit } from '../../../src/protocol/messages/txn-offset-commit.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { isUnknown, KeyType, type Told, told } from './client.ts'
import type { Program } from './program.ts'
import { Worker } from './worker.ts'
import type { World } from './world.ts'

export interface TransactionalShape {
  readonly transactionalId: string
  /** The transaction version by which the producer works: 2 has the brokers add partitions, and another epoch each time (KIP-890). */
  readonly version: 1 | 2
  readonly transactionTimeoutMs: number
  readonly requestTimeoutMs: number
}

/** What a transaction is to do. */
export interface TransactionOrder {
  readonly writes: readonly { readonly topic: string; readonly partition: number }[]
  readonly withOffsets: boolean
  /** `crash`: the producer is gone before it ends the transaction. */
  readonly end: 'commit' | 'abort' | 'crash'
  /** How long it takes over each step, ms. */
  readonly thinkMs: number
}

/** A transaction and what its producer knows of it. */
export interface TransactionStory {
  readonly name: string
  readonly index: number
  readonly values: string[]
  /** Whether its offsets were taken. */
  withOffsets: boolean
  /**
   * `uncommitted`: its commit was never asked for, or refused; it is not there in the end. `unknown`: the commit was asked for, and nobody
   * heard what came of it.
   */
  state: 'open' | 'committed' | 'uncommitted' | 'unknown'
}

const GIVE_UP_MS = 90_000

const coordinatorLost: ReadonlySet<Told> = new Set([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'disconnected',
  'timed out',
] satisfies Told[])

const retriable: ReadonlySet<Told> = new Set([
  ...coordinatorLost,
  'COORDINATOR_LOAD_IN_PROGRESS',
  'CONCURRENT_TRANSACTIONS',
  'NOT_LEADER_OR_FOLLOWER',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NETWORK_EXCEPTION',
] satisfies Told[])

/** A producer that writes in transactions; it begins anew when it is fenced or has crashed. */
export class TransactionalProducer extends Worker {
  readonly shape: TransactionalShape
  readonly stories: TransactionStory[] = []
  private readonly orders: TransactionOrder[] = []
  private producerId = -1
  private producerEpoch = -1
  /** The epoch is to go up before anything else, lest what is still under way be taken for what comes next. */
  private isStale = true
  private readonly sequences = new Map<string, number>()

  constructor(world: World, id: string, random: Random, shape: TransactionalShape) {
    super(world, id, random)
    this.shape = shape
  }

  get groupId(): string {
    return `group of ${this.id}`
  }

  transact(order: TransactionOrder): void {
    this.orders.push(order)
    this.goOn()
  }

  protected *work(): Program<void> {
    for (let order = this.orders.shift(); order !== undefined; order = this.orders.shift()) {
      yield* this.initialize()
      yield* this.carryOut(order)
    }
  }

  private *carryOut({ writes, withOffsets, end, thinkMs }: TransactionOrder): Program<void> {
    const story: TransactionStory = {
      name: `${this.id}:${this.stories.length}`,
      index: this.stories.length,
      values: [],
      withOffsets: false,
      state: 'open',
    }
    this.stories.push(story)
    const until = this.world.clock.now() + GIVE_UP_MS
    const added = new Set<string>()
    let well = true
    for (const write of writes) {
      well = yield* this.write(story, write, added, until)
      if (!well) break
      if (thinkMs > 0) yield* this.sleep(thinkMs)
    }
    if (well && withOffsets) well = yield* this.commitOffsets(story, until)
    this.note(`${story.name} ${end} ${well ? 'well' : 'failed'}`)
    if (end === 'crash') {
      story.state = 'uncommitted'
      this.producerId = -1
      this.isStale = true
    } else yield* this.end(story, well && end === 'commit')
  }

  private *initialize(): Program<void> {
    while (this.isStale) {
      const { transactionalId, requestTimeoutMs, transactionTimeoutMs } = this.shape
      const { producerId, producerEpoch } = this
      const nodeId = yield* this.findCoordinator(transactionalId, KeyType.transaction)
      const outcome = yield* this.ask(
        nodeId,
        InitProducerId,
        4,
        {
          transactionalId,
          transactionTimeoutMs,
          producerId,
          producerEpoch: producerId === -1 ? -1 : producerEpoch,
          enable2Pc: false,
          keepPreparedTxn: false,
        },
        requestTimeoutMs,
      )
      const error = told(outcome, ({ errorCode }) => errorCode)
      this.note(`begins: ${error}`)
      if (error === 'NONE') {
        this.producerId = outcome.answer?.producerId ?? -1
        this.producerEpoch = outcome.answer?.producerEpoch ?? -1
        this.sequences.clear()
        this.isStale = false
        this.succeeded()
      } else {
        if (coordinatorLost.has(error)) this.forgetCoordinator(transactionalId)
        // Fenced: the application starts it anew.
        else if (!retriable.has(error)) this.producerId = -1
        yield* this.backOff()
      }
    }
  }

  private *write(
    story: TransactionStory,
    { topic, partition }: TransactionOrder['writes'][number],
    added: Set<string>,
    until: number,
  ): Program<boolean> {
    const key = `${topic}-${partition}`
    const value = `${story.name}.${story.values.length}`
    const { shape, producerId, producerEpoch } = this
    if (shape.version === 1 && !added.has(key)) {
      if (!(yield* this.addPartition(topic, partition, until))) return false
      added.add(key)
    }
    story.values.push(value)
    const sequence = this.sequences.get(key) ?? 0
    this.sequences.set(key, sequence + 1)
    while (this.world.clock.now() < until) {
      const { nodeId } = yield* this.findLeader(topic, partition)
      const records = buildBatch([{ value, timestamp: this.world.clock.now() }], {
        producerId,
        producerEpoch,
        baseSequence: sequence,
        isTransactional: true,
      })
      const outcome = yield* this.ask(
        nodeId,
        Produce,
        shape.version === 2 ? 12 : 11,
        {
          transactionalId: shape.transactionalId,
          acks: -1,
          timeoutMs: Math.floor(0.8 * shape.requestTimeoutMs),
          topicData: [{ name: topic, topicId: ZERO_UUID, partitionData: [{ index: partition, records: [records] }] }],
        },
        shape.requestTimeoutMs,
      )
      const error = told(outcome, ({ responses = [] }) => responses[0]?.partitionResponses?.[0]?.errorCode)
      this.note(`${value} to ${key}: ${error}`)
      if (error === 'NONE' || error === 'DUPLICATE_SEQUENCE_NUMBER') {
        this.succeeded()
        return true
      }
      if (!retriable.has(error)) return false
      yield* this.refresh(topic)
      yield* this.backOff()
    }
    return false
  }

  private *addPartition(topic: string, partition: number, until: number): Program<boolean> {
    return yield* this.askCoordinator(until, (nodeId) => {
      const { shape, producerId, producerEpoch } = this
      return this.map(
        this.ask(
          nodeId,
          AddPartitionsToTxn,
          3,
          {
            transactions: [],
            v3AndBelowTransactionalId: shape.transactionalId,
            v3AndBelowProducerId: producerId,
            v3AndBelowProducerEpoch: producerEpoch,
            v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
          },
          shape.requestTimeoutMs,
        ),
        (outcome) =>
          told(
            outcome,
            ({ resultsByTopicV3AndBelow: results = [] }) => results[0]?.resultsByPartition?.[0]?.partitionErrorCode,
          ),
      )
    })
  }

  private *commitOffsets(story: TransactionStory, until: number): Program<boolean> {
    const { shape, producerId, producerEpoch, groupId } = this
    const { transactionalId, requestTimeoutMs } = shape
    if (shape.version === 1) {
      const added = yield* this.askCoordinator(until, (nodeId) =>
        this.map(
          this.ask(
            nodeId,
            AddOffsetsToTxn,
            3,
            { transactionalId, producerId, producerEpoch, groupId },
            requestTimeoutMs,
          ),
          (outcome) => told(outcome, ({ errorCode }) => errorCode),
        ),
      )
      if (!added) return false
    }
    const topic = this.world.shape.topics[0]?.name ?? ''
    while (this.world.clock.now() < until) {
      const nodeId = yield* this.findCoordinator(groupId, KeyType.group)
      const outcome = yield* this.ask(
        nodeId,
        TxnOffsetCommit,
        shape.version === 2 ? 5 : 4,
        {
          transactionalId,
          groupId,
          producerId,
          producerEpoch,
          generationIdOrMemberEpoch: -1,
          memberId: '',
          groupInstanceId: null,
          topics: [
            {
              name: topic,
              topicId: ZERO_UUID,
              partitions: [
                {
                  partitionIndex: 0,
                  committedOffset: story.index,
                  committedLeaderEpoch: -1,
                  committedMetadata: story.name,
                },
              ],
            },
          ],
        },
        requestTimeoutMs,
      )
      const error = told(outcome, ({ topics = [] }) => topics[0]?.partitions?.[0]?.errorCode)
      this.note(`${story.name} offsets: ${error}`)
      if (error === 'NONE') {
        story.withOffsets = true
        this.succeeded()
        return true
      }
      if (isUnknown(error)) this.isStale = shape.version === 1
      if (coordinatorLost.has(error)) this.forgetCoordinator(groupId)
      else if (!retriable.has(error)) return false
      yield* this.backOff()
    }
    return false
  }

  private *end(story: TransactionStory, committed: boolean): Program<void> {
    const { shape } = this
    const { transactionalId, requestTimeoutMs } = shape
    let isAsked = false
    if (!committed) {
      story.state = 'uncommitted'
      if (shape.version === 1) this.isStale = true
    }
    for (let again = true; again; ) {
      const { producerId, producerEpoch } = this
      const nodeId = yield* this.findCoordinator(transactionalId, KeyType.transaction)
      const outcome = yield* this.ask(
        nodeId,
        EndTxn,
        shape.version === 2 ? 5 : 4,
        { transactionalId, producerId, producerEpoch, committed },
        requestTimeoutMs,
      )
      const error = told(outcome, ({ errorCode }) => errorCode)
      this.note(`${story.name} ${committed ? 'commits' : 'aborts'}: ${error}`)
      if (error === 'NONE') {
        if (committed) story.state = 'committed'
        this.succeeded()
        if (shape.version === 2 && (outcome.answer?.producerId ?? -1) !== -1) {
          this.producerId = outcome.answer?.producerId ?? -1
          this.producerEpoch = outcome.answer?.producerEpoch ?? -1
          this.sequences.clear()
        }
        return
      }
      if (isUnknown(error)) {
        isAsked = true
        // In the same epoch what comes late would end the next transaction.
        if (shape.version === 1) this.isStale = true
      }
      if (coordinatorLost.has(error)) this.forgetCoordinator(transactionalId)
      again = retriable.has(error)
      if (again) yield* this.backOff()
    }
    if (committed) story.state = isAsked ? 'unknown' : 'uncommitted'
    this.producerId = -1
    this.isStale = true
  }

  /** Asks the transaction's coordinator until it says yes, or that there is no use in asking. */
  private *askCoordinator(until: number, ask: (nodeId: number) => Program<Told>): Program<boolean> {
    const { transactionalId } = this.shape
    while (this.world.clock.now() < until) {
      const error = yield* ask(yield* this.findCoordinator(transactionalId, KeyType.transaction))
      this.note(`adds: ${error}`)
      if (error === 'NONE') return true
      if (coordinatorLost.has(error)) this.forgetCoordinator(transactionalId)
      else if (!retriable.has(error)) return false
      yield* this.backOff()
    }
    return false
  }

  private *map<T, U>(program: Program<T>, change: (value: T) => U): Program<U> {
    return change(yield* program)
  }
}
