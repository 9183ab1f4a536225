import { ErrorCode } from '../../protocol/errors.ts'
import type { BrokerSender } from './broker-sender.ts'
import type { Encoded } from './message-check.ts'
import { PartitionRecovery } from './partition-recovery.ts'
import { PartitionSequence } from './partition-sequence.ts'
import type { PartitionAnswer } from './produce-answer.ts'
import { ProducerBatch } from './producer-batch.ts'
import type { ProducerContext } from './producer-context.ts'
import type { ProducerMessage } from './producer-message.ts'
import { ProducerTxnFlagInError } from './transaction-manager.ts'
import { mayBeAppended, type ProduceFailure, verdictOf } from './verdict.ts'

/**
 * The messages of one partition from the moment they are taken until they are settled, in their order.
 *
 * A batch is open (messages join it), then sealed, then unsettled: sent at least once. After a failure nothing more goes out until everything in flight has
 * come back; then what was not written goes out again, first of all and in its order.
 */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  private readonly context: ProducerContext
  private readonly sequence = new PartitionSequence()
  private readonly recovery: PartitionRecovery
  private openBatch: ProducerBatch | undefined
  private sealed: ProducerBatch[] = []
  /** In the order of their sequence numbers. */
  private unsettled: ProducerBatch[] = []
  /** Of the unsettled those that are to go out again. */
  private again: ProducerBatch[] = []
  private inFlight = 0
  /** Whether something failed of what was in flight together; what is left of it is being waited for. */
  private isFailing = false
  private sender: BrokerSender | undefined
  private expectedSize = 0

  constructor(context: ProducerContext, topic: string, partition: number) {
    this.context = context
    this.topic = topic
    this.partition = partition
    this.recovery = new PartitionRecovery(context, this)
  }

  /** The batch that messages still join, unless it is due anyway. */
  get gathering(): ProducerBatch | undefined {
    return this.openBatch?.due === false ? this.openBatch : undefined
  }

  /** Whether nothing waits and nothing is in flight. */
  get isIdle(): boolean {
    return this.inFlight === 0 && this.first() === undefined && this.unsettled.length === 0
  }

  /** Puts a message at the end. @throws what no batch can hold */
  append(message: ProducerMessage, key: Encoded, value: Encoded, timestamp: number, weight: number): void {
    const { producer } = this.context.config
    let batch = this.openBatch
    if (
      batch !== undefined &&
      (batch.size + weight > producer.maxMessageBytes ||
        (producer.flush.maxMessages > 0 && batch.count >= producer.flush.maxMessages))
    ) {
      this.seal(batch)
      batch = undefined
    }
    if (batch === undefined) {
      const capacity = Math.min(this.expectedSize + (this.expectedSize >> 3), producer.maxMessageBytes)
      batch = new ProducerBatch(this.context.format, capacity)
      batch.append(message, key, value, timestamp, weight)
      this.openBatch = batch
    } else {
      batch.append(message, key, value, timestamp, weight)
    }
    if (this.context.isEager) batch.due = true
    else this.sender?.gathered(1, weight)
    this.goOn()
  }

  /** Lets go out what is there. */
  flush(): void {
    if (this.openBatch !== undefined) this.openBatch.due = true
    this.goOn()
  }

  /** The batch that may go out now to this broker. */
  peek(sender: BrokerSender): ProducerBatch | undefined {
    if (this.sender !== sender || this.isFailing || this.recovery.isBusy) return undefined
    if (this.inFlight > 0 && this.inFlight >= this.maxInFlight) return undefined
    const batch = this.first()
    if (batch === undefined || !batch.due) return undefined
    if (this.isStale(sender)) {
      if (this.inFlight === 0) this.relocate()
      return undefined
    }
    if (this.abortIfBroken()) return undefined
    const { transactions } = this.context
    if (transactions.isTransactional && transactions.needsPublishing(this.topic, this.partition)) {
      this.recovery.publish()
      return undefined
    }
    return batch.sequence !== null || !this.context.isSequenced || this.mayNumber() ? batch : undefined
  }

  /** Takes out the batch that {@link peek} has shown. */
  take(batch: ProducerBatch): void {
    if (batch === this.again[0]) this.again.shift()
    else {
      if (batch === this.sealed[0]) this.sealed.shift()
      else this.openBatch = undefined
      this.expectedSize = Math.max(batch.size, this.expectedSize >> 1)
      if (this.context.isSequenced) this.sequence.number(batch)
      this.unsettled.push(batch)
    }
    this.inFlight++
    batch.attempts++
  }

  /** A batch was answered, or is known not to be. */
  answered(batch: ProducerBatch, answer: PartitionAnswer): void {
    this.inFlight--
    const place = this.unsettled.indexOf(batch)
    // It was given up.
    if (place < 0) return
    const { error } = answer
    if (error === null) this.settle(place, batch, answer)
    else this.judge(place, batch, error, answer)
    if (!this.isFailing) this.goOn()
    else if (this.inFlight === 0) {
      this.isFailing = false
      this.again = [...this.unsettled]
      this.recovery.start()
    }
  }

  /** Some messages of a batch cannot be sent to this broker, and those alone fail. */
  sifted(batch: ProducerBatch, isRefused: (message: ProducerMessage) => boolean, error: Error): void {
    this.inFlight--
    const place = this.unsettled.indexOf(batch)
    if (place < 0) return
    const kept: ProducerBatch[] = []
    const { messages } = batch
    const runs = [...messages.keys()].filter(
      (i) => i > 0 && isRefused(at(messages, i)) !== isRefused(at(messages, i - 1)),
    )
    for (const part of batch.split(runs, this.context.config.clock.now())) {
      part.attempts--
      if (isRefused(at(part.messages, 0))) this.context.failed(part, this.partition, () => error)
      else kept.push(part)
    }
    this.unsettled.splice(place, 1, ...kept)
    this.again = [...this.unsettled]
    this.goOn()
  }

  /** Batches that wait to go out, those that were sent before first. */
  waiting(): ProducerBatch[] {
    const { again, sealed, openBatch } = this
    return openBatch === undefined ? [...again, ...sealed] : [...again, ...sealed, openBatch]
  }

  /** Fails some of the batches that wait. */
  drop(isLost: (batch: ProducerBatch) => boolean, error: Error): void {
    const lost = new Set(this.waiting().filter(isLost))
    if (lost.size === 0) return
    const keep = (batch: ProducerBatch): boolean => !lost.has(batch)
    this.again = this.again.filter(keep)
    this.unsettled = this.unsettled.filter(keep)
    this.sealed = this.sealed.filter(keep)
    if (this.openBatch !== undefined && lost.has(this.openBatch)) this.openBatch = undefined
    for (const batch of lost) {
      if (batch.sequence !== null) this.leaveGap(batch)
      this.fail(batch, () => error)
    }
  }

  /** Fails everything, what is in flight too: its answers are of no consequence any more. */
  abandon(error: Error): void {
    const lost = new Set([...this.unsettled, ...this.waiting()])
    this.unsettled = []
    this.again = []
    this.sealed = []
    this.openBatch = undefined
    for (const batch of lost) this.fail(batch, () => error)
  }

  /** Begins the sequence numbers anew under the producer's id and epoch. Nothing is in flight. */
  restartSequence(): void {
    this.sequence.restart(this.context.transactions, this.unsettled)
  }

  /** Whether another broker than the one that was asked leads the partition by now. */
  get hasOtherLeader(): boolean {
    const known = this.context.client.knownLeader(this.topic, this.partition)
    return known !== undefined && known.leader !== this.sender?.broker
  }

  /** Whether the partition's sequence numbers are those of the producer's present id and epoch. */
  get isCurrent(): boolean {
    return this.sequence.isOf(this.context.transactions)
  }

  /** Goes to the broker that leads the partition, or has it found. */
  relocate(): void {
    const known = this.context.client.knownLeader(this.topic, this.partition)
    if (known === undefined) {
      this.attach(undefined)
      this.recovery.findLeader()
    } else {
      this.attach(this.context.senderOf(known.leader))
      this.goOn()
    }
  }

  /** Sees to it that what waits goes out when it can. */
  goOn(): void {
    if (this.isFailing || this.recovery.isBusy) return
    const next = this.first()
    if (next === undefined) return
    if (this.sender === undefined) this.relocate()
    else if (next.due) this.sender.wake(this)
  }

  private get maxInFlight(): number {
    return this.sequence.isKnown ? this.context.maxInFlightPerPartition : 1
  }

  private first(): ProducerBatch | undefined {
    return this.again[0] ?? this.sealed[0] ?? this.openBatch
  }

  private seal(batch: ProducerBatch): void {
    batch.due = true
    this.sealed.push(batch)
    this.openBatch = undefined
  }

  private isStale(sender: BrokerSender): boolean {
    const known = this.context.client.knownLeader(this.topic, this.partition)
    return known === undefined || known.leader !== sender.broker
  }

  private attach(sender: BrokerSender | undefined): void {
    if (this.sender === sender) return
    this.sender?.detach(this)
    this.sender = sender
    sender?.attach(this)
  }

  /** Whether a batch may get a sequence number: not while batches of another id or epoch are in flight. */
  private mayNumber(): boolean {
    const { transactions } = this.context
    if (transactions.producerId < 0) return false
    if (this.isCurrent) return true
    if (this.unsettled.length > 0) return false
    this.restartSequence()
    return true
  }

  private settle(place: number, batch: ProducerBatch, { baseOffset, logAppendTimeMs }: PartitionAnswer): void {
    this.unsettled.splice(place, 1)
    this.sequence.acknowledged(batch, baseOffset)
    this.context.succeeded(batch, this.partition, baseOffset, logAppendTimeMs)
  }

  private judge(place: number, batch: ProducerBatch, error: Error, answer: PartitionAnswer): void {
    const { transactions, config, isSequenced } = this.context
    const { code } = error as ProduceFailure
    if (mayBeAppended(code)) batch.mayBeAppended = true
    // The end of the producer's last transaction is waited for as a coordinator is, be it a leader that tells of it (KIP-890).
    const { retry } = code === ErrorCode.CONCURRENT_TRANSACTIONS ? config.producer.transaction : config.producer
    const verdict = verdictOf(error as ProduceFailure, {
      count: batch.count,
      mayRetry: batch.attempts <= retry.max && !this.context.signal.aborted,
      isSequenced,
      isTransactional: transactions.isTransactional,
      isFirst: place === 0,
      lastAckedOffset: this.sequence.lastAckedOffset,
      logStartOffset: answer.logStartOffset,
    })
    if (verdict === 'succeed') {
      this.settle(place, batch, { ...answer, baseOffset: -1, logAppendTimeMs: -1 })
      return
    }
    if (verdict === 'split') {
      const parts = batch.split([batch.count >> 1], config.clock.now())
      for (const part of parts) part.attempts--
      this.unsettled.splice(place, 1, ...parts)
    } else if (verdict === 'fail') {
      this.unsettled.splice(place, 1)
      if (isSequenced) this.leaveGap(batch)
      this.fail(batch, answer.errorOf)
      // What follows it, of which some may be in flight, is out of order.
      if (!isSequenced) return
    } else {
      this.recovery.because(error, verdict === 'restart')
    }
    this.isFailing = true
  }

  /** A batch will never be written: its sequence numbers are missing. */
  private leaveGap(batch: ProducerBatch): void {
    // Whether it was written is not known: if not, the next one is told so, and starts again then.
    if (batch.mayBeAppended) return
    // A transaction that lacks something can only be aborted, which gives the producer another epoch where the brokers know how (KIP-360).
    if (this.context.transactions.isTransactional) this.sequence.takeBack(batch)
    else this.recovery.because(null, true)
  }

  private fail(batch: ProducerBatch, errorOf: (index: number) => Error): void {
    this.context.failed(batch, this.partition, errorOf)
  }

  /** Fails what waits when its transaction can only be aborted. */
  private abortIfBroken(): boolean {
    const { transactions } = this.context
    if (!transactions.isTransactional || (transactions.status & ProducerTxnFlagInError) === 0) return false
    this.drop(() => true, transactions.lastError ?? new Error('the transaction has failed'))
    return true
  }
}

function at(messages: readonly ProducerMessage[], index: number): ProducerMessage {
  return messages[index] as ProducerMessage
}
