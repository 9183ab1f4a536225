import { ErrorCode } from '../../protocol/errors.ts'
import { type BatchVerdict, mayBeAppended, type ProduceFailure, verdictOnBatch } from './batch-verdict.ts'
import type { BrokerSender } from './broker-sender.ts'
import type { Encoded } from './message-check.ts'
import { PartitionBatches } from './partition-batches.ts'
import { PartitionRecovery } from './partition-recovery.ts'
import { PartitionSequence } from './partition-sequence.ts'
import type { PartitionAnswer } from './produce-answer.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ProducerContext } from './producer-context.ts'
import type { ProducerMessage } from './producer-message.ts'
import { ProducerTxnFlagInError } from './transactions/txn-status.ts'

/**
 * The messages of one partition from the moment they are taken until they are settled, in their order.
 *
 * After a failure nothing more goes out until everything in flight has come back; then what was not written goes out again, first of all and in its order.
 */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  private readonly context: ProducerContext
  private readonly batches: PartitionBatches
  private readonly sequence = new PartitionSequence()
  private readonly recovery: PartitionRecovery
  private inFlight = 0
  /** Whether something failed of what was in flight together; what is left of it is being waited for. */
  private isFailing = false
  private sender: BrokerSender | undefined

  constructor(context: ProducerContext, topic: string, partition: number) {
    const { maxMessageBytes: maxBytes, flush } = context.config.producer
    this.context = context
    this.topic = topic
    this.partition = partition
    this.batches = new PartitionBatches(context.format, { maxBytes, maxMessages: flush.maxMessages })
    this.recovery = new PartitionRecovery(context, this)
  }

  /** What `producer.flush` holds back. */
  get gathering(): ProducerBatch | undefined {
    return this.batches.gathering
  }

  /** Whether nothing waits and nothing is in flight. */
  get isIdle(): boolean {
    return this.inFlight === 0 && this.batches.first === undefined && this.batches.sent.length === 0
  }

  /** Batches that wait to go out, those that were sent before first. */
  get waiting(): readonly ProducerBatch[] {
    return this.batches.waiting
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

  /** Whether some batches would perhaps be written twice if their sequence numbers began anew. */
  get isInDoubt(): boolean {
    return this.batches.sent.some((batch) => batch.mayBeAppended && this.sequence.isBeforeGap(batch))
  }

  /** Puts a message at the end. @throws what no batch can hold */
  append(message: ProducerMessage, key: Encoded, value: Encoded, timestamp: number, weight: number): void {
    const batch = this.batches.append(message, key, value, timestamp, weight)
    // It goes out when it can.
    if (batch.due) return
    if (this.context.isEager) batch.due = true
    else this.sender?.gathered(1, weight)
    this.goOn()
  }

  /** Lets go out what is there. */
  flush(): void {
    this.batches.flush()
    this.goOn()
  }

  /** The batch that may go out now to this broker. */
  peek(sender: BrokerSender): ProducerBatch | undefined {
    if (this.sender !== sender || this.isFailing || this.recovery.isBusy) return undefined
    if (this.inFlight > 0 && this.inFlight >= this.maxInFlight) return undefined
    const batch = this.batches.first
    if (batch === undefined || !batch.due) return undefined
    const { client, transactions, isSequenced } = this.context
    if (client.knownLeader(this.topic, this.partition)?.leader !== sender.broker) {
      if (this.inFlight === 0) this.relocate()
      return undefined
    }
    if (this.recovery.isPostponed && !this.sequence.isBeforeGap(batch)) {
      if (this.inFlight === 0) this.recovery.start()
      return undefined
    }
    if (this.abortIfBroken()) return undefined
    if (transactions.isTransactional && transactions.needsPublishing(this.topic, this.partition)) {
      this.recovery.publish()
      return undefined
    }
    return batch.sequence !== null || !isSequenced || this.mayNumber() ? batch : undefined
  }

  /** Takes out the batch that {@link peek} has shown. */
  take(batch: ProducerBatch): void {
    const isNew = this.batches.take(batch)
    if (isNew && this.context.isSequenced) this.sequence.number(batch)
    this.inFlight++
    batch.attempts++
  }

  /** A batch was answered, or is known not to be. */
  answered(batch: ProducerBatch, answer: PartitionAnswer): void {
    this.inFlight--
    // Else it was given up.
    if (this.batches.sent.includes(batch)) {
      if (answer.error === null) this.settle(batch, answer)
      else this.judge(batch, answer.error, answer)
    }
    if (!this.isFailing) this.goOn()
    else if (this.inFlight === 0) {
      this.isFailing = false
      this.batches.repeat()
      this.recovery.start()
    }
  }

  /** Some messages of a batch cannot be sent to this broker, and those alone fail. */
  sifted(batch: ProducerBatch, isRefused: (message: ProducerMessage) => boolean, error: Error): void {
    this.inFlight--
    if (!this.batches.sent.includes(batch)) return
    const refused = batch.messages.map(isRefused)
    const bounds = [...refused.keys()].filter((i) => i > 0 && refused[i] !== refused[i - 1])
    const parts = this.partsOf(batch, bounds)
    this.batches.replace(batch, parts)
    this.batches.repeat()
    this.drop(({ messages: [first] }) => first !== undefined && isRefused(first), error)
    this.goOn()
  }

  /** Fails some of the batches that wait. */
  drop(isLost: (batch: ProducerBatch) => boolean, error: Error): void {
    for (const batch of this.batches.drop(isLost)) {
      if (batch.sequence !== null) this.leaveGap(batch)
      this.context.failed(batch, this.partition, () => error)
    }
  }

  /** Fails everything, what is in flight too: its answers are of no consequence any more. */
  abandon(error: Error): void {
    for (const batch of this.batches.clear()) this.context.failed(batch, this.partition, () => error)
  }

  /** Begins the sequence numbers anew under the producer's id and epoch. Nothing is in flight. */
  restartSequence(): void {
    this.sequence.restart(this.context.transactions, this.batches.sent)
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
    const { first } = this.batches
    if (first === undefined) return
    if (this.sender === undefined) this.relocate()
    else if (first.due) this.sender.wake(this)
  }

  private get maxInFlight(): number {
    return this.sequence.isKnown ? this.context.maxInFlightPerPartition : 1
  }

  private attach(sender: BrokerSender | undefined): void {
    if (this.sender === sender) return
    this.sender?.detach(this)
    this.sender = sender
    sender?.attach(this)
  }

  /** Whether a batch may get a sequence number: not while batches of another id or epoch are in flight. */
  private mayNumber(): boolean {
    if (this.context.transactions.producerId < 0) return false
    if (this.isCurrent) return true
    if (this.batches.sent.length > 0) return false
    this.restartSequence()
    return true
  }

  private settle(batch: ProducerBatch, { baseOffset, logAppendTimeMs }: PartitionAnswer): void {
    this.batches.replace(batch)
    this.sequence.acknowledged(batch, baseOffset)
    this.context.succeeded(batch, this.partition, baseOffset, logAppendTimeMs)
  }

  private judge(batch: ProducerBatch, error: Error, answer: PartitionAnswer): void {
    if (mayBeAppended((error as ProduceFailure).code)) batch.mayBeAppended = true
    switch (this.verdictOn(batch, error, answer)) {
      case 'succeed':
        this.settle(batch, { ...answer, baseOffset: -1, logAppendTimeMs: -1 })
        return
      case 'split':
        this.batches.replace(batch, this.partsOf(batch, [batch.count >> 1]))
        break
      case 'fail':
        this.batches.replace(batch)
        if (this.context.isSequenced) this.leaveGap(batch)
        this.context.failed(batch, this.partition, answer.errorOf)
        // What follows it, of which some may be in flight, is out of order.
        if (!this.context.isSequenced) return
        break
      case 'restart':
        // Where its number is not the next one, or nothing is known of the producer, it was not written under it.
        batch.mayBeAppended = false
        this.recovery.because(error, true)
        break
      case 'retry':
        this.recovery.because(error, false)
    }
    this.isFailing = true
  }

  private verdictOn(batch: ProducerBatch, error: Error, { logStartOffset }: PartitionAnswer): BatchVerdict {
    const { transactions, config, isSequenced, signal } = this.context
    const { code } = error as ProduceFailure
    // The end of the producer's last transaction is waited for as a coordinator is, be it a leader that tells of it (KIP-890).
    const { retry } = code === ErrorCode.CONCURRENT_TRANSACTIONS ? config.producer.transaction : config.producer
    return verdictOnBatch(error as ProduceFailure, {
      count: batch.count,
      mayRetry: batch.attempts <= retry.max && !signal.aborted,
      isSequenced,
      isTransactional: transactions.isTransactional,
      isFirst: batch === this.batches.sent[0],
      lastAckedOffset: this.sequence.lastAckedOffset,
      logStartOffset,
    })
  }

  /** Smaller batches of the same messages, for which the attempt does not count; those that can be encoded no more fail. */
  private partsOf(batch: ProducerBatch, bounds: readonly number[]): ProducerBatch[] {
    try {
      const parts = batch.split(bounds, this.context.config.clock.now())
      for (const part of parts) part.attempts--
      return parts
    } catch (error) {
      if (this.context.isSequenced) this.leaveGap(batch)
      this.context.failed(batch, this.partition, () => error as Error)
      return []
    }
  }

  /** A batch will never be written: its sequence numbers are missing. */
  private leaveGap(batch: ProducerBatch): void {
    // Whether it was written is not known: if not, the next one is told so, and starts again then.
    if (batch.mayBeAppended) return
    // A transaction that lacks something can only be aborted, which gives the producer another epoch where the brokers know how (KIP-360).
    if (this.context.transactions.isTransactional) this.sequence.takeBack(batch)
    else {
      this.sequence.leaveGap(batch)
      this.recovery.because(null, true)
    }
  }

  /** Fails what waits when its transaction can only be aborted. */
  private abortIfBroken(): boolean {
    const { transactions } = this.context
    if (!transactions.isTransactional || (transactions.status & ProducerTxnFlagInError) === 0) return false
    this.drop(() => true, transactions.lastError ?? new Error('the transaction has failed'))
    return true
  }
}
