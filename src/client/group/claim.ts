import { backoffOf } from '../backoff.ts'
import type { CallOptions, ReceiveChannel } from '../channel.ts'
import type { Client } from '../client.ts'
import type { Config } from '../config/config.ts'
import type { Consumer } from '../consumer/consumer.ts'
import type { ConsumerMessage } from '../consumer/consumer-message.ts'
import type { PartitionConsumer } from '../consumer/partition-consumer.ts'
import { ErrLeaderNotAvailable, ErrOffsetOutOfRange } from '../errors/kafka-errors.ts'
import { isRetriable } from '../retrying.ts'
import { sleep } from '../time.ts'
import type { ConsumerGroupClaim } from './handler.ts'

/** What a claim is read with. */
export interface ClaimSource {
  readonly client: Client
  readonly consumer: Consumer
}

/** How long a partition without a leader is left alone before it is asked for again, in ms, as Sarama does. */
const LEADERLESS_MS = 5_000

export class Claim implements ConsumerGroupClaim {
  readonly topic: string
  readonly partition: number
  readonly signal: AbortSignal
  /** To be read until it ends. */
  readonly reader: PartitionConsumer

  constructor(reader: PartitionConsumer, signal: AbortSignal) {
    this.reader = reader
    this.topic = reader.topic
    this.partition = reader.partition
    this.signal = signal
  }

  get initialOffset(): number {
    return this.reader.initialOffset
  }

  get messages(): ReceiveChannel<ConsumerMessage> {
    return this.reader.messages
  }

  highWaterMarkOffset(): number {
    return this.reader.highWaterMarkOffset()
  }
}

/**
 * Begins to read a partition. One that has no leader is waited for.
 * @throws what stands in the way after `metadata.retry.max` retries; ErrOffsetOutOfRange unless `consumer.group.resetInvalidOffsets` is set
 */
export async function openClaim(
  { client, consumer }: ClaimSource,
  topic: string,
  partition: number,
  offset: number,
  signal: AbortSignal,
): Promise<Claim> {
  const { config } = client
  for (let retries = 0; ; ) {
    try {
      return new Claim(await startingAt(consumer, config, topic, partition, offset, { signal }), signal)
    } catch (error) {
      signal.throwIfAborted()
      const isLeaderless = error instanceof ErrLeaderNotAvailable
      if (!isLeaderless && (!isRetriable(error) || retries++ >= config.metadata.retry.max)) throw error
      const pause = isLeaderless ? LEADERLESS_MS : backoffOf(config.metadata.retry, retries, config.random)
      await sleep(config.clock, pause, signal)
    }
    // What this cannot find out the next attempt tells.
    await client.refreshMetadata([topic], { signal }).catch(() => {})
  }
}

async function startingAt(
  consumer: Consumer,
  config: Config,
  topic: string,
  partition: number,
  offset: number,
  options: CallOptions,
): Promise<PartitionConsumer> {
  try {
    return await consumer.consumePartition(topic, partition, offset, options)
  } catch (error) {
    const { group, offsets } = config.consumer
    if (!(error instanceof ErrOffsetOutOfRange) || !group.resetInvalidOffsets) throw error
    return consumer.consumePartition(topic, partition, offsets.initial, options)
  }
}
