import { CreatePartitions } from '../../../src/protocol/messages/create-partitions.ts'
import { CreateTopics } from '../../../src/protocol/messages/create-topics.ts'
import { DeleteTopics } from '../../../src/protocol/messages/delete-topics.ts'
import { DescribeConfigs } from '../../../src/protocol/messages/describe-configs.ts'
import { IncrementalAlterConfigs } from '../../../src/protocol/messages/incremental-alter-configs.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import type { Doers } from './actions.ts'
import type { SmallWorld } from './small-world.ts'

const TOPIC = 2
const TIMEOUT_MS = 5000

type TopicActions = 'createTopic' | 'deleteTopic' | 'createPartitions' | 'alterTopic' | 'describeTopic' | 'metadata'

/** Topics made, changed, looked at and deleted. */
export function topicActions(small: SmallWorld): Doers<TopicActions> {
  const { world } = small
  return {
    createTopic: async ({ topic, partitions, config, validateOnly, v }) => {
      const name = small.topicName(topic)
      const configs = config === null ? [] : [{ name: config[0] as string, value: config[1] as string }]
      const topics = [{ name, numPartitions: partitions, replicationFactor: 1, configs }]
      const answer = await small.ask(CreateTopics, v, {
        topics,
        timeoutMs: TIMEOUT_MS,
        validateOnly: validateOnly && small.versionOf(CreateTopics, v) > 0,
      })
      if (answer?.topics[0]?.errorCode === 0 && !validateOnly)
        small.learnTopicId(topic, (await world.ready(name)).topicId)
    },
    deleteTopic: async ({ topic, v }) => {
      const name = small.topicName(topic)
      const byId = small.versionOf(DeleteTopics, v) >= 6 && v % 2 === 0
      const topics = byId ? [{ name: null, topicId: small.topicId(topic) }] : [{ name }]
      await small.ask(DeleteTopics, v, { topics, topicNames: [name], timeoutMs: TIMEOUT_MS })
      await world.settled()
    },
    createPartitions: async ({ topic, count, v }) => {
      const name = small.topicName(topic)
      const answer = await small.ask(CreatePartitions, v, {
        topics: [{ name, count, assignments: null }],
        timeoutMs: TIMEOUT_MS,
      })
      if (answer?.results[0]?.errorCode === 0) await world.ready(name)
    },
    alterTopic: async ({ topic, config: [name, value], operation, v }) => {
      const configs = [{ name: name as string, configOperation: operation, value: value as string }]
      const resources = [{ resourceType: TOPIC, resourceName: small.topicName(topic), configs }]
      await small.ask(IncrementalAlterConfigs, v, { resources })
      await world.settled()
    },
    describeTopic: async ({ topic, v }) => {
      const configurationKeys = ['cleanup.policy', 'max.message.bytes', 'compression.type', 'message.timestamp.type']
      const resources = [{ resourceType: TOPIC, resourceName: small.topicName(topic), configurationKeys }]
      await small.ask(DescribeConfigs, v, { resources, includeSynonyms: true })
    },
    metadata: async ({ topic, v }) => {
      const name = small.topicName(topic)
      await small.ask(Metadata, v, { topics: [{ name }], allowAutoTopicCreation: false })
      // Before version 4 there was no way to ask for nothing to be created, which Kafka goes on with after its answer.
      if (small.versionOf(Metadata, v) < 4) small.learnTopicId(topic, (await world.ready(name)).topicId)
    },
  }
}
