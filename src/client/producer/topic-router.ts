import { backoffOf } from '../backoff.ts'
import { ErrInvalidPartition } from '../errors/client-errors.ts'
import { ErrLeaderNotAvailable } from '../errors/kafka-errors.ts'
import { sleep } from '../time.ts'
import type { Encoded } from './message-check.ts'
import { PartitionQueue } from './partition-queue.ts'
import type { Partitioner } from './partitioners/partitioner.ts'
import type { ProducerContext } from './producer-context.ts'
import type { ProducerMessage } from './producer-message.ts'

/** A message that was taken, with its key and its value as they are written. */
interface Taken {
  readonly message: ProducerMessage
  readonly key: Encoded
  readonly value: Encoded
  readonly timestamp: number
  readonly weight: number
}

/** Chooses the partition of each message of one topic. */
export class TopicRouter {
  readonly queues: Map<number, PartitionQueue> = new Map()
  private readonly context: ProducerContext
  private readonly topic: string
  private readonly partitioner: Partitioner
  /** Those that came before it was known which partitions there are. */
  private waiting: Taken[] = []

  constructor(context: ProducerContext, topic: string) {
    this.context = context
    this.topic = topic
    this.partitioner = context.config.producer.partitioner(topic, context.config.random)
  }

  /** Sends a message its way, or has it wait until the partitions are known. */
  route(message: ProducerMessage, key: Encoded, value: Encoded, timestamp: number, weight: number): void {
    let choice: readonly number[] | undefined
    if (this.waiting.length === 0) choice = this.choiceFor(message)
    if (choice === undefined) this.wait({ message, key, value, timestamp, weight })
    else this.send(message, key, value, timestamp, weight, choice)
  }

  /** Fails everything that is not settled. */
  abandon(error: Error): void {
    const { waiting } = this
    this.waiting = []
    for (const { message, weight } of waiting) this.context.refused(message, weight, error)
    for (const queue of this.queues.values()) queue.abandon(error)
  }

  /** The partitions that a message can go to; undefined when they are not known, or none of them has a leader. */
  private choiceFor(message: ProducerMessage): readonly number[] | undefined {
    const known = this.context.client.knownPartitions(this.topic)
    if (known === undefined) return undefined
    if (this.partitioner.requiresConsistency(message)) return known.all
    return known.writable.length > 0 ? known.writable : undefined
  }

  private send(
    message: ProducerMessage,
    key: Encoded,
    value: Encoded,
    timestamp: number,
    weight: number,
    partitions: readonly number[],
  ): void {
    try {
      const choice = this.partitioner.partition(message, partitions.length)
      const partition = partitions[choice]
      if (partition === undefined) throw new ErrInvalidPartition(choice, partitions.length)
      this.queueOf(partition).append(message, key, value, timestamp, weight)
    } catch (error) {
      this.context.refused(message, weight, error as Error)
    }
  }

  private queueOf(partition: number): PartitionQueue {
    let queue = this.queues.get(partition)
    if (queue === undefined) {
      queue = new PartitionQueue(this.context, this.topic, partition)
      this.queues.set(partition, queue)
    }
    return queue
  }

  private wait(taken: Taken): void {
    this.waiting.push(taken)
    if (this.waiting.length === 1) this.learn()
  }

  private learn(): void {
    this.askForPartitions()
      .then(() => null)
      .catch((error: Error) => error)
      .then((error) => this.learnt(error))
  }

  /** Asks until there is a partition for the first of those who wait; whether there was one in the end shows when they are sent. */
  private async askForPartitions(): Promise<void> {
    const { client, config, signal } = this.context
    const { retry } = config.producer
    for (let retries = 1; ; retries++) {
      await client.refreshMetadata([this.topic], { signal })
      const [first] = this.waiting
      if (first === undefined || this.choiceFor(first.message) !== undefined || retries > retry.max) return
      await sleep(config.clock, backoffOf(retry, retries, config.random), signal)
    }
  }

  private learnt(error: Error | null): void {
    const { waiting } = this
    if (error !== null) {
      this.waiting = []
      for (const { message, weight } of waiting) this.context.refused(message, weight, error)
      return
    }
    // Where one is refused there is room for others that wait to be taken: they come after all of these.
    for (const { message, key, value, timestamp, weight } of waiting) {
      let choice: readonly number[] | undefined
      try {
        choice = this.choiceFor(message)
      } catch (thrown) {
        this.context.refused(message, weight, thrown as Error)
        continue
      }
      if (choice === undefined) this.context.refused(message, weight, new ErrLeaderNotAvailable())
      else this.send(message, key, value, timestamp, weight, choice)
    }
    this.waiting = []
  }
}
