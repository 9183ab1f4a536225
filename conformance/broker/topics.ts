/** How a script makes topics, and waits until they can be written to. */
import { CreateTopics } from '../../src/protocol/messages/create-topics.ts'
import { ListOffsets } from '../../src/protocol/messages/list-offsets.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { LIMIT_MS } from './clients.ts'
import type { World } from './world.ts'

export interface TopicShape {
  readonly partitions?: number
  /** The brokers of each partition, the leader first. Default: broker 1 alone. */
  readonly replicas?: readonly (readonly number[])[]
  readonly configs?: Readonly<Record<string, string>>
}

export interface Topic {
  readonly name: string
  readonly topicId: string
}

/** Makes topics. */
export async function createTopics(world: World, shapes: Readonly<Record<string, TopicShape>>): Promise<void> {
  const { topics } = await world.arrange(CreateTopics, {
    topics: Object.entries(shapes).map(([name, { partitions = 1, replicas, configs = {} }]) => {
      const assigned = replicas ?? Array.from({ length: partitions }, () => [1])
      return {
        name: world.name(name),
        numPartitions: -1,
        replicationFactor: -1,
        assignments: assigned.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds: [...brokerIds] })),
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      }
    }),
    timeoutMs: LIMIT_MS,
  })
  for (const { name, errorCode, errorMessage } of topics) {
    if (errorCode !== 0) throw new Error(`cannot create ${name}: ${errorCode} ${errorMessage}`)
  }
}

/** Waits until a topic that was made can be written to at its leaders. */
export async function led(world: World, name: string): Promise<Topic> {
  for (;;) {
    const { topics } = await world.arrange(Metadata, { topics: [{ name }], allowAutoTopicCreation: false })
    const [topic] = topics
    if (topic !== undefined && topic.errorCode === 0 && (await leadersAreThere(world, name, topic.partitions))) {
      return { name, topicId: topic.topicId }
    }
  }
}

async function leadersAreThere(
  world: World,
  name: string,
  partitions: readonly { readonly partitionIndex: number; readonly leaderId: number }[],
): Promise<boolean> {
  for (const { partitionIndex, leaderId } of partitions) {
    if (leaderId < 1) return false
    const asked = [{ name, partitions: [{ partitionIndex, timestamp: -1, currentLeaderEpoch: -1 }] }]
    const { topics } = await world.arrange(
      ListOffsets,
      { replicaId: -1, isolationLevel: 0, topics: asked },
      { from: world.clientTo(leaderId) },
    )
    if (topics[0]?.partitions[0]?.errorCode !== 0) return false
  }
  return true
}
