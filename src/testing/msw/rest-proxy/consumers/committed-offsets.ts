import { kafkaError as errorOf } from '../../../../client/errors/kafka-error.ts'
import type { Broker, Client } from '../../../../client/index.ts'
import {
  type Answers,
  type CommittedOffset,
  commitOffsets,
  fetchOffsets,
  type OffsetToCommit,
} from '../../../../client/offsets/offset-requests.ts'
import { retrying } from '../../../../client/retrying.ts'
import { ErrorCode } from '../../../../protocol/errors.ts'
import { kafkaError } from '../errors.ts'

export type { CommittedOffset }

/** A partition, by its name. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** As whom a member commits; undefined for whoever is none. */
export interface Member {
  readonly memberId: string
  readonly generationId: number
}

/** What a group has committed, and commits: by requests to its coordinator, which is looked for anew when it has moved. */
export class CommittedOffsets {
  readonly #client: Client
  readonly #group: string

  constructor(client: Client, group: string) {
    this.#client = client
    this.#group = group
  }

  /** @throws RestError 50002 for a partition that is not there, and what the coordinator says */
  async commit(offsets: readonly OffsetToCommit[], member: Member | undefined): Promise<void> {
    if (offsets.length === 0) return
    const { memberId, generationId } = member ?? { memberId: '', generationId: -1 }
    const committer = { group: this.#group, memberId, generationId, groupInstanceId: null }
    await this.#ask(offsets, (coordinator) =>
      commitOffsets(coordinator, committer, offsets, -1, (topic) => this.#client.topicId(topic), {}),
    )
  }

  /** What is committed of these partitions; those of which nothing is are left out. */
  async of<P extends TopicPartition>(partitions: readonly P[]): Promise<readonly (P & CommittedOffset)[]> {
    if (partitions.length === 0) return []
    const found = await this.#ask(partitions, (coordinator) =>
      fetchOffsets(coordinator, this.#group, partitions, false, (topic) => this.#client.topicId(topic), {}),
    )
    return partitions.flatMap((one) => {
      const { offset = -1, metadata = '' } = found(one.topic, one.partition) ?? {}
      return offset < 0 ? [] : [{ ...one, offset, metadata }]
    })
  }

  async #ask<T>(
    partitions: readonly TopicPartition[],
    request: (coordinator: Broker) => Promise<Answers<T>>,
  ): Promise<Answers<T>> {
    const { config } = this.#client
    return retrying(config, config.metadata.retry, undefined, async (retries) => {
      if (retries > 0) await this.#client.refreshCoordinator(this.#group)
      const answers = await request(await this.#client.coordinator(this.#group))
      for (const { topic, partition } of partitions) {
        const code = answers(topic, partition)?.errorCode ?? ErrorCode.NONE
        if (code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
          throw kafkaError(`Topic or Partition ${topic}-${partition} does not exist`)
        }
        if (code !== ErrorCode.NONE) throw errorOf(code)
      }
      return answers
    })
  }
}
