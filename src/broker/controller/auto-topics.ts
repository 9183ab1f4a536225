import type { CreatableTopic } from '../../protocol/messages/create-topics.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import {
  GROUP_METADATA_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
  TRANSACTION_STATE_TOPIC,
} from '../replication/internal-topics.ts'

/**
 * The topic that Kafka creates of itself when one of this name is asked for (`DefaultAutoTopicCreationManager`): an
 * internal topic with the partitions, replicas and configs of its coordinator, any other with the broker's defaults.
 */
export function autoTopic(name: string, config: BrokerConfig): CreatableTopic {
  switch (name) {
    case GROUP_METADATA_TOPIC:
      return topic(name, config.int('offsets.topic.num.partitions'), config.int('offsets.topic.replication.factor'), {
        'cleanup.policy': 'compact',
        'compression.type': 'producer',
        'segment.bytes': String(config.int('offsets.topic.segment.bytes')),
      })
    case TRANSACTION_STATE_TOPIC:
      return topic(
        name,
        config.int('transaction.state.log.num.partitions'),
        config.int('transaction.state.log.replication.factor'),
        {
          'unclean.leader.election.enable': 'false',
          'compression.type': 'uncompressed',
          'cleanup.policy': 'compact',
          'min.insync.replicas': String(config.int('transaction.state.log.min.isr')),
          'segment.bytes': String(config.int('transaction.state.log.segment.bytes')),
        },
      )
    case SHARE_GROUP_STATE_TOPIC:
      return topic(
        name,
        config.int('share.coordinator.state.topic.num.partitions'),
        config.int('share.coordinator.state.topic.replication.factor'),
        {
          'cleanup.policy': 'delete',
          'compression.type': 'producer',
          'segment.bytes': String(config.int('share.coordinator.state.topic.segment.bytes')),
          'min.insync.replicas': String(config.int('share.coordinator.state.topic.min.isr')),
          'retention.ms': '-1',
        },
      )
    default:
      return topic(name, -1, -1, {})
  }
}

function topic(
  name: string,
  numPartitions: number,
  replicationFactor: number,
  configs: Readonly<Record<string, string>>,
): CreatableTopic {
  return {
    name,
    numPartitions,
    replicationFactor,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  }
}
