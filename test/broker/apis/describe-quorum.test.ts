import { expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { DescribeQuorum } from '../../../src/protocol/messages/describe-quorum.ts'
import { WireClient } from '../../wire-client.ts'

const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]

test.each([0, 1, 2])(
  'DescribeQuorum version %i shows one controller, and the brokers that follow it',
  async (version) => {
    await using cluster = await KafkaCluster.start({ brokers: 2, clock: 'virtual' })
    const client = new WireClient(cluster.connect())
    const answer = await client.send(DescribeQuorum, version, { topics })
    client.close()
    const [partition] = answer.topics[0]?.partitions ?? []
    const { leaderId, highWatermark, currentVoters = [], observers = [] } = partition ?? {}
    expect(currentVoters.map(({ replicaId }) => replicaId)).toEqual([leaderId])
    expect(observers.map(({ replicaId }) => replicaId)).toEqual([1, 2])
    for (const { logEndOffset, lastCaughtUpTimestamp } of [...currentVoters, ...observers]) {
      expect(logEndOffset).toBe(highWatermark)
      expect(lastCaughtUpTimestamp).toBe(version === 0 ? -1 : cluster.clock.now())
    }
    expect(answer.nodes.map(({ nodeId }) => nodeId)).toEqual(version < 2 ? [] : [leaderId])
  },
)

test('DescribeQuorum knows no other partition', async () => {
  await using cluster = await KafkaCluster.start({ topics: { a: {} } })
  const client = new WireClient(cluster.connect())
  const other = [{ topicName: 'a', partitions: [{ partitionIndex: 0 }] }]
  for (const asked of [other, [...topics, ...other]]) {
    const answer = await client.send(DescribeQuorum, 2, { topics: asked })
    expect(answer.errorCode).toBe(0)
    for (const { partitions } of answer.topics) {
      expect(partitions.map(({ errorCode }) => errorName(errorCode))).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])
    }
  }
  client.close()
})
