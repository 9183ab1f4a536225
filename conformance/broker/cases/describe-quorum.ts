import type { Input } from '../../../src/protocol/message.ts'
import { DescribeQuorum, type DescribeQuorumRequest } from '../../../src/protocol/messages/describe-quorum.ts'
import { casesOf } from '../case.ts'

const METADATA_TOPIC = '__cluster_metadata'

function of(...topics: (readonly [name: string, partitions: readonly number[]])[]): Input<DescribeQuorumRequest> {
  return {
    topics: topics.map(([topicName, partitions]) => ({
      topicName,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
    })),
  }
}

export const describeQuorum = casesOf(DescribeQuorum, ['UNKNOWN_TOPIC_OR_PARTITION'], {
  'the metadata log': async (world) => {
    await world.ask(DescribeQuorum, of([METADATA_TOPIC, [0]]), {
      // Who the voters are is each side's own business, and how long the log is.
      telling: (answer) => ({
        ...answer,
        topics: answer.topics.map((topic) => ({
          ...topic,
          partitions: topic.partitions.map((partition) => {
            const { highWatermark, leaderId, currentVoters } = partition
            const leader = currentVoters.find(({ replicaId }) => replicaId === leaderId)
            return {
              ...partition,
              leaderId: leader === undefined ? -1 : 0,
              leaderEpoch: Math.min(partition.leaderEpoch, 1),
              highWatermark: Math.min(highWatermark, 0),
              currentVoters:
                leader === undefined
                  ? []
                  : [
                      {
                        ...leader,
                        replicaId: 0,
                        replicaDirectoryId: '',
                        logEndOffset: leader.logEndOffset >= highWatermark ? 0 : -1,
                      },
                    ],
              observers: [],
            }
          }),
        })),
        nodes: [],
      }),
    })
  },
  'other partitions': async (world) => {
    const { name } = await world.topic('orders')
    await world.ask(DescribeQuorum, of([name, [0]]), { as: 'of a topic' })
    await world.ask(DescribeQuorum, of([METADATA_TOPIC, [1]]), { as: 'of the log' })
    await world.ask(DescribeQuorum, of([METADATA_TOPIC, [0, 1]]), { as: 'two' })
    await world.ask(DescribeQuorum, of([METADATA_TOPIC, [0]], [name, [0]]), { as: 'two topics' })
    await world.ask(DescribeQuorum, of([METADATA_TOPIC, []]), { as: 'none' })
    await world.ask(DescribeQuorum, of(), { as: 'nothing' })
  },
})
