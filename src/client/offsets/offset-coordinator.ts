import { ErrorCode } from '../../protocol/errors.ts'
import { backoffOf } from '../backoff.ts'
import type { Client } from '../client.ts'
import { ReadCommitted } from '../config/options.ts'
import { ErrIncompleteResponse } from '../errors/client-errors.ts'
import { kafkaError } from '../errors/kafka-error.ts'
import { GroupCoordinator } from '../group-coordinator.ts'
import { isRetriable, noTryAfter } from '../retrying.ts'
import { elapsed, sleep } from '../time.ts'
import type { TopicPartition } from '../topic-partition.ts'
import {
  type Answers,
  type CommittedOffset,
  type Committer,
  commitOffsets,
  fetchOffsets,
  type OffsetToCommit,
} from './offset-requests.ts'

/** The coordinator of a group's offsets, wherever it is. */
export class OffsetCoordinator {
  private readonly client: Client
  private readonly group: string
  private readonly coordinator: GroupCoordinator

  constructor(client: Client, group: string) {
    this.client = client
    this.group = group
    this.coordinator = new GroupCoordinator(client, group)
  }

  /**
   * What the group has committed for each partition, in their order.
   * @throws what the coordinator answers, after `metadata.retry.max` retries
   */
  async fetch(list: readonly TopicPartition[], signal: AbortSignal): Promise<CommittedOffset[]> {
    const { config } = this.client
    const { clock, random, metadata } = config
    let until = noTryAfter(config, metadata.retry.max)
    for (let retries = 0; ; ) {
      try {
        return await this.fetchOnce(list, signal)
      } catch (error) {
        signal.throwIfAborted()
        // KIP-447: a transaction's end is waited for, however long it takes; the broker bounds that (`transaction.max.timeout.ms`).
        const pending = (error as { code?: unknown }).code === ErrorCode.UNSTABLE_OFFSET_COMMIT
        const isLate = elapsed(clock) >= until
        if (!pending && (!isRetriable(error) || retries++ >= metadata.retry.max || isLate)) throw error
        if (pending) until = noTryAfter(config, metadata.retry.max)
      }
      await sleep(clock, backoffOf(metadata.retry, Math.max(1, retries), random), signal)
    }
  }

  /** Commits offsets, and resolves with what is answered for each. */
  async commit(
    committer: Committer,
    offsets: readonly OffsetToCommit[],
    signal: AbortSignal,
  ): Promise<Answers<object>> {
    const { retention } = this.client.config.consumer.offsets
    return this.coordinator.ask(signal, (broker) =>
      commitOffsets(broker, committer, offsets, retention > 0 ? retention : -1, this.ids, { signal }),
    )
  }

  private async fetchOnce(list: readonly TopicPartition[], signal: AbortSignal): Promise<CommittedOffset[]> {
    const { isolationLevel } = this.client.config.consumer
    const answers = await this.coordinator.ask(signal, (broker) =>
      fetchOffsets(broker, this.group, list, isolationLevel === ReadCommitted, this.ids, { signal }),
    )
    const offsets: CommittedOffset[] = []
    for (const { topic, partition } of list) {
      const answer = answers(topic, partition)
      if (answer === undefined) throw new ErrIncompleteResponse(`${topic}/${partition}`)
      if (answer.errorCode !== ErrorCode.NONE) {
        await this.heed(answer.errorCode, topic, signal)
        throw kafkaError(answer.errorCode)
      }
      offsets.push(answer)
    }
    return offsets
  }

  /** Does what an error code in an answer asks for before the next request. */
  async heed(errorCode: number, topic: string, signal: AbortSignal): Promise<void> {
    if (errorCode === ErrorCode.UNKNOWN_TOPIC_ID) {
      // Another topic has the name by now, or none: what is known of it is forgotten.
      await this.client.refreshMetadata([topic], { signal }).catch(() => {})
    } else if (errorCode !== ErrorCode.COORDINATOR_LOAD_IN_PROGRESS && errorCode !== ErrorCode.UNSTABLE_OFFSET_COMMIT) {
      this.coordinator.release()
    }
  }

  private readonly ids = (topic: string): string | undefined => this.client.topicId(topic)
}
