import type { Random } from '../../../src/broker/random.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { type Told, told } from './client.ts'
import { type Program, waitForAll } from './program.ts'
import type { Wire } from './wire.ts'
import { Worker } from './worker.ts'
import type { World } from './world.ts'

/** How a producer works. */
export interface ProducerShape {
  readonly topic: string
  readonly partition: number
  readonly acks: 0 | 1 | -1
  /** KIP-98, without transactions; needs acks=all. */
  readonly idempotent: boolean
  /** How many batches may be under way; 1 without idempotence, so that order is kept. */
  readonly inFlight: number
  readonly requestTimeoutMs: number
  /** After how long a batch is given up. */
  readonly deliveryTimeoutMs: number
  /** How long it waits between batches, ms. */
  readonly thinkMs: number
}

/** A batch of a producer, and what became of it. */
export interface SentBatch {
  readonly producer: ProducerShape
  /** Unique among all. */
  readonly values: readonly string[]
  /** `given up`: it may be in the log, or get there. */
  state: 'waits' | 'acknowledged' | 'given up'
  /** Where it was acknowledged; -1: not told. */
  offset: number
  sequence: number
  readonly createdMs: number
}

/** Errors of which a retry, after new metadata, may get rid. */
const retriable: ReadonlySet<Told> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NETWORK_EXCEPTION',
  'disconnected',
  'timed out',
] satisfies Told[])

/** Sends batches to one partition, in order, as a producer of Kafka does. */
export class Producer extends Worker {
  readonly shape: ProducerShape
  readonly batches: SentBatch[] = []
  /** Answers that no healthy cluster gives. */
  readonly surprises: string[] = []
  private readonly waiting: SentBatch[] = []
  private producerId = -1
  private producerEpoch = -1
  private nextSequence = 0
  /** Whether the partition knows the producer in its epoch. */
  private isKnown = false

  constructor(world: World, id: string, random: Random, shape: ProducerShape) {
    super(world, id, random)
    this.shape = shape
  }

  /** Has it send so many batches, of one to three records each. */
  produce(batches: number): void {
    for (let i = 0; i < batches; i++) {
      const count = 1 + this.random.below(3)
      const values = Array.from({ length: count }, (_, record) => `${this.id}:${this.batches.length}.${record}`)
      const batch: SentBatch = {
        producer: this.shape,
        values,
        state: 'waits',
        offset: -1,
        sequence: -1,
        createdMs: this.world.clock.now(),
      }
      this.batches.push(batch)
      this.waiting.push(batch)
    }
    this.goOn()
  }

  protected *work(): Program<void> {
    const { shape, waiting } = this
    while (waiting.length > 0) {
      if (this.giveUpLate()) continue
      if (shape.idempotent && this.producerId === -1) {
        yield* this.initialize()
        continue
      }
      const known = this.leader(shape.topic, shape.partition)
      if (known === undefined || known.nodeId < 0) {
        yield* this.refresh(shape.topic)
        const found = this.leader(shape.topic, shape.partition)
        if (found === undefined || found.nodeId < 0) yield* this.backOff()
        continue
      }
      // What nobody knows of yet may begin with any sequence: until the first batch is there none overtakes it.
      const window = waiting.slice(0, this.isKnown ? shape.inFlight : 1)
      for (const batch of window) {
        if (batch.sequence !== -1 || !shape.idempotent) continue
        batch.sequence = this.nextSequence
        this.nextSequence += batch.values.length
      }
      const wire = this.wire(known.nodeId)
      const answers = yield* waitForAll(window.map((batch) => this.send(wire, batch)))
      let failed = false
      answers.forEach((answer, i) => {
        const [batch] = window.slice(i, i + 1)
        if (batch === undefined) return
        const { error, offset } = answer
        this.note(`${batch.values[0]} ${error} ${offset}`)
        const unasked = shape.acks === 0 && error === 'no response'
        if (error === 'NONE' || error === 'DUPLICATE_SEQUENCE_NUMBER' || unasked) {
          if (batch.state === 'waits') waiting.splice(waiting.indexOf(batch), 1)
          batch.state = 'acknowledged'
          batch.offset = error === 'NONE' ? offset : -1
          this.isKnown = true
          return
        }
        if (batch.state !== 'waits') return
        // Of those that follow the first failure it says nothing that they are out of order.
        const first = !failed
        failed = true
        if (retriable.has(error) || (!first && error === 'OUT_OF_ORDER_SEQUENCE_NUMBER')) return
        this.surprises.push(`${batch.values[0]} of ${this.id}, sequence ${batch.sequence}: ${error}`)
        if (shape.idempotent) this.giveUpAll()
        else {
          batch.state = 'given up'
          waiting.splice(waiting.indexOf(batch), 1)
        }
      })
      if (!failed) {
        this.succeeded()
        if (shape.thinkMs > 0) yield* this.sleep(shape.thinkMs)
      } else {
        yield* this.refresh(shape.topic)
        yield* this.backOff()
      }
    }
  }

  private send(wire: Wire, { values, sequence, createdMs }: SentBatch) {
    const { shape, producerId, producerEpoch } = this
    // The log keeps the bytes, and stamps them: each attempt has its own.
    const records = buildBatch(
      values.map((value) => ({ value, timestamp: createdMs })),
      sequence === -1 ? {} : { producerId, producerEpoch, baseSequence: sequence },
    )
    const sent = wire.send(
      Produce,
      9,
      {
        transactionalId: null,
        acks: shape.acks,
        // The broker gives up before the client does.
        timeoutMs: Math.floor(0.8 * shape.requestTimeoutMs),
        topicData: [
          { name: shape.topic, topicId: ZERO_UUID, partitionData: [{ index: shape.partition, records: [records] }] },
        ],
      },
      shape.requestTimeoutMs,
    )
    return (resume: (answer: { readonly error: Told; readonly offset: number }) => void) =>
      sent((outcome) => {
        const result = outcome.answer?.responses?.[0]?.partitionResponses?.[0]
        resume({ error: told(outcome, () => result?.errorCode ?? -1), offset: result?.baseOffset ?? -1 })
      })
  }

  private *initialize(): Program<void> {
    const brokers = this.world.cluster.brokers
    const nodeId = brokers[this.random.below(brokers.length)]?.nodeId ?? -1
    const outcome = yield* this.ask(
      nodeId,
      InitProducerId,
      4,
      {
        transactionalId: null,
        transactionTimeoutMs: 60_000,
        producerId: -1,
        producerEpoch: -1,
        enable2Pc: false,
        keepPreparedTxn: false,
      },
      this.shape.requestTimeoutMs,
    )
    if (told(outcome, ({ errorCode }) => errorCode) === 'NONE' && outcome.answer !== undefined) {
      this.producerId = outcome.answer.producerId ?? -1
      this.producerEpoch = outcome.answer.producerEpoch ?? -1
      this.nextSequence = 0
      this.isKnown = false
      this.succeeded()
      this.note(`is producer ${this.producerId}`)
    } else yield* this.backOff()
  }

  /** Whether something had to be given up (`delivery.timeout.ms`). */
  private giveUpLate(): boolean {
    const [first] = this.waiting
    if (first === undefined || this.world.clock.now() - first.createdMs < this.shape.deliveryTimeoutMs) return false
    if (this.shape.idempotent) this.giveUpAll()
    else {
      first.state = 'given up'
      this.waiting.shift()
    }
    return true
  }

  /** What was sent and not acknowledged is given up, and never sent again: the producer goes on in another epoch (KIP-360). */
  private giveUpAll(): void {
    const { waiting } = this
    const sent = waiting.filter(({ sequence }) => sequence !== -1)
    for (const batch of sent) {
      batch.state = 'given up'
      waiting.splice(waiting.indexOf(batch), 1)
    }
    const [first] = waiting
    if (sent.length === 0 && first !== undefined) {
      first.state = 'given up'
      waiting.shift()
    }
    this.nextSequence = 0
    this.isKnown = false
    // Most bump their epoch by themselves; some begin anew.
    if (this.random.below(4) === 0) this.producerId = -1
    else this.producerEpoch++
  }
}
