import { Produce } from '../../protocol/messages/produce.ts'
import type { Broker } from '../broker.ts'
import { NoResponse } from '../config/options.ts'
import { ErrNotLeaderForPartition } from '../errors/kafka-errors.ts'
import type { Timer } from '../time.ts'
import type { PartitionQueue } from './partition-queue.ts'
import { failedAnswer, ProduceAnswer, UNANSWERED } from './produce-answer.ts'
import { HeadersRefused, hasHeaders, maxProduceVersion, produceRequest, type Shipment } from './produce-request.ts'
import type { ProducerContext } from './producer-context.ts'

/** How many bytes of batches make a request that another is put beside rather than that it grows. */
const REQUEST_BYTES = 1024 * 1024
/** What a request has beside its batches, at most (Sarama's guess). */
const REQUEST_OVERHEAD = 10 * 1024

/** Sends the batches of the partitions that one broker leads. */
export class BrokerSender {
  readonly broker: Broker
  private readonly context: ProducerContext
  private readonly queues = new Set<PartitionQueue>()
  /** Those that may have something to send, in the order in which it is their turn. */
  private readonly woken = new Set<PartitionQueue>()
  private inFlight = 0
  private isPlanned = false
  /** Whether something was written over its connection that is not answered. */
  private hasPosted = false
  /** What is held back by `producer.flush`. */
  private messages = 0
  private bytes = 0
  private timer: Timer | undefined

  constructor(context: ProducerContext, broker: Broker) {
    this.context = context
    this.broker = broker
  }

  attach(queue: PartitionQueue): void {
    this.queues.add(queue)
    const { gathering } = queue
    if (gathering !== undefined) this.gathered(gathering.count, gathering.weight)
  }

  detach(queue: PartitionQueue): void {
    this.queues.delete(queue)
    this.woken.delete(queue)
    if (this.queues.size === 0) this.rest()
    this.retire()
  }

  /** Messages have joined batches that are not due: whether they are by now, `producer.flush` says. */
  gathered(messages: number, bytes: number): void {
    const { flush } = this.context.config.producer
    this.messages += messages
    this.bytes += bytes
    if (
      (flush.messages > 0 && this.messages >= flush.messages) ||
      (flush.bytes > 0 && this.bytes >= flush.bytes) ||
      (flush.maxMessages > 0 && this.messages >= flush.maxMessages)
    ) {
      this.flush()
    } else if (flush.frequency > 0) {
      this.timer ??= this.context.config.clock.setTimer(flush.frequency, () => this.flush())
    }
  }

  /** A partition may have something to send. */
  wake(queue: PartitionQueue): void {
    this.woken.add(queue)
    if (this.isPlanned || this.inFlight >= this.context.config.net.maxOpenRequests) return
    this.isPlanned = true
    // Not before whoever sends has had the chance to send more.
    process.nextTick(this.drain)
  }

  /** Holds nothing back any longer of what is there. */
  flush(): void {
    this.rest()
    for (const queue of this.queues) queue.flush()
  }

  private rest(): void {
    this.timer?.cancel()
    this.timer = undefined
    this.messages = 0
    this.bytes = 0
  }

  private readonly drain = (): void => {
    this.isPlanned = false
    while (this.inFlight < this.context.config.net.maxOpenRequests) {
      const shipments = this.collect()
      if (shipments.length === 0) return
      this.dispatch(shipments)
    }
  }

  /** One batch of each partition that has one, as many as make a request. */
  private collect(): Shipment[] {
    const { net, producer } = this.context.config
    const maxBytes = Math.min(REQUEST_BYTES, net.maxRequestSize - REQUEST_OVERHEAD)
    const { maxMessages } = producer.flush
    const shipments: Shipment[] = []
    let bytes = 0
    let messages = 0
    for (const queue of this.woken) {
      const batch = queue.peek(this)
      if (batch === undefined) {
        this.woken.delete(queue)
        continue
      }
      bytes += batch.size
      messages += batch.count
      if (shipments.length > 0 && (bytes > maxBytes || (maxMessages > 0 && messages > maxMessages))) break
      queue.take(batch)
      shipments.push({ queue, batch })
    }
    // Its next batch is for another request, after those of the others.
    for (const { queue } of shipments) {
      this.woken.delete(queue)
      this.woken.add(queue)
    }
    return shipments
  }

  private dispatch(shipments: readonly Shipment[]): void {
    this.inFlight++
    this.exchange(shipments).then(
      (answer) => this.settle(shipments, answer),
      (error: Error) => this.fail(shipments, error),
    )
  }

  private async exchange(shipments: readonly Shipment[]): Promise<ProduceAnswer | null> {
    const { context, broker } = this
    const { requiredAcks, timeout } = context.config.producer
    const body = (version: number): ReturnType<typeof produceRequest> => produceRequest(shipments, version, context)
    const maxVersion = maxProduceVersion(shipments, context)
    if (requiredAcks === NoResponse) {
      await this.heedLoss(shipments)
      await broker.post(Produce, body, { maxVersion })
      this.hasPosted = true
      return null
    }
    return new ProduceAnswer(await broker.send(Produce, body, { maxVersion, brokerWaitMs: timeout }), context.client)
  }

  /**
   * A broker that cannot write what it does not answer has no other way to say so than to close the connection: then another one may lead.
   * @throws ErrNotLeaderForPartition when it does
   */
  private async heedLoss(shipments: readonly Shipment[]): Promise<void> {
    if (!this.hasPosted || this.broker.connected) return
    this.hasPosted = false
    const { client, signal } = this.context
    const topics = [...new Set(shipments.map(({ queue }) => queue.topic))]
    await client.refreshMetadata(topics, { signal }).catch(() => signal.throwIfAborted())
    if (shipments.some(({ queue }) => queue.hasOtherLeader)) throw new ErrNotLeaderForPartition()
  }

  private settle(shipments: readonly Shipment[], answer: ProduceAnswer | null): void {
    this.inFlight--
    for (const { queue, batch } of shipments) {
      queue.answered(batch, answer === null ? UNANSWERED : answer.of(queue.topic, queue.partition))
    }
    this.goOn()
  }

  private fail(shipments: readonly Shipment[], error: Error): void {
    this.inFlight--
    for (const { queue, batch } of shipments) {
      if (error instanceof HeadersRefused) queue.sifted(batch, hasHeaders, error.reason)
      else queue.answered(batch, failedAnswer(error))
    }
    this.goOn()
  }

  private goOn(): void {
    const [next] = this.woken
    if (next !== undefined) this.wake(next)
    else this.retire()
  }

  private retire(): void {
    if (this.queues.size === 0 && this.inFlight === 0) this.context.retire(this)
  }
}
