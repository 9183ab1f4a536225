import type { Struct } from '../intercept/entity-layout.ts'
import { CreateTopics } from '../protocol/messages/create-topics.ts'
import { DescribeTopicPartitions } from '../protocol/messages/describe-topic-partitions.ts'
import { Metadata } from '../protocol/messages/metadata.ts'
import { ZERO_UUID } from '../protocol/uuid.ts'

/** Since which version answers tell the ids of topics beside their names. */
const SINCE: { readonly [apiKey: number]: number } = {
  [Metadata.key]: 10,
  [CreateTopics.key]: 7,
  [DescribeTopicPartitions.key]: 0,
}

/** Whether answers tell what topics are called. */
export function tellsTopics(apiKey: number, version: number): boolean {
  return version >= (SINCE[apiKey] ?? Number.POSITIVE_INFINITY)
}

/** The names of topics and their ids, by the answers that were seen. */
export class TopicNames {
  private readonly names = new Map<string, string>()
  private readonly ids = new Map<string, string>()

  nameOf(topicId: string): string | undefined {
    return this.names.get(topicId)
  }

  idOf(name: string): string | undefined {
    return this.ids.get(name)
  }

  /** Learns from an answer that tells of topics. */
  note(answer: Struct): void {
    for (const { name, topicId } of (answer.topics ?? []) as readonly Struct[]) {
      if (typeof name !== 'string' || name === '' || typeof topicId !== 'string' || topicId === ZERO_UUID) continue
      this.names.set(topicId, name)
      this.ids.set(name, topicId)
    }
  }
}
